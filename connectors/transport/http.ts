/** REST and XML over HTTP, on the exchange with the safe settings. */
import { CallFailure } from "../failure.ts";
import { decodeXml } from "./decode.ts";
import type { XmlEncoding } from "./encode.ts";
import { type Answer, type ExchangeRequest, type ExchangeSettings, openExchange } from "./exchange.ts";
import { xmlBytes } from "./xml-text.ts";

export { type Refusals, refusals, unclearStatus, USUAL_REFUSALS } from "./refusals.ts";

export interface RestRequest {
  method: ExchangeRequest["method"];
  /** Segments below the base URL; each is encoded, so a value of a case cannot leave its place. */
  path: readonly (string | number)[];
  /** Undefined members are left out; a list repeats the name. */
  query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as `application/json`. */
  json?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Headers that are made of the request itself: tokens and signatures (see `pdnd/session.ts`). Nothing is sent when it throws. */
  dress?: (outgoing: Outgoing) => Promise<Readonly<Record<string, string>>>;
  signal: AbortSignal;
}

export interface RestAnswer extends Answer {
  /** The parsed body when its content type is JSON, else undefined. To be read by a zod schema. */
  json: unknown;
}

/** A request as it is about to leave. */
export interface Outgoing {
  method: RestRequest["method"];
  /** The whole address. */
  url: string;
  /** The very bytes that are sent. */
  body: Buffer | undefined;
  contentType: string | undefined;
}

export interface RestClient {
  /** One exchange, whatever its status but a redirect; what a status means is the adapter's to say (see `refusals`, `unclearStatus`). */
  request(request: RestRequest): Promise<RestAnswer>;
  close(): void;
}

/** Prepares calls to one REST service; opens no connection. */
export function restClient(settings: ExchangeSettings): RestClient {
  const exchange = openExchange(settings);
  const { system, baseUrl } = settings;

  async function request({ method, path, query, json, headers, dress, signal }: RestRequest): Promise<RestAnswer> {
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json), "utf8");
    const below = pathOf(system, path) + queryOf(query);
    const contentType = body ? "application/json" : undefined;
    const url = below === "" ? baseUrl : `${baseUrl.replace(/\/+$/, "")}/${below}`;
    const dressed = await dress?.({ method, url, body, contentType });
    const answer = await exchange.send({
      method,
      path: below,
      headers: { Accept: "application/json", ...(contentType ? { "Content-Type": contentType } : {}), ...headers, ...dressed },
      body,
      signal,
    });
    return { ...answer, json: jsonOf(system, answer) };
  }

  return { request, close: exchange.close };
}

export interface XmlRequest {
  /** Segments below the base URL; none for the base itself. */
  path?: readonly (string | number)[];
  /** A whole document with its declaration (see `writeXml`). */
  xml: string;
  encoding: XmlEncoding;
  /** Media type without charset; `text/xml` when absent. */
  mediaType?: string;
  headers?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface XmlAnswer extends Answer {
  /** The decoded body; for `parseXml`. Empty when the answer has none. */
  text: string;
}

export interface XmlClient {
  /** POSTs one document. An answer of success must be XML and decodable; one of another status is decoded where it can be. */
  postXml(request: XmlRequest): Promise<XmlAnswer>;
  close(): void;
}

/** Prepares calls to one service that takes XML over HTTP; opens no connection. */
export function xmlClient(settings: ExchangeSettings): XmlClient {
  const exchange = openExchange(settings);
  const { system } = settings;

  async function postXml({ path = [], xml, encoding, mediaType = "text/xml", headers, signal }: XmlRequest): Promise<XmlAnswer> {
    const answer = await exchange.send({
      method: "POST",
      path: pathOf(system, path),
      headers: { Accept: "application/xml, text/xml", "Content-Type": `${mediaType}; charset=${encoding}`, ...headers },
      body: xmlBytes(system, xml, encoding),
      signal,
    });
    return { ...answer, text: textOf(system, answer) };
  }

  return { postXml, close: exchange.close };
}

function pathOf(system: string, segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => {
      const text = String(segment);
      // "." and ".." are resolved by URL even when encoded, and an empty segment moves the others up.
      if (text === "" || text === "." || text === ".." || /\p{Surrogate}/u.test(text))
        throw new CallFailure("rejected", `${system}: a value of the request cannot stand in an address`, { code: "PATH_REFUSED" });
      return encodeURIComponent(text);
    })
    .join("/");
}

function queryOf(query: RestRequest["query"]): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) pairs.append(name, String(one));
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

/** Malformed JSON breaks the contract only in an answer of success: behind an error status a proxy may say anything. */
function jsonOf(system: string, { status, contentType, bytes }: Answer): unknown {
  if (bytes.length === 0 || !/^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType ?? "")) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    if (status >= 400) return undefined;
    throw new CallFailure("contract-broken", `${system}: the answer is not the JSON that it states`, {
      code: "NOT_JSON",
      status,
      contentType,
      bytes: bytes.length,
    });
  }
}

function textOf(system: string, answer: Answer): string {
  const { status, contentType, bytes } = answer;
  if (bytes.length === 0) return "";
  const detail = { status, contentType, bytes: bytes.length };
  if (status < 400 && contentType !== undefined && !/^(?:text|application)\/(?:[\w.-]+\+)?xml\b/i.test(contentType))
    throw new CallFailure("contract-broken", `${system}: the answer is not XML`, { code: "NOT_XML", ...detail });
  try {
    return decodeXml(system, bytes, contentType);
  } catch (error) {
    if (status >= 400) return "";
    throw error;
  }
}

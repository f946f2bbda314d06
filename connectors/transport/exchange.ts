/** One HTTP exchange: safe settings, one total deadline, and the certainty whether a request can have been sent. */
import { AsyncLocalStorage } from "node:async_hooks";
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { create } from "axios";
import { CallFailure } from "../failure.ts";
import { networkFailure } from "./network-failure.ts";
import { observed } from "./observe.ts";

export interface TlsSettings {
  /** PEM of the authorities to trust instead of Node's; for bodies with a CA of their own. */
  ca?: string;
  cert?: string;
  key?: string;
  passphrase?: string;
  /** Only for an endpoint that knows nothing newer; Node's own minimum is TLS 1.2. */
  minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

export interface ExchangeSettings {
  /** The system's name in messages: `registry`. */
  system: string;
  /** All requests go below it; it comes from settings, never from a case or a WSDL. */
  baseUrl: string;
  headers?: Readonly<Record<string, string>>;
  /** Bound of each exchange besides the caller's signal. */
  timeoutMs?: number;
  /** 10 MiB when absent. */
  maxRequestBytes?: number;
  /** Decompressed bytes; 10 MiB when absent. */
  maxResponseBytes?: number;
  /** None when absent: the environment's proxy settings are not read. */
  proxy?: { protocol: "http" | "https"; host: string; port: number; auth?: { username: string; password: string } };
  /**
   * Keeps connections open between exchanges. Off by default: a connection that the server closes while we write ends
   * as `unknown`, and for a write that means a person must look.
   */
  keepAlive?: boolean;
  tls?: TlsSettings;
}

export interface ExchangeRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query below the base, already encoded; empty for the base itself. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer;
  signal: AbortSignal;
}

/** A request whose body is streamed, with its own Content-Length or in chunks. */
export interface StreamedRequest extends Omit<ExchangeRequest, "body"> {
  body: Buffer | Readable;
}

/** An answer whose body is still to come. */
export interface StreamedAnswer extends Omit<Answer, "bytes"> {
  /** Decompressed, unbounded; fails with a `CallFailure`. To be read to its end, or returned from. */
  chunks: AsyncGenerator<Buffer>;
}

export interface Answer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  contentType: string | undefined;
  bytes: Buffer;
}

export interface Exchange {
  readonly system: string;
  /** Any status but a redirect is an answer; everything else is a `CallFailure`. */
  send(request: ExchangeRequest): Promise<Answer>;
  /** The same without holding a body in memory; neither limit of size applies. */
  sendStreamed(request: StreamedRequest): Promise<StreamedAnswer>;
  /** Closes kept connections; the exchange can be used again afterwards. */
  close(): void;
}

/** One exchange as it went over the wire, credentials and personal data included: for `watchExchanges` only. */
export interface SeenExchange {
  request: { method: string; url: string; headers: Readonly<Record<string, string>>; body: Buffer | undefined };
  /** Absent when no answer came. */
  answer?: Answer;
  ms: number;
}

const watching = new AsyncLocalStorage<(seen: SeenExchange) => void>();

/** Runs something and hands over every exchange that it makes; for commands that show one call to its author. Whoever shows it redacts it. */
export const watchExchanges = <T>(see: (seen: SeenExchange) => void, run: () => Promise<T>): Promise<T> => watching.run(see, run);

const TEN_MIB = 10 << 20;

/** Prepares exchanges with one system; opens no connection. */
export function openExchange(settings: ExchangeSettings): Exchange {
  const { system, maxRequestBytes = TEN_MIB, maxResponseBytes = TEN_MIB, keepAlive = false } = settings;
  const httpAgent = new http.Agent({ keepAlive });
  const httpsAgent = new https.Agent({ keepAlive, ...settings.tls, ...oldCiphers(settings.tls) });
  const client = create({
    baseURL: settings.baseUrl,
    allowAbsoluteUrls: false,
    proxy: settings.proxy ?? false,
    maxRedirects: 0,
    maxContentLength: maxResponseBytes,
    maxBodyLength: maxRequestBytes,
    responseType: "arraybuffer",
    validateStatus: null,
    httpAgent,
    httpsAgent,
    headers: { "User-Agent": "darsena", ...settings.headers },
    transformRequest: (data: unknown) => data,
  });

  async function send(request: ExchangeRequest): Promise<Answer> {
    if (request.body && request.body.length > maxRequestBytes)
      throw new CallFailure("rejected", `${system}: the request is larger than allowed`, {
        code: "REQUEST_TOO_LARGE",
        bytes: request.body.length,
      });
    const contact = { reached: false };
    const bound = boundBy(request.signal, settings.timeoutMs);
    const see = seeing(settings, request);
    try {
      const answer = await client.request<Buffer>({
        method: request.method,
        url: request.path,
        headers: request.headers,
        data: request.body,
        signal: bound.signal,
        transport: watched(contact),
      });
      see?.(answer.status, answer.headers as Record<string, unknown>, answer.data);
      return accepted(system, answer.status, answer.headers as Record<string, unknown>, answer.data);
    } catch (error) {
      see?.();
      if (error instanceof CallFailure) throw error;
      // No cause: the library's error holds the whole request, credentials and personal data included.
      throw networkFailure(error, { system, reached: contact.reached, signal: bound.signal });
    } finally {
      bound.release();
    }
  }

  async function sendStreamed(request: StreamedRequest): Promise<StreamedAnswer> {
    const contact = { reached: false };
    const bound = boundBy(request.signal, settings.timeoutMs);
    const failure = (error: unknown) =>
      error instanceof CallFailure ? error : networkFailure(error, { system, reached: contact.reached, signal: bound.signal });
    try {
      const answer = await client.request<Readable>({
        method: request.method,
        url: request.path,
        headers: request.headers,
        data: request.body,
        signal: bound.signal,
        transport: watched(contact),
        responseType: "stream",
        maxContentLength: -1,
        maxBodyLength: -1,
      });
      const { bytes: _none, ...head } = accepted(system, answer.status, answer.headers as Record<string, unknown>, NOTHING);
      return { ...head, chunks: chunksOf(answer.data, failure, bound.release) };
    } catch (error) {
      bound.release();
      throw failure(error);
    }
  }

  const close = () => {
    httpAgent.destroy();
    httpsAgent.destroy();
  };
  return observed({ system, send, sendStreamed, close });
}

/** OpenSSL 3 offers nothing to TLS 1.0 and 1.1 at its usual security level; lowered for this system's own connections only. */
const oldCiphers = (tls: TlsSettings | undefined): { ciphers?: string } =>
  tls?.minVersion === "TLSv1" || tls?.minVersion === "TLSv1.1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {};

/** Tells the one who watches, once; undefined when nobody does. */
function seeing({ baseUrl, headers }: ExchangeSettings, request: ExchangeRequest) {
  const watcher = watching.getStore();
  if (!watcher) return undefined;
  const began = performance.now();
  let told = false;
  return (status?: number, answered: Record<string, unknown> = {}, bytes: Buffer = Buffer.alloc(0)): void => {
    if (told) return;
    told = true;
    const sent = {
      method: request.method,
      url: baseUrl + (request.path && `/${request.path}`),
      headers: { ...headers, ...request.headers },
    };
    const answer = status === undefined ? {} : { answer: { status, headers: namesLowered(answered), contentType: undefined, bytes } };
    watcher({ request: { ...sent, body: request.body }, ...answer, ms: performance.now() - began });
  };
}

function namesLowered(received: Record<string, unknown>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(received))
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : String(value);
  return headers;
}

function accepted(system: string, status: number, received: Record<string, unknown>, bytes: Buffer): Answer {
  const headers = namesLowered(received);
  const contentType = headers["content-type"];
  if (status >= 300 && status < 400)
    throw new CallFailure("contract-broken", `${system}: the answer is a redirect, which is never followed`, {
      code: "REDIRECT",
      status,
      bytes: bytes.length,
    });
  return { status, headers, contentType, bytes };
}

const NOTHING = Buffer.alloc(0);

async function* chunksOf(stream: Readable, failure: (error: unknown) => CallFailure, release: () => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw failure(error);
  } finally {
    release();
    stream.destroy();
  }
}

/** A transport for axios that records when a connection stands: before that moment nothing can have been sent. */
function watched(contact: { reached: boolean }) {
  const reach = () => {
    contact.reached = true;
  };
  return {
    request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
      const request = (options.protocol === "https:" ? https : http).request(options, onResponse);
      request.once("response", reach);
      request.once("socket", (socket: Socket & { secureConnecting?: boolean }) => {
        if (socket.secureConnecting === true) socket.once("secureConnect", reach);
        else if (socket.connecting) socket.once("connect", reach);
        else reach();
      });
      return request;
    },
  };
}

/** The caller's signal and a time-out as one signal. By hand: on Node 20 `AbortSignal.any` can lose a time-out to garbage collection. */
function boundBy(signal: AbortSignal, timeoutMs: number | undefined): { signal: AbortSignal; release(): void } {
  if (timeoutMs === undefined) return { signal, release: () => undefined };
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener("abort", follow, { once: true });
  const timer = setTimeout(() => controller.abort(new DOMException("deadline", "TimeoutError")), timeoutMs);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", follow);
    },
  };
}

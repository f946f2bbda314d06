/** What the author of a connector is shown of an exchange: its whole form, and no value, unless values are asked for; credentials never. */
import type { SeenExchange } from "../../connectors/transport/exchange.ts";

const SECRET_NAME =
  /pass(word|wd)?$|pwd|secret|token|api[-_]?key|subscription-key|authorization|cookie|nonce|signaturevalue|digestvalue|binarysecuritytoken|strdst|x-forwarded|dpop|jwt/i;
const HIDDEN = "•••";

/** Letters become x or X and digits 9, so that lengths, signs and formats can still be seen. */
export const mask = (text: string): string =>
  text
    .replaceAll(/\p{Lu}/gu, "X")
    .replaceAll(/\p{L}/gu, (letter) => (letter === "X" ? "X" : "x"))
    .replaceAll(/\p{N}/gu, "9");

export interface ShownExchange {
  request: { line: string; headers: Record<string, string>; body: string };
  answer: { status: number; headers: Record<string, string>; body: string } | undefined;
  ms: number;
}

/** An exchange to be shown; `values` keeps what is no credential. */
export function shown({ request, answer, ms }: SeenExchange, values: boolean): ShownExchange {
  return {
    request: {
      line: `${request.method} ${addressShown(request.url, values)}`,
      headers: headersShown(request.headers, values),
      body: bodyShown(request.body?.toString("utf8") ?? "", values),
    },
    answer: answer && {
      status: answer.status,
      headers: headersShown(answer.headers, values),
      body: bodyShown(
        answer.bytes.toString(/charset="?iso-8859-1/i.test(answer.headers["content-type"] ?? "") ? "latin1" : "utf8"),
        values,
      ),
    },
    ms: Math.round(ms),
  };
}

/** Headers whose values are of the protocol, not of a person. */
const PLAIN_HEADERS = new Set([
  "accept",
  "content-type",
  "content-length",
  "soapaction",
  "date",
  "server",
  "connection",
  "retry-after",
  "user-agent",
  "keep-alive",
  "transfer-encoding",
]);

const headersShown = (headers: Readonly<Record<string, string>>, values: boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) ? HIDDEN : values || PLAIN_HEADERS.has(name.toLowerCase()) ? value : mask(value),
    ]),
  );

function addressShown(address: string, values: boolean): string {
  const url = new URL(address);
  // Names of resources have no digits; a tax code or a number has.
  const path = values
    ? url.pathname
    : url.pathname.replaceAll(/[^/]*\d[^/]*/g, (segment) => (/^v\d+$/.test(segment) ? segment : mask(segment)));
  const query = [...url.searchParams].map(([name, value]) => `${name}=${SECRET_NAME.test(name) ? HIDDEN : values ? value : mask(value)}`);
  return `${url.origin}${path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

function bodyShown(body: string, values: boolean): string {
  if (body.trim() === "") return "";
  return /^\s*[[{"]/.test(body) ? jsonShown(body, values) : indented(xmlShown(body, values));
}

function jsonShown(body: string, values: boolean): string {
  const hide = (key: string, value: unknown): unknown => {
    if (SECRET_NAME.test(key)) return HIDDEN;
    if (values) return value;
    return typeof value === "string" ? mask(value) : typeof value === "number" ? Number(mask(String(Math.abs(value)))) : value;
  };
  try {
    return JSON.stringify(JSON.parse(body), hide, 2);
  } catch {
    return mask(body);
  }
}

/** Text between tags and values of attributes; declarations and `xsi:type` are form. */
const xmlShown = (body: string, values: boolean): string =>
  body
    .replaceAll(
      /<([\w.:-]+)([^<>]*)>([^<]+)/g,
      (_, name: string, attributes: string, text: string) =>
        `<${name}${attributes}>${SECRET_NAME.test(name) && text.trim() !== "" ? HIDDEN : values ? text : mask(text)}`,
    )
    .replaceAll(/(<\/[\w.:-]+>)([^<]+)/g, (_, end: string, text: string) => end + (values ? text : mask(text)))
    .replaceAll(/\s([\w.:-]+)=("[^"]*"|'[^']*')/g, (whole, name: string, value: string) =>
      values || /^(xmlns|xsi:|version$|encoding$|soap:)/.test(name)
        ? whole
        : ` ${name}=${value.slice(0, 1)}${mask(value.slice(1, -1))}${value.slice(-1)}`,
    );

/** One element a line, where nothing but elements stands between. */
function indented(xml: string): string {
  let depth = 0;
  const pieces = xml.replaceAll(/>\s*</g, ">\n<").split("\n");
  return pieces
    .map((piece) => {
      if (piece.startsWith("</")) depth -= 1;
      const line = "  ".repeat(Math.max(0, depth)) + piece;
      if (/^<[^/?!]/.test(piece) && !/\/>$|<\//.test(piece)) depth += 1;
      return line;
    })
    .join("\n");
}

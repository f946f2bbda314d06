/**
 * Exchanges kept for a test or an inquiry: credentials and tax codes taken out, then encrypted by AES-256-GCM. A recording is replayed by a server
 * that gives its answers in their order (`replayServer`).
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { takingExchanges, type WholeExchange } from "./observe.ts";

const Recorded = z.strictObject({
  system: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Base64. */
  body: z.string().optional(),
  answer: z.strictObject({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.string() }),
});
const Recording = z.strictObject({ recording: z.literal(1), exchanges: z.array(Recorded) });

/** Exchanges in their order. */
export type Recording = z.infer<typeof Recording>;

export interface RecordingOptions {
  /** 32 bytes. */
  key: Buffer;
  /** Further texts to take out of addresses, headers and bodies: names, plates. Replaced by as many `x`. */
  redact?: readonly string[];
}

/** Runs something and gives its result with the encrypted recording of all exchanges that were answered meanwhile. */
export async function recordExchanges<T>(
  { key, redact = [] }: RecordingOptions,
  run: () => Promise<T>,
): Promise<{ result: T; recording: Buffer }> {
  const exchanges: Recording["exchanges"] = [];
  const result = await takingExchanges((whole) => exchanges.push(withoutSecrets(whole, redact)), run);
  return { result, recording: seal(key, { recording: 1, exchanges }) };
}

/** Decrypts a recording; throws when the key is another one or a byte was changed. */
export function openRecording(key: Buffer, sealed: Buffer): Recording {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, IV_BYTES));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
  return Recording.parse(JSON.parse(text));
}

const [IV_BYTES, TAG_BYTES] = [12, 16];

function seal(key: Buffer, recording: Recording): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(recording), "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|set-cookie|dpop|.*(key|token|secret|signature).*)$/i;
/** What holds a password in messages: WS-Security's, DOCAREA's, and members of JSON. */
const PASSWORD =
  /(<(?:[\w-]+:)?\w*(?:password|passwd|nonce)\w*(?:\s[^<>]*)?>)([^<]*)|("\w*(?:password|passwd|secret|token)\w*"\s*:\s*")([^"]*)/gi;
const TAX_CODE = /[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-EHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]/gi;

const crossed = (found: string): string => "x".repeat(found.length);

function withoutSecrets(
  { system, method, path, headers, body, answer }: WholeExchange,
  redact: readonly string[],
): Recording["exchanges"][number] {
  const clean = (text: string): string => {
    const open = text
      .replaceAll(
        PASSWORD,
        (_, start?: string, inner?: string, member?: string, value?: string) => (start ?? member ?? "") + crossed(inner ?? value ?? ""),
      )
      .replaceAll(TAX_CODE, crossed);
    return redact.reduce((one, secret) => one.replaceAll(secret, crossed(secret)), open);
  };
  // Bytes are read one by one as Latin-1, and so are the texts to take out: lengths and encodings stay as they were.
  const cleanBytes = (bytes: Buffer): string => {
    const inUtf8 = redact.map((secret) => Buffer.from(secret, "utf8").toString("latin1"));
    const text = inUtf8.reduce((one, secret) => one.replaceAll(secret, "x".repeat(secret.length)), clean(bytes.toString("latin1")));
    return Buffer.from(text, "latin1").toString("base64");
  };
  const cleanHeaders = (given: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, SECRET_HEADER.test(name) ? "x" : clean(value)]));
  return {
    system,
    method,
    path: clean(path),
    headers: cleanHeaders(headers),
    ...(body ? { body: cleanBytes(body) } : {}),
    answer: { status: answer.status, headers: cleanHeaders(answer.headers), body: cleanBytes(answer.bytes) },
  };
}

/** A server that gives a recording's answers in their order, whatever is asked; `asked` counts. For tests. */
export async function replayServer({ exchanges }: Recording): Promise<{ url: string; asked(): number; close(): Promise<void> }> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const one = exchanges[asked++];
      if (!one) return void response.writeHead(500).end("nothing more was recorded");
      const body = Buffer.from(one.answer.body, "base64");
      // The body was decompressed when it was recorded.
      const { "content-encoding": _encoding, "transfer-encoding": _transfer, connection: _connection, ...headers } = one.answer.headers;
      response.writeHead(one.answer.status, { ...headers, "content-length": String(body.length) }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

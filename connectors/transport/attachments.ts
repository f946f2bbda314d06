/**
 * Attachments of SOAP messages, both ways and by both customs: MTOM (XOP) and SOAP with Attachments. Files stream from and to the store
 * of attachments; neither way holds one in memory.
 */
import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { CallFailure, contractBroken, rejected } from "../failure.ts";
import type { AttachmentStore } from "../ports.ts";
import type { AttachmentRef } from "../shared-types.ts";
import { type Part, parameterOf } from "./multipart.ts";
import { escapeXml } from "./xml-text.ts";

/** A stored file that goes with a request. Its `place` stands in the arguments where the message refers to it. */
export interface Outgoing {
  ref: AttachmentRef;
  contentId: string;
  /** For the arguments: `{file: document.place}`. */
  place: string;
}

/** Prepares a stored file for a request. */
export function outgoing(ref: AttachmentRef): Outgoing {
  const contentId = `${randomUUID()}@darsena`;
  return { ref, contentId, place: `cid:${contentId}` };
}

export interface AttachmentTraffic {
  store: AttachmentStore;
  /** `mtom`: the place becomes `xop:Include`. `swa`: it stays as text, `cid:...`. */
  style: "mtom" | "swa";
  send?: readonly Outgoing[];
  /** Largest single file of an answer; 50 MiB when absent. */
  maxBytes?: number;
}

/** A file that came with an answer, stored. */
export interface Received {
  contentId: string;
  ref: AttachmentRef;
}

const XOP = "http://www.w3.org/2004/08/xop/include";
const FIFTY_MIB = 50 << 20;

export interface MultipartRequest {
  body: Readable;
  headers: Record<string, string>;
}

/**
 * The whole message as a stream of known length. The files are read once before, so that one that is gone or damaged is `rejected`
 * before anything is sent.
 */
export async function multipartRequest(
  system: string,
  envelope: string,
  headers: Readonly<Record<string, string>>,
  traffic: AttachmentTraffic,
): Promise<MultipartRequest> {
  const { style, store, send = [] } = traffic;
  for (const one of send) {
    if (envelope.split(escapeXml(one.place)).length !== 2)
      throw new TypeError(`${system}: the arguments hold the place of each attachment once`);
    await checkStored(store, one.ref);
  }
  const boundary = `darsena-${randomUUID()}`;
  const plainType = headers["Content-Type"] ?? "text/xml; charset=utf-8";
  const rootType = plainType.split(";")[0] ?? "text/xml";
  const text =
    style === "swa"
      ? envelope
      : send.reduce(
          (xml, { place }) => xml.replace(escapeXml(place), `<xop:Include xmlns:xop="${XOP}" href="${escapeXml(place)}"/>`),
          envelope,
        );
  const root = style === "mtom" ? `application/xop+xml; charset=UTF-8; type="${rootType}"` : plainType;
  const pieces: (Buffer | AttachmentRef)[] = [head(boundary, "root@darsena", root, true), Buffer.from(text, "utf8")];
  for (const { ref, contentId } of send) pieces.push(head(boundary, contentId, ref.mediaType), ref);
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  const length = pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : piece.bytes), 0);
  const action = parameterOf(plainType, "action");
  const type = style === "mtom" ? `type="application/xop+xml"; start-info="${rootType}"` : `type="${rootType}"`;
  return {
    body: Readable.from(streamed(store, pieces), { objectMode: false }),
    headers: {
      ...headers,
      "Content-Type": `multipart/related; ${type}; start="<root@darsena>"; boundary="${boundary}"${action === undefined ? "" : `; action="${action}"`}`,
      "Content-Length": String(length),
      "MIME-Version": "1.0",
    },
  };
}

function head(boundary: string, contentId: string, type: string, first = false): Buffer {
  const safe = type.replaceAll(/[\r\n]/g, "");
  return Buffer.from(
    `${first ? "" : "\r\n"}--${boundary}\r\nContent-Type: ${safe}\r\nContent-Transfer-Encoding: ${first ? "8bit" : "binary"}\r\nContent-ID: <${contentId}>\r\n\r\n`,
  );
}

async function* streamed(store: AttachmentStore, pieces: readonly (Buffer | AttachmentRef)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces)
    if (Buffer.isBuffer(piece)) yield piece;
    else for await (const chunk of await store.open(piece)) yield chunk as Buffer;
}

async function checkStored(store: AttachmentStore, ref: AttachmentRef): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of await store.open(ref)) hash.update(chunk as Buffer);
  if (hash.digest("hex") !== ref.sha256)
    throw rejected("ATTACHMENT_DAMAGED", `${ref.id}: the stored file is not the one that was handed in`);
}

/** Stores the files that follow the root, and gives them by Content-ID. */
export async function storeParts(
  system: string,
  parts: AsyncIterable<Part>,
  { store, maxBytes = FIFTY_MIB }: AttachmentTraffic,
): Promise<Received[]> {
  const received: Received[] = [];
  for await (const { headers, body } of parts) {
    const contentId = (headers["content-id"] ?? "").trim().replace(/^<(.*)>$/, "$1");
    const mediaType = (headers["content-type"] ?? "application/octet-stream").split(";")[0]?.trim() ?? "";
    const name =
      parameterOf(headers["content-disposition"], "filename") ??
      parameterOf(headers["content-type"], "name") ??
      `attachment-${received.length + 1}`;
    const bytes = limited(system, decoded(system, headers["content-transfer-encoding"], body), maxBytes);
    if (received.some((one) => one.contentId === contentId))
      throw contractBroken("MULTIPART", `${system}: two parts of the answer have one id`);
    try {
      received.push({
        contentId,
        ref: await store.receive(Readable.from(bytes, { objectMode: false }), { name: name.slice(-200), mediaType, maxBytes }),
      });
    } catch (error) {
      if (error instanceof CallFailure && error.kind !== "not-sent") throw error;
      throw contractBroken("ATTACHMENT_NOT_STORED", `${system}: an attachment of the answer could not be stored`);
    }
  }
  return received;
}

async function* limited(system: string, chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw contractBroken("TOO_LARGE", `${system}: an attachment of the answer is larger than allowed`);
    yield chunk;
  }
}

function decoded(system: string, encoding: string | undefined, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const name = (encoding ?? "binary").trim().toLowerCase();
  if (name === "binary" || name === "8bit" || name === "7bit") return chunks;
  if (name === "base64") return fromBase64(system, chunks);
  throw contractBroken("MULTIPART", `${system}: an attachment of the answer has an encoding that is not read`);
}

async function* fromBase64(system: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = "";
  for await (const chunk of chunks) {
    const text = rest + chunk.toString("latin1").replaceAll(/\s/g, "");
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw contractBroken("MULTIPART", `${system}: an attachment of the answer is not base64`);
    const whole = text.length - (text.length % 4);
    rest = text.slice(whole);
    if (whole > 0) yield Buffer.from(text.slice(0, whole), "base64");
  }
  if (rest !== "") throw contractBroken("MULTIPART", `${system}: an attachment of the answer is not base64`);
}

/** The Content-ID that a `cid:` address names. */
export function contentIdOf(address: string): string | undefined {
  const found = /^cid:(.+)$/i.exec(address.trim())?.[1];
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found);
  } catch {
    return found;
  }
}

/** Whether an element is `xop:Include`. */
export const isInclude = ({ uri, local }: { uri: string; local: string }): boolean => uri === XOP && local === "Include";

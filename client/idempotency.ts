/** Idempotency keys: how the header is read, and what the register keeps of key and body. */
import { createHash, createHmac } from "node:crypto";
import type { Json } from "../connectors/json.ts";
import { DarsenaError } from "./errors.ts";

/** The key of an `Idempotency-Key` header: a quoted structured-field string (draft-07) or the same characters bare. */
export function readIdempotencyKey(header: string | string[] | undefined): string {
  if (header === undefined || header === "") throw new DarsenaError("IDEMPOTENCY_KEY_MISSING");
  if (Array.isArray(header)) throw new DarsenaError("IDEMPOTENCY_KEY_MALFORMED", { detail: "The header stands more than once." });
  const text = header.trim();
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text);
  const key = quoted ? (quoted[1] ?? "").replace(/\\(.)/g, "$1") : text;
  const valid = quoted ? /^[\x20-\x7e]{1,255}$/.test(key) : /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]{1,255}$/.test(key);
  if (!valid) throw new DarsenaError("IDEMPOTENCY_KEY_MALFORMED");
  return key;
}

/** The `Idempotency-Key` header's text for a key. */
export const writeIdempotencyKey = (key: string): string => `"${key.replace(/["\\]/g, "\\$&")}"`;

/** JSON with the members of every object in code-unit order: the same value is the same text, whoever wrote it. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .flatMap((name) => (value[name] === undefined ? [] : [`${JSON.stringify(name)}:${canonicalJson(value[name])}`]));
  return `{${members.join(",")}}`;
}

/** What the register keeps of a key: a hash over channel and key, so that two channels may choose the same key. */
export const keyHash = (channel: string, key: string): string =>
  createHash("sha256")
    .update(JSON.stringify([channel, key]))
    .digest("hex");

/**
 * What the register keeps of a body: an HMAC under the key. The key itself is not stored, so a body (tax codes, names)
 * cannot be guessed from the register, as it could from a plain hash.
 */
export const bodyHash = (key: string, body: Json): string => createHmac("sha256", key).update(canonicalJson(body)).digest("hex");

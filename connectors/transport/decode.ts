/** Bytes of an XML answer to text, without guessing: what cannot be decoded is refused, never turned into U+FFFD. */
import { CallFailure } from "../failure.ts";

/**
 * Decodes by byte order mark, else the header's charset, else the XML declaration, else UTF-8.
 * The label `ISO-8859-1` is read as windows-1252, its superset that Windows systems mean by it (WHATWG Encoding).
 */
export function decodeXml(system: string, bytes: Uint8Array, contentType: string | undefined): string {
  const label = byMark(bytes) ?? charsetOf(contentType) ?? declared(bytes) ?? "utf-8";
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    throw new CallFailure("contract-broken", `${system}: the answer is not in the character encoding that it states`, {
      code: "BAD_ENCODING",
      bytes: bytes.length,
    });
  }
}

/** The `charset` parameter of a content type. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? "")?.[1];
}

/** A mark, or the first two characters of a document in UTF-16 without one. */
function byMark(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0 && c !== 0 && d === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c && c === 0 && d !== 0)) return "utf-16be";
  return undefined;
}

function declared(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 200)).toString("latin1");
  return /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/.exec(start)?.[1];
}

/** What text may stand in XML, on the way out and on the way in. */
import { CallFailure } from "../failure.ts";
import { encodeXml } from "./encode.ts";

/** Outside the production Char of XML 1.0, lone surrogates included. */
const ILLEGAL = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Whether every character may stand in an XML 1.0 document. */
export const isXmlText = (text: string): boolean => !ILLEGAL.test(text);

/** Escapes text or an attribute's value; line ends and tabs survive attribute normalisation. */
export const escapeXml = (text: string): string => text.replace(/[&<>"'\t\n\r]/g, (character) => ESCAPES[character] ?? character);

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

/**
 * A value of a request cannot be sent at all. Kind `rejected`: nothing was sent, repeating cannot help, and only this case must
 * wait for a person, whereas `misconfigured` would close the gate for everybody.
 */
export const textRefused = (system: string): CallFailure =>
  new CallFailure("rejected", `${system}: a text of the request cannot be sent as XML`, { code: "TEXT_REFUSED" });

/** Bytes of a document written by us, or `TEXT_REFUSED`. */
export function xmlBytes(system: string, text: string, encoding: "UTF-8" | "ISO-8859-1"): Buffer {
  if (!isXmlText(text)) throw textRefused(system);
  return encodeXml(text, encoding);
}

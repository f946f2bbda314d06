/** XML that is not SOAP: read by fast-xml-parser after a strict pass, written with every character checked. */
import { XMLParser } from "fast-xml-parser";
import { CallFailure } from "../failure.ts";
import { type XmlEncoding, xmlDeclaration } from "./encode.ts";
import { readStrictly, XML_LIMITS } from "./strict-xml.ts";
import { escapeXml, isXmlText, textRefused } from "./xml-text.ts";

/** A document or element as plain values: every leaf is text, an attribute's name begins with `@`, text beside attributes is `#text`. */
export type XmlValue = string | XmlElement | readonly XmlValue[] | undefined;

export interface XmlElement {
  readonly [name: string]: XmlValue;
}

export interface XmlReading {
  /** Names of elements that may repeat: always an array, also when there is one. */
  repeated?: readonly string[];
  /** Decoded characters; 1,000,000 when absent, because parsing more blocks the process. */
  maxCharacters?: number;
}

const MILLION = 1_000_000;

/** Reads a decoded document into `{root: ...}`, or throws `contract-broken` with a code. Names keep their prefixes. */
export function parseXml(system: string, text: string, { repeated = [], maxCharacters = MILLION }: XmlReading = {}): XmlElement {
  const refuse = (code: string): never => {
    throw new CallFailure("contract-broken", `${system}: the answer's XML was refused (${code})`, { code });
  };
  if (text.trim() === "") refuse("EMPTY");
  if (text.length > maxCharacters) refuse("TOO_LARGE");
  // The parser accepts several roots, undeclared prefixes and U+0000; sax does not.
  readStrictly(system, text, { open: () => undefined, text: () => undefined, close: () => undefined });
  const names = new Set(repeated);
  const parser = new XMLParser({
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    ignoreDeclaration: true,
    htmlEntities: true,
    maxNestedTags: XML_LIMITS.depth,
    processEntities: { enabled: true, maxTotalExpansions: 10_000, maxExpandedLength: 1_000_000, maxEntityCount: 1 },
    isArray: (name: string) => names.has(name),
  });
  try {
    return parser.parse(text, true) as XmlElement;
  } catch {
    return refuse("MALFORMED");
  }
}

/** Writes a document `{root: ...}` with its declaration, members in their order. Text that XML cannot hold is `rejected` with TEXT_REFUSED. */
export function writeXml(system: string, document: XmlElement, encoding: XmlEncoding = "UTF-8"): string {
  const roots = Object.keys(document);
  if (roots.length !== 1) throw new TypeError("a document has one root");
  return xmlDeclaration(encoding) + childrenOf(system, document);
}

const NAME = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/;

/** Own, because the parser's builder writes U+0000 raw and loses line ends in attributes. */
function elementOf(system: string, name: string, value: XmlValue): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => elementOf(system, name, one as XmlValue)).join("");
  if (!NAME.test(name)) throw new TypeError("an element's name comes from code, never from data");
  if (typeof value === "string") return `<${name}>${safe(system, value)}</${name}>`;
  const element = value as XmlElement;
  const attributes = Object.entries(element).filter(([key, inner]) => key.startsWith("@") && inner !== undefined);
  const start = attributes.map(([key, inner]) => ` ${key.slice(1)}="${safe(system, inner as string)}"`).join("");
  return `<${name}${start}>${childrenOf(system, element)}</${name}>`;
}

function childrenOf(system: string, element: XmlElement): string {
  return Object.entries(element)
    .filter(([key]) => !key.startsWith("@"))
    .map(([key, inner]) => (key === "#text" ? safe(system, inner as string) : elementOf(system, key, inner)))
    .join("");
}

function safe(system: string, text: string): string {
  if (!isXmlText(text)) throw textRefused(system);
  return escapeXml(text);
}

/** One strict pass over decoded XML: well formed, bounded, without the constructs and names that break the parsers after it. */
import sax from "sax";
import { CallFailure } from "../failure.ts";
import { isXmlText } from "./xml-text.ts";

/** Limits of a document; a real answer of a register has some hundred nodes. */
export const XML_LIMITS = { depth: 64, nodes: 200_000 } as const;

/** Codes of `contract-broken` that the pass raises. */
export type XmlFault =
  | "MALFORMED"
  | "DOCTYPE"
  | "PROCESSING_INSTRUCTION"
  | "TOO_DEEP"
  | "TOO_MANY_NODES"
  | "DANGEROUS_NAME"
  | "MULTI_REF"
  | "ILLEGAL_CHARACTER";

export type Tag = sax.QualifiedTag;

export interface XmlVisitor {
  open(tag: Tag, depth: number): void;
  /** Text with entities resolved and CDATA unwrapped; adjacent pieces may come one by one. */
  text(text: string): void;
  close(depth: number): void;
}

/** Properties that every object inherits: as element, attribute, prefix or id they reach into `Object.prototype` in the SOAP library. */
const DANGEROUS = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

/** Entities that sax would look up on its table's prototype. */
const DANGEROUS_ENTITY = new RegExp(`&(?:${[...DANGEROUS].join("|")});`);

/** `strictEntities` (only the five of XML) is missing in the types of sax. */
const STRICT: sax.SAXOptions & { strictEntities: boolean } = { xmlns: true, strictEntities: true, position: false };

export interface StrictReading {
  /** Allows the references between nodes that SOAP encoding knows; whoever allows them bounds what they lead to. */
  references?: boolean;
}

/** XML's own declaration, which sax takes for any processing instruction. */
const DECLARATION =
  /^\s*version\s*=\s*(?:"1\.\d+"|'1\.\d+')(?:\s+encoding\s*=\s*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*$/;

/** Reads a document, or throws `contract-broken` with a code; messages hold nothing of the document. */
export function readStrictly(system: string, text: string, visitor: XmlVisitor, { references = false }: StrictReading = {}): void {
  const refuse = (code: XmlFault): never => {
    throw new CallFailure("contract-broken", `${system}: the answer's XML was refused (${code})`, { code });
  };
  if (DANGEROUS_ENTITY.test(text)) refuse("DANGEROUS_NAME");
  const parser = sax.parser(true, STRICT);
  const lax: Laxity = { bracket: false, end: false };
  let [depth, nodes, attributes] = [0, 0, 0];
  const pass = (piece: string) => {
    if (!isXmlText(piece)) refuse("ILLEGAL_CHARACTER");
    visitor.text(piece);
  };
  const events = {
    onerror: () => refuse("MALFORMED"),
    ondoctype: () => refuse("DOCTYPE"),
    onsgmldeclaration: () => refuse("DOCTYPE"),
    onprocessinginstruction: ({ name, body }: { name: string; body: string }) => {
      if (name.toLowerCase() !== "xml" || nodes > 0) refuse("PROCESSING_INSTRUCTION");
      if (name !== "xml" || !DECLARATION.test(body)) refuse("MALFORMED");
    },
    onattribute: () => {
      attributes += 1;
    },
    onopentag: (tag: Tag) => {
      // sax accepts several roots.
      if (depth === 0 && nodes > 0) refuse("MALFORMED");
      depth += 1;
      if (depth > XML_LIMITS.depth) refuse("TOO_DEEP");
      const { count, fault } = attributesOf(tag, references, lax);
      if (fault) refuse(fault);
      // sax accepts an attribute twice.
      if (count !== attributes) refuse("MALFORMED");
      attributes = 0;
      nodes += 1 + count;
      if (nodes > XML_LIMITS.nodes) refuse("TOO_MANY_NODES");
      visitor.open(tag, depth);
    },
    ontext: (piece: string) => {
      if (piece.includes("]]>")) lax.end = true;
      pass(piece);
    },
    oncdata: pass,
    onclosetag: () => {
      visitor.close(depth);
      depth -= 1;
    },
  };
  Object.assign(parser, events);
  parser.write(text).close();
  if ((lax.bracket && hasRawBracket(text)) || (lax.end && hasRawEnd(text))) refuse("MALFORMED");
}

/** What sax 1.6.1 lets pass and XML forbids, where the text that it gives leaves open whether it was written so. */
interface Laxity {
  /** `<` in an attribute's value; `&lt;` is right. */
  bracket: boolean;
  /** `]]>` in text; `]]&gt;` is right. */
  end: boolean;
}

const withoutSections = (text: string): string => text.replaceAll(/<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs, "");
const hasRawBracket = (text: string): boolean =>
  /<[^<>"']+(?:(?:"[^"<]*"|'[^'<]*')[^<>"']*)*(?:"[^"<]*<|'[^'<]*<)/.test(withoutSections(text));

function hasRawEnd(text: string): boolean {
  const rest = withoutSections(text);
  for (let at = rest.indexOf("]]>"); at >= 0; at = rest.indexOf("]]>", at + 1))
    // Within a tag it is part of an attribute's value.
    if (rest.lastIndexOf(">", at) >= rest.lastIndexOf("<", at)) return true;
  return false;
}

function attributesOf(tag: Tag, references: boolean, lax: Laxity): { count: number; fault?: XmlFault } {
  if (DANGEROUS.has(tag.local) || DANGEROUS.has(tag.prefix)) return { count: 0, fault: "DANGEROUS_NAME" };
  let count = 0;
  let qualified: Set<string> | undefined;
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name] as sax.QualifiedAttribute;
    count += 1;
    if (attribute.value.includes("<")) lax.bracket = true;
    const fault = faultOf(attribute, references);
    if (fault) return { count, fault };
    if (attribute.uri === "" || attribute.prefix === "xmlns") continue;
    const full = `${attribute.local} ${attribute.uri}`;
    if (qualified?.has(full)) return { count, fault: "MALFORMED" };
    qualified = (qualified ?? new Set()).add(full);
  }
  return { count };
}

function faultOf({ local, prefix, value }: sax.QualifiedAttribute, references: boolean): XmlFault | undefined {
  if (DANGEROUS.has(local) || DANGEROUS.has(prefix)) return "DANGEROUS_NAME";
  if (!isXmlText(value)) return "ILLEGAL_CHARACTER";
  const name = local.toLowerCase();
  if ((name === "id" || name === "href") && DANGEROUS.has(value.replace(/^#/, ""))) return "DANGEROUS_NAME";
  // SOAP encoding's references let one answer name the same node many times over, cycles included.
  return !references && name === "href" && value.startsWith("#") ? "MULTI_REF" : undefined;
}

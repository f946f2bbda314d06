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

/** Reads a document, or throws `contract-broken` with a code; messages hold nothing of the document. */
export function readStrictly(system: string, text: string, visitor: XmlVisitor, { references = false }: StrictReading = {}): void {
  const refuse = (code: XmlFault): never => {
    throw new CallFailure("contract-broken", `${system}: the answer's XML was refused (${code})`, { code });
  };
  if (DANGEROUS_ENTITY.test(text)) refuse("DANGEROUS_NAME");
  const parser = sax.parser(true, STRICT);
  let depth = 0;
  let nodes = 0;
  let suspicious = false;
  const pass = (piece: string) => {
    if (!isXmlText(piece)) refuse("ILLEGAL_CHARACTER");
    visitor.text(piece);
  };
  const events = {
    onerror: () => refuse("MALFORMED"),
    ondoctype: () => refuse("DOCTYPE"),
    onsgmldeclaration: () => refuse("DOCTYPE"),
    onprocessinginstruction: ({ name }: { name: string }) => {
      if (name.toLowerCase() !== "xml" || nodes > 0) refuse("PROCESSING_INSTRUCTION");
    },
    onopentag: (tag: Tag) => {
      // sax accepts several roots.
      if (depth === 0 && nodes > 0) refuse("MALFORMED");
      depth += 1;
      nodes += 1;
      if (depth > XML_LIMITS.depth) refuse("TOO_DEEP");
      if (DANGEROUS.has(tag.local) || DANGEROUS.has(tag.prefix)) refuse("DANGEROUS_NAME");
      for (const name in tag.attributes) {
        nodes += 1;
        const attribute = tag.attributes[name] as sax.QualifiedAttribute;
        if (attribute.value.includes("<")) suspicious = true;
        const fault = faultOf(attribute, references);
        if (fault) refuse(fault);
      }
      if (nodes > XML_LIMITS.nodes) refuse("TOO_MANY_NODES");
      visitor.open(tag, depth);
    },
    ontext: pass,
    oncdata: pass,
    onclosetag: () => {
      visitor.close(depth);
      depth -= 1;
    },
  };
  Object.assign(parser, events);
  parser.write(text).close();
  if (suspicious && hasRawBracket(text)) refuse("MALFORMED");
}

/** A `<` in an attribute's value, which sax 1.6.1 lets pass although XML forbids it; `&lt;` is right. */
function hasRawBracket(text: string): boolean {
  const tags = text.replaceAll(/<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs, "");
  return /<[^<>"']+(?:(?:"[^"<]*"|'[^'<]*')[^<>"']*)*(?:"[^"<]*<|'[^'<]*<)/.test(tags);
}

function faultOf({ local, prefix, value }: sax.QualifiedAttribute, references: boolean): XmlFault | undefined {
  if (DANGEROUS.has(local) || DANGEROUS.has(prefix)) return "DANGEROUS_NAME";
  if (!isXmlText(value)) return "ILLEGAL_CHARACTER";
  const name = local.toLowerCase();
  if ((name === "id" || name === "href") && DANGEROUS.has(value.replace(/^#/, ""))) return "DANGEROUS_NAME";
  // SOAP encoding's references let one answer name the same node many times over, cycles included.
  return !references && name === "href" && value.startsWith("#") ? "MULTI_REF" : undefined;
}

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
const STRICT: sax.SAXOptions & { strictEntities: boolean } = { xmlns: true, strictEntities: true };

/** Reads a document, or throws `contract-broken` with a code; messages hold nothing of the document. */
export function readStrictly(system: string, text: string, visitor: XmlVisitor): void {
  const refuse = (code: XmlFault): never => {
    throw new CallFailure("contract-broken", `${system}: the answer's XML was refused (${code})`, { code });
  };
  if (DANGEROUS_ENTITY.test(text)) refuse("DANGEROUS_NAME");
  const parser = sax.parser(true, STRICT);
  let depth = 0;
  let nodes = 0;
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
      nodes += 1 + Object.keys(tag.attributes).length;
      if (depth > XML_LIMITS.depth) refuse("TOO_DEEP");
      if (nodes > XML_LIMITS.nodes) refuse("TOO_MANY_NODES");
      const fault = faultOf(tag);
      if (fault) refuse(fault);
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
}

function faultOf(tag: Tag): XmlFault | undefined {
  if (DANGEROUS.has(tag.local) || DANGEROUS.has(tag.prefix)) return "DANGEROUS_NAME";
  for (const { local, prefix, value } of Object.values(tag.attributes)) {
    if (DANGEROUS.has(local) || DANGEROUS.has(prefix)) return "DANGEROUS_NAME";
    if (!isXmlText(value)) return "ILLEGAL_CHARACTER";
    const name = local.toLowerCase();
    if ((name === "id" || name === "href") && DANGEROUS.has(value.replace(/^#/, ""))) return "DANGEROUS_NAME";
    // SOAP encoding's references let one answer name the same node many times over, cycles included.
    if (name === "href" && value.startsWith("#")) return "MULTI_REF";
  }
  return undefined;
}

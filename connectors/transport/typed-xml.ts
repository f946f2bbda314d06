/**
 * Typed XML: messages described by a table that `darsena connector new` writes from a WSDL's schemas. `writeTyped` and `readTyped`
 * go between plain values (what a contract's zod schemas describe) and XML. In place of the library's own mapping, which knows no
 * choices, no attributes of simple content, no order within anonymous types, and reads numbers and dates wrongly.
 */

/** Occurrences; both are 1 when absent. */
export interface Occurs {
  min?: number;
  max?: number | "many";
}

/** An element. Its name has a prefix of `Wire.namespaces` when it is qualified: `"tns:name"`, otherwise `"name"`. */
export interface WireElement extends Occurs {
  element: string;
  /** A leaf, a list of leaves, `"xml"`, or a name of `Wire.types` (see `listLeaf`). */
  type: string;
  /** The property that holds it, when that is not its local name. A list when it may occur more than once. */
  as?: string;
  /** Written with `xsi:nil` when it is required and has no value; nil is absent in what is read. */
  nillable?: true;
  /** `xsi:type` that SOAP encoding wants: `"xsd:string"`. */
  xsi?: string;
}

/** A group. One that repeats is a list of objects in property `as`; otherwise its members are properties of the type. */
export interface WireGroup extends Occurs {
  group: "sequence" | "choice" | "all";
  of: readonly WirePart[];
  as?: string;
}

/** `xs:any`: whole elements as XML text. */
export interface WireAny extends Occurs {
  any: true;
  as: string;
}

export type WirePart = WireElement | WireGroup | WireAny;

export interface WireAttribute {
  attribute: string;
  type: string;
  as?: string;
  required?: true;
  fixed?: string;
}

export interface WireType {
  attributes?: readonly WireAttribute[];
  content?: readonly WirePart[];
  /** Simple content: the leaf, held in property `value`. */
  text?: string;
  /** Of an abstract type: the types that can stand in its place by the value's property `xsiType`, each a name of `Wire.types`. */
  derived?: Readonly<Record<string, { xsi: string; type: string }>>;
  /** SOAP encoding's array: its `SOAP-ENC:arrayType` without the size. */
  arrayOf?: string;
}

export interface WireMessage {
  /** The root; its content's properties are the value, or `value` for a leaf. */
  element: string;
  type: string;
  headers?: readonly WireElement[];
}

export interface WireOperation {
  /** SOAPAction, or the action of SOAP 1.2. */
  action: string;
  request: WireMessage;
  /** Absent for a one-way operation. */
  answer?: WireMessage;
  /** Elements of fault details, and the contract's rejection that each means. */
  faults?: Readonly<Record<string, string>>;
  encoded?: true;
}

/** All messages of a service, by the names of the contract's operations. */
export interface Wire {
  version: "1.1" | "1.2";
  namespaces: Readonly<Record<string, string>>;
  types: Readonly<Record<string, WireType>>;
  operations: Readonly<Record<string, WireOperation>>;
}

/** Leaves: `text` keeps white space, `token` collapses it, `binary` is base64 or hexadecimal text without any. */
export const LEAVES = ["text", "token", "int", "number", "boolean", "binary"] as const;
export type Leaf = (typeof LEAVES)[number];

export const isLeaf = (type: string): type is Leaf => (LEAVES as readonly string[]).includes(type);

/** A type is a leaf, `xml` (its inner XML as text), `<leaf>[]` (a list separated by blanks), or a name of the table. */
export const listLeaf = (type: string): Leaf | undefined => {
  const leaf = type.endsWith("[]") ? type.slice(0, -2) : "";
  return isLeaf(leaf) ? leaf : undefined;
};

export const isElement = (part: WirePart): part is WireElement => "element" in part;
export const isGroup = (part: WirePart): part is WireGroup => "group" in part;

/** `tns:name` in its two parts. */
export function splitName(name: string): { prefix: string; local: string } {
  const at = name.indexOf(":");
  return at < 0 ? { prefix: "", local: name } : { prefix: name.slice(0, at), local: name.slice(at + 1) };
}

export const propertyOf = (one: { as?: string; element?: string; attribute?: string }): string =>
  one.as ?? splitName(one.element ?? one.attribute ?? "").local;
export const minOf = ({ min = 1 }: Occurs): number => min;
export const maxOf = ({ max = 1 }: Occurs): number => (max === "many" ? Number.POSITIVE_INFINITY : max);
export const repeats = (one: Occurs): boolean => maxOf(one) > 1;

export const XSI = "http://www.w3.org/2001/XMLSchema-instance";
export const XSD = "http://www.w3.org/2001/XMLSchema";
export const SOAP_ENC = "http://schemas.xmlsoap.org/soap/encoding/";

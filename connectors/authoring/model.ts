/** A service as the generator sees it, between the WSDL and the files that are written. */
import type { QName } from "./xml-tree.ts";

/** A simple type with all its facets, inherited ones included. */
export interface LeafFacets {
  /** XSD's built-in type at the bottom, by its local name; `list` and `union` have `of`. */
  base: string;
  of?: LeafFacets[];
  enumeration?: string[];
  /** Each step of a derivation: one of its patterns must match. */
  patterns?: string[][];
  length?: number;
  minLength?: number;
  maxLength?: number;
  minInclusive?: string;
  maxInclusive?: string;
  minExclusive?: string;
  maxExclusive?: string;
  totalDigits?: number;
  fractionDigits?: number;
}

export type TypeRef =
  | { kind: "complex"; name: string }
  /** `name` when the schema names the type, so that the contract does too. */
  | { kind: "leaf"; leaf: LeafFacets; name?: string }
  | { kind: "xml" };

interface Occurrence {
  min: number;
  /** Infinity for `unbounded`. */
  max: number;
}

export interface ElementPart extends Occurrence {
  kind: "element";
  /** With the prefix of its namespace when it is qualified. */
  name: string;
  property: string;
  nillable: boolean;
  type: TypeRef;
  documentation: string;
}

export interface GroupPart extends Occurrence {
  kind: "group";
  group: "sequence" | "choice" | "all";
  of: Part[];
  /** Set for a group that repeats. */
  property?: string;
}

export interface AnyPart extends Occurrence {
  kind: "any";
  property: string;
}

export type Part = ElementPart | GroupPart | AnyPart;

export interface Attribute {
  name: string;
  property: string;
  required: boolean;
  fixed?: string;
  type: TypeRef & { kind: "leaf" };
}

export interface ModelType {
  /** Unique in the contract, in PascalCase. */
  name: string;
  qname?: QName;
  documentation: string;
  parts: Part[];
  attributes: Attribute[];
  /** Simple content. */
  text?: TypeRef & { kind: "leaf" };
  /** Of an abstract type: what may stand in its place. */
  derived?: { kind: string; xsi: string; type: string }[];
  arrayOf?: string;
}

export interface Message {
  element: string;
  type: TypeRef;
  headers: ElementPart[];
}

export interface ModelOperation {
  /** In the contract. */
  name: string;
  /** In the WSDL. */
  wsdlName: string;
  documentation: string;
  effect: "read" | "write";
  action: string;
  request: Message;
  answer?: Message;
  faults: Record<string, string>;
  encoded: boolean;
}

export interface Model {
  version: "1.1" | "1.2";
  namespaces: Record<string, string>;
  types: ModelType[];
  operations: ModelOperation[];
}

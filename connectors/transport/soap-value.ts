/**
 * A checked answer as plain values, by the shapes of our WSDL. In place of the library's own reading, which parses a second time, rounds
 * longs, shifts dates, and follows names and references into `Object.prototype`. Names, arrays and attributes are given as it gives them.
 */
import { CallFailure } from "../failure.ts";
import type { AttachmentRef } from "../shared-types.ts";
import { contentIdOf, isInclude } from "./attachments.ts";
import { attributeOf, childrenOf, isDeclaration, isNil, qualifiedName, textOf, XSI, type XmlNode } from "./xml-tree.ts";

/** A type as the library describes it: a leaf's name, or members by name, with `[]` behind names that repeat. */
export type Shape = string | { readonly [name: string]: Shape } | undefined;

export interface ValueReading {
  /** The shape that an `xsi:type` names; undefined when the WSDL has none. */
  typeOf?: (uri: string | undefined, local: string) => Shape;
  /** SOAP encoding: arrays say that they are arrays, and references lead to other elements of the answer. */
  encoded?: boolean;
  /** Elements that references may lead to, besides those within the answer. */
  referred?: readonly XmlNode[];
  /** Stored files of the answer by Content-ID: they stand where the answer refers to them. */
  files?: ReadonlyMap<string, AttachmentRef>;
}

/** Nodes that one encoded answer may come to when its references are followed. */
const REFERRED_NODES = 20_000;

const ENCODINGS = new Set(["http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding"]);
const ENVELOPES = new Set(["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"]);

/** The value of an answer's element: leaves are trimmed text, an empty element that is no `xs:string` is undefined. */
export function readValue(system: string, root: XmlNode, shape: Shape, reading: ValueReading = {}): unknown {
  return new ValueReader(system, root, reading).value(root, shape);
}

class ValueReader {
  readonly #system: string;
  readonly #reading: ValueReading;
  readonly #byId = new Map<string, XmlNode>();
  readonly #following = new Set<XmlNode>();
  #nodes = 0;

  constructor(system: string, root: XmlNode, reading: ValueReading) {
    this.#system = system;
    this.#reading = reading;
    if (reading.encoded) for (const node of [root, ...(reading.referred ?? [])]) this.#note(node);
  }

  value(node: XmlNode, shape: Shape): unknown {
    if (!this.#reading.encoded) return this.#plain(node, shape);
    const target = this.#target(node);
    // The same node may be named many times over: what is read is bounded, not what was sent.
    this.#nodes += 1;
    if (this.#nodes > REFERRED_NODES || (target !== node && this.#following.has(target))) throw this.#broken("MULTI_REF");
    if (target === node) return this.#plain(node, shape);
    this.#following.add(target);
    try {
      return this.#plain(target, shape);
    } finally {
      this.#following.delete(target);
    }
  }

  #plain(node: XmlNode, declared: Shape): unknown {
    const shape = this.#actual(node, declared);
    const attributes = this.#attributes(node);
    const children = childrenOf(node);
    if (this.#reading.encoded && isArray(node)) return this.#items(children, shape);
    const file = this.#file(node, children);
    if (file) return file;
    if (children.length === 0) return leaf(textOf(node).trim(), attributes, shape);
    const value: Record<string, unknown> = attributes ? { attributes } : {};
    for (const child of children) if (!isNil(child)) this.#put(value, child, shape);
    const text = textOf(node).trim();
    if (text !== "") value["$value"] = text;
    return Object.keys(value).length === 0 ? undefined : value;
  }

  #put(value: Record<string, unknown>, child: XmlNode, shape: Shape): void {
    const name = child.tag.local;
    const members = typeof shape === "object" ? shape : {};
    const repeats = Object.hasOwn(members, `${name}[]`);
    const one = this.value(child, repeats ? members[`${name}[]`] : Object.hasOwn(members, name) ? members[name] : undefined);
    const before = value[name];
    if (Array.isArray(before) && (repeats || this.#reading.encoded !== true)) before.push(one);
    else if (repeats) value[name] = [one];
    else if (before !== undefined) value[name] = [before, one];
    else if (one !== undefined) value[name] = one;
  }

  /** The file that `xop:Include`, an `href` or the text (`swaRef`) refers to. An Include without its part is a broken answer. */
  #file(node: XmlNode, children: readonly XmlNode[]): AttachmentRef | undefined {
    const include = children.length === 1 && children[0] && isInclude(children[0].tag) ? children[0] : undefined;
    if (!include && (children.length > 0 || !this.#reading.files?.size)) return undefined;
    const id = contentIdOf(attributeOf(include ?? node, "", "href") ?? textOf(node));
    const file = id === undefined ? undefined : this.#reading.files?.get(id);
    if (include && !file)
      throw new CallFailure("contract-broken", `${this.#system}: the answer refers to an attachment that is not there`, {
        code: "ATTACHMENT_ABSENT",
      });
    return file;
  }

  /** Members of an encoded array have any name; the array's own shape may say what they are. */
  #items(children: readonly XmlNode[], shape: Shape): unknown[] {
    const inner = typeof shape === "object" ? Object.values(shape).find((one) => typeof one === "object") : undefined;
    return children.filter((child) => !isNil(child)).map((child) => this.value(child, inner));
  }

  #actual(node: XmlNode, declared: Shape): Shape {
    for (const name in node.tag.attributes) {
      const attribute = node.tag.attributes[name];
      if (attribute?.uri !== XSI || attribute.local !== "type") continue;
      const { uri, local } = qualifiedName(node, attribute.value.trim());
      const found = this.#reading.typeOf?.(uri, local);
      return typeof found === "object" ? found : declared;
    }
    return declared;
  }

  /** Without declarations, and without what `xsi`, the envelope and SOAP encoding add. */
  #attributes(node: XmlNode): Record<string, string> | undefined {
    let found: Record<string, string> | undefined;
    for (const name in node.tag.attributes) {
      const attribute = node.tag.attributes[name];
      if (!attribute || isDeclaration(attribute) || attribute.uri === XSI || ENVELOPES.has(attribute.uri)) continue;
      if (this.#reading.encoded && (ENCODINGS.has(attribute.uri) || /^(?:id|href)$/i.test(attribute.name))) continue;
      found ??= {};
      found[attribute.name] = attribute.value;
    }
    return found;
  }

  #note(node: XmlNode): void {
    const id = Object.values(node.tag.attributes).find(
      ({ uri, local }) => local.toLowerCase() === "id" && (uri === "" || ENCODINGS.has(uri)),
    );
    if (id) {
      if (this.#byId.has(id.value)) throw this.#broken("MULTI_REF");
      this.#byId.set(id.value, node);
    }
    for (const child of childrenOf(node)) this.#note(child);
  }

  /** The element that a reference leads to, else the element itself. */
  #target(node: XmlNode): XmlNode {
    for (const name in node.tag.attributes) {
      const attribute = node.tag.attributes[name];
      if (!attribute) continue;
      const old = attribute.uri === "" && attribute.local === "href" && attribute.value.startsWith("#");
      if (!old && !(attribute.local === "ref" && ENCODINGS.has(attribute.uri))) continue;
      const target = this.#byId.get(attribute.value.replace(/^#/, ""));
      if (!target) throw this.#broken("MULTI_REF");
      return this.#target(target);
    }
    return node;
  }

  #broken(code: string): CallFailure {
    return new CallFailure("contract-broken", `${this.#system}: references within the answer lead nowhere, in a circle or too far`, {
      code,
    });
  }
}

/** `SOAP-ENC:arrayType` of 1.1, `itemType` or `arraySize` of 1.2, or `xsi:type="SOAP-ENC:Array"`. */
function isArray(node: XmlNode): boolean {
  return Object.values(node.tag.attributes).some(({ uri, local, value }) => {
    if (uri === XSI && local === "type") return /(?:^|:)Array$/.test(value) && ENCODINGS.has(qualifiedName(node, value).uri ?? "");
    return ENCODINGS.has(uri) && (local === "arrayType" || local === "itemType" || local === "arraySize");
  });
}

function leaf(text: string, attributes: Record<string, string> | undefined, shape: Shape): unknown {
  if (attributes) return text === "" ? { attributes } : { attributes, $value: text };
  if (text !== "") return text;
  return typeof shape === "string" && localName(shape) === "string" ? "" : undefined;
}

/** Of `xs:string`; an enumeration is `Type|xs:string|a,b` and no string here. */
const localName = (shape: string): string => (shape.split("|")[0] ?? "").replace(/^[^:]*:/, "");

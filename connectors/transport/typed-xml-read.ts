/**
 * XML to plain values by the table of a service (see `typed-xml.ts`). Tolerant: what the table does not know is left out, since systems
 * add elements, and elements out of order are found by their name. Whether the value is whole is said by the contract's zod schema.
 * With `strict`, as a simulator reads requests, any of that is refused.
 */
import { contractBroken } from "../failure.ts";
import { readStrictly, type Tag } from "./strict-xml.ts";
import {
  isElement,
  isGroup,
  type Leaf,
  listLeaf,
  maxOf,
  minOf,
  propertyOf,
  repeats,
  splitName,
  type Wire,
  type WireElement,
  type WireMessage,
  type WirePart,
  type WireType,
  XSI,
} from "./typed-xml.ts";
import { escapeXml } from "./xml-text.ts";

/** An element of a message. */
export interface XmlNode {
  name: string;
  local: string;
  uri: string;
  attributes: { local: string; uri: string; value: string }[];
  /** Prefixes in scope, for `xsi:type` and for XML kept as text. */
  scope: Readonly<Record<string, string>>;
  children: XmlNode[];
  text: string;
  /** Children and text in their order, for XML kept as text. */
  order: (XmlNode | string)[];
}

export interface TypedReading {
  strict?: boolean;
}

/** The root element of an envelope's Body, whatever the header holds. */
export function bodyOf(system: string, envelope: string): XmlNode {
  const body = treeOf(system, envelope).children.find(({ local }) => local === "Body");
  const [root] = body?.children ?? [];
  if (!root) throw contractBroken("EMPTY_BODY", `${system}: the SOAP body is empty`);
  return root;
}

/** The elements of an envelope's Header. */
export const headersOf = (system: string, envelope: string): XmlNode[] =>
  treeOf(system, envelope).children.find(({ local }) => local === "Header")?.children ?? [];

/** The value of a message's element; throws `contract-broken` with UNEXPECTED_RESPONSE for another element. */
export function readTyped(system: string, wire: Wire, message: WireMessage, root: XmlNode, { strict = false }: TypedReading = {}): unknown {
  const reader = new Reader(system, wire, strict);
  if (!reader.isCalled(message.element, root, true))
    throw contractBroken("UNEXPECTED_RESPONSE", `${system}: this is the message of another operation`);
  const value = reader.value(message.type, root);
  return wire.types[message.type] ? (value ?? {}) : value === undefined ? {} : { value };
}

/** Values of the message's header elements. */
export function readHeaders(system: string, wire: Wire, message: WireMessage, nodes: readonly XmlNode[]): Record<string, unknown> {
  const reader = new Reader(system, wire, true);
  const found: Record<string, unknown> = {};
  for (const header of message.headers ?? []) {
    const node = nodes.find((one) => reader.isCalled(header.element, one, true));
    if (node) found[propertyOf(header)] = reader.value(header.type, node);
  }
  return found;
}

/** Builds the tree of a document that `readStrictly` accepts. */
function treeOf(system: string, text: string): XmlNode {
  const top: XmlNode = { name: "", local: "", uri: "", attributes: [], scope: {}, children: [], text: "", order: [] };
  const open: XmlNode[] = [top];
  readStrictly(system, text, {
    open: (tag: Tag) => {
      const attributes = Object.values(tag.attributes).map(({ local, uri, value }) => ({ local, uri, value }));
      const scope = inScope(tag);
      const node: XmlNode = { name: tag.name, local: tag.local, uri: tag.uri, attributes, scope, children: [], text: "", order: [] };
      open.at(-1)?.children.push(node);
      open.at(-1)?.order.push(node);
      open.push(node);
    },
    text: (piece) => {
      const node = open.at(-1);
      if (!node) return;
      node.text += piece;
      node.order.push(piece);
    },
    close: () => void open.pop(),
  });
  return top.children[0] ?? top;
}

/** sax keeps what an element inherits on the prototype. */
function inScope(tag: Tag): Record<string, string> {
  const scope: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const prefix in tag.ns) scope[prefix] = (tag.ns as unknown as Record<string, string>)[prefix] ?? "";
  return scope;
}

type Found = Record<string, unknown>;

class Reader {
  readonly #system: string;
  readonly #wire: Wire;
  readonly #strict: boolean;

  constructor(system: string, wire: Wire, strict: boolean) {
    this.#system = system;
    this.#wire = wire;
    this.#strict = strict;
  }

  /** Namespaces are compared where `exact`; otherwise a wrong one is forgiven, because many old servers leave it out. */
  isCalled(name: string, node: XmlNode, exact = this.#strict): boolean {
    const { prefix, local } = splitName(name);
    return node.local === local && (!exact || node.uri === (prefix === "" ? "" : this.#wire.namespaces[prefix]));
  }

  /** Undefined for nil, and for an empty element that is no text. */
  value(typeName: string, node: XmlNode): unknown {
    if (node.attributes.some(({ uri, local, value }) => uri === XSI && local === "nil" && /^\s*(true|1)\s*$/.test(value))) return undefined;
    const type = this.#wire.types[typeName];
    if (type) return this.#complex(type, node);
    return typeName === "xml" ? innerXml(node) : this.#leaf(typeName, node.text);
  }

  #complex(type: WireType, node: XmlNode): Found {
    const [kind, actual] = this.#actual(type, node);
    const found: Found = kind === undefined ? {} : { xsiType: kind };
    for (const one of actual.attributes ?? []) {
      const { prefix, local } = splitName(one.attribute);
      const uri = prefix === "" ? "" : prefix === "xml" ? "http://www.w3.org/XML/1998/namespace" : this.#wire.namespaces[prefix];
      const given = node.attributes.find((attribute) => attribute.local === local && attribute.uri === uri);
      if (given) put(found, propertyOf(one), this.#leaf(one.type, given.value));
    }
    if (actual.text) put(found, "value", this.#leaf(actual.text, node.text));
    else this.#content(actual, node, found);
    return found;
  }

  /** The type that `xsi:type` names, where the table knows it. */
  #actual(type: WireType, node: XmlNode): [string | undefined, WireType] {
    const named = node.attributes.find(({ uri, local }) => uri === XSI && local === "type")?.value.trim();
    if (!type.derived || named === undefined) return [undefined, type];
    const { prefix, local } = splitName(named);
    for (const [kind, { xsi, type: name }] of Object.entries(type.derived)) {
      const wanted = splitName(xsi);
      const inner = this.#wire.types[name];
      if (inner && wanted.local === local && this.#wire.namespaces[wanted.prefix] === node.scope[prefix]) return [kind, inner];
    }
    throw contractBroken("UNKNOWN_TYPE", `${this.#system}: an element is of a derived type that the connector does not know`);
  }

  #content({ content = [], arrayOf }: WireType, node: XmlNode, found: Found): void {
    const cursor = { nodes: node.children, at: 0 };
    if (arrayOf !== undefined && content[0] && isElement(content[0])) {
      // The members of an encoded array may have any name.
      const { type } = content[0];
      if (cursor.nodes.length > 0) found[propertyOf(content[0])] = cursor.nodes.map((one) => this.value(type, one)).filter(isDefined);
      return;
    }
    for (const part of content) this.#match(part, cursor, found);
    for (const rest of cursor.nodes.slice(cursor.at)) this.#late(rest, content, found);
  }

  /** XSD allows only content that is clear one element ahead, so nothing is ever tried twice. */
  #match(part: WirePart, cursor: { nodes: XmlNode[]; at: number }, found: Found): void {
    for (let count = 0; count < maxOf(part); count += 1) {
      const before = cursor.at;
      const next = cursor.nodes[cursor.at];
      if (!next || !this.#canStart(part, next)) return;
      if (isElement(part)) {
        cursor.at += 1;
        this.#put(part, this.value(part.type, next), found);
      } else if (!isGroup(part)) {
        cursor.at += 1;
        append(found, part.as, outerXml(next), repeats(part));
      } else {
        const target: Found = repeats(part) ? {} : found;
        this.#group(part, cursor, target);
        if (repeats(part)) append(found, part.as ?? "", target, true);
      }
      if (cursor.at === before) return;
    }
  }

  #group(part: { group: string; of: readonly WirePart[] }, cursor: { nodes: XmlNode[]; at: number }, found: Found): void {
    const next = cursor.nodes[cursor.at];
    if (part.group === "sequence") for (const one of part.of) this.#match(one, cursor, found);
    else if (part.group === "choice") {
      const branch = next && part.of.find((one) => this.#canStart(one, next));
      if (branch) this.#match(branch, cursor, found);
    } else {
      for (let at = -1; at !== cursor.at; ) {
        at = cursor.at;
        for (const one of part.of) this.#match(one, cursor, found);
      }
    }
  }

  #canStart(part: WirePart, node: XmlNode): boolean {
    if (isElement(part)) return this.isCalled(part.element, node);
    if (!isGroup(part)) return true;
    for (const one of part.of) {
      if (this.#canStart(one, node)) return true;
      if (part.group === "sequence" && !canBeEmpty(one)) return false;
    }
    return false;
  }

  /** An element after the place that the schema gives it, or one that the schema does not know. */
  #late(node: XmlNode, content: readonly WirePart[], found: Found): void {
    if (this.#strict) throw contractBroken("UNEXPECTED_ELEMENT", `${this.#system}: an element stands where the schema allows none`);
    const part = elementsIn(content).find((one) => this.isCalled(one.element, node));
    if (part && (repeats(part) || !(propertyOf(part) in found))) this.#put(part, this.value(part.type, node), found);
  }

  #put(part: WireElement, value: unknown, found: Found): void {
    if (value === undefined) return;
    append(found, propertyOf(part), value, repeats(part));
  }

  #leaf(type: string, text: string): unknown {
    const list = listLeaf(type);
    if (list)
      return collapse(text) === ""
        ? []
        : collapse(text)
            .split(" ")
            .map((one) => parsed(list, one));
    return parsed(type as Leaf, text);
  }
}

/** A value as its leaf says. One that does not fit stays text, and the contract's schema refuses it. */
function parsed(leaf: Leaf, text: string): unknown {
  if (leaf === "text") return text;
  const token = collapse(text);
  if (token === "") return undefined;
  if (leaf === "binary") return token.replaceAll(" ", "");
  if (leaf === "boolean") return token === "true" || token === "1" ? true : token === "false" || token === "0" ? false : token;
  if (leaf === "int") return /^[+-]?\d{1,15}$/.test(token) ? Number(token) : token;
  if (leaf === "number") return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(token) ? Number(token) : token;
  return token;
}

const collapse = (text: string): string => text.replaceAll(/[\t\n\r ]+/g, " ").trim();
const isDefined = (value: unknown): boolean => value !== undefined;

function canBeEmpty(part: WirePart): boolean {
  if (minOf(part) === 0) return true;
  if (!isGroup(part)) return false;
  return part.group === "choice" ? part.of.some(canBeEmpty) : part.of.every(canBeEmpty);
}

/** Elements of groups that do not repeat. */
const elementsIn = (parts: readonly WirePart[]): WireElement[] =>
  parts.flatMap((part) => (isElement(part) ? [part] : isGroup(part) && !repeats(part) ? elementsIn(part.of) : []));

function put(found: Found, property: string, value: unknown): void {
  if (value !== undefined) found[property] = value;
}

function append(found: Found, property: string, value: unknown, many: boolean): void {
  const list = found[property] as unknown[] | undefined;
  if (many && list) list.push(value);
  else found[property] = many ? [value] : value;
}

/** An element as XML that stands alone: it declares the prefixes in scope. */
function outerXml(node: XmlNode, top = true): string {
  const declared = top ? Object.entries(node.scope).filter(([prefix]) => prefix !== "xml" && prefix !== "xmlns") : [];
  const namespaces = declared.map(([prefix, uri]) =>
    prefix === "" ? ` xmlns="${escapeXml(uri)}"` : ` xmlns:${prefix}="${escapeXml(uri)}"`,
  );
  const attributes = node.attributes.filter(({ uri }) => uri !== "http://www.w3.org/2000/xmlns/").map((one) => attributeXml(one, node));
  return `<${node.name}${namespaces.join("")}${attributes.join("")}>${innerXml(node, false)}</${node.name}>`;
}

function attributeXml({ local, uri, value }: XmlNode["attributes"][number], { scope }: XmlNode): string {
  const prefix = uri === "" ? "" : (Object.entries(scope).find(([name, of]) => of === uri && name !== "")?.[0] ?? "");
  return ` ${prefix === "" ? "" : `${prefix}:`}${local}="${escapeXml(value)}"`;
}

const innerXml = (node: XmlNode, top = true): string =>
  node.order.map((one) => (typeof one === "string" ? escapeXml(one) : outerXml(one, top))).join("");

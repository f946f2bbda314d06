/** A checked document as a tree: what answers are read from. */
import type { Tag } from "./strict-xml.ts";
import { escapeXml } from "./xml-text.ts";

/** An element; `tag` has its name, namespace, attributes and the prefixes in scope. */
export interface XmlNode {
  readonly tag: Tag;
  /** Children and pieces of text in their order, entities resolved. */
  readonly content: (XmlNode | string)[];
}

export const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/** Child elements, without the text between them. */
export const childrenOf = ({ content }: XmlNode): XmlNode[] => content.filter((one): one is XmlNode => typeof one !== "string");

/** The text directly within an element. */
export function textOf({ content }: XmlNode): string {
  let text = "";
  for (const one of content) if (typeof one === "string") text += one;
  return text;
}

/** The value of an attribute by namespace (empty for none) and local name. */
export function attributeOf({ tag }: XmlNode, uri: string, local: string): string | undefined {
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name];
    if (attribute?.local === local && attribute.uri === uri) return attribute.value;
  }
  return undefined;
}

/** The namespace and local name that a QName in a value means; without a prefix the default namespace. */
export function qualifiedName({ tag }: XmlNode, value: string): { uri: string | undefined; local: string } {
  const at = value.indexOf(":");
  const prefix = at < 0 ? "" : value.slice(0, at);
  return { uri: (tag.ns as unknown as Record<string, string | undefined>)[prefix], local: value.slice(at + 1) };
}

/** Whether `xsi:nil` says that the element has no value. */
export const isNil = (node: XmlNode): boolean => /^\s*(true|1)\s*$/.test(attributeOf(node, XSI, "nil") ?? "");

export const isDeclaration = ({ name, prefix }: { name: string; prefix: string }): boolean => name === "xmlns" || prefix === "xmlns";

/** The element as text without comments, CDATA, nil descendants and the attributes that `leftOut` names by their namespace. */
export function plainXml(node: XmlNode, leftOut: (uri: string) => boolean, outer: Readonly<Record<string, string>> = {}): string {
  const attributes: Record<string, string> = { ...outer };
  for (const attribute of Object.values(node.tag.attributes)) if (!leftOut(attribute.uri)) attributes[attribute.name] = attribute.value;
  const inner = node.content.map((one) => (typeof one === "string" ? escapeXml(one) : isNil(one) ? "" : plainXml(one, leftOut)));
  const start = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  return `<${node.tag.name}${start.join("")}>${inner.join("")}</${node.tag.name}>`;
}

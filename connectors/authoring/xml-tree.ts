/** A WSDL or XSD file as a tree of elements with their namespaces in scope. */
import sax from "sax";

/** A name with its namespace. */
export interface QName {
  uri: string;
  local: string;
}

export interface XmlTree {
  uri: string;
  local: string;
  /** Attributes without namespace, by name; others as `{uri}local`. */
  attributes: Readonly<Record<string, string>>;
  children: XmlTree[];
  text: string;
  scope: ReadonlyMap<string, string>;
}

export const WSDL = "http://schemas.xmlsoap.org/wsdl/";
export const SCHEMA = "http://www.w3.org/2001/XMLSchema";

/** The file is no XML, or is not the file that it should be; the message says which and where. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
}

/** Reads a document; a DOCTYPE's entities are not resolved. */
export function readTree(text: string, file: string): XmlTree {
  const parser = sax.parser(true, { xmlns: true });
  const top: XmlTree = { uri: "", local: "", attributes: {}, children: [], text: "", scope: new Map() };
  const open: XmlTree[] = [top];
  const addText = (piece: string) => {
    const here = open.at(-1);
    if (here) here.text += piece;
  };
  Object.assign(parser, {
    onerror: (error: Error) => {
      throw new FileRefused(`${file} is not XML: ${error.message.split("\n").join(", ")}`);
    },
    onopentag: (tag: sax.QualifiedTag) => {
      const scope = new Map<string, string>();
      for (const prefix in tag.ns) scope.set(prefix, (tag.ns as unknown as Record<string, string>)[prefix] ?? "");
      const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
      for (const { uri, local, value } of Object.values(tag.attributes)) attributes[uri === "" ? local : `{${uri}}${local}`] = value;
      const node: XmlTree = { uri: tag.uri, local: tag.local, attributes, children: [], text: "", scope };
      open.at(-1)?.children.push(node);
      open.push(node);
    },
    ontext: addText,
    oncdata: addText,
    onclosetag: () => void open.pop(),
  });
  parser.write(text.replace(/^\uFEFF/, "").trimStart()).close();
  const [root] = top.children;
  if (!root) throw new FileRefused(`${file} is empty`);
  return root;
}

/** A QName in an attribute's value, by the prefixes in scope; `fallback` is the namespace of a name without prefix. */
export function resolve(node: XmlTree, name: string, fallback?: string): QName {
  const at = name.indexOf(":");
  if (at < 0) return { uri: node.scope.get("") ?? fallback ?? "", local: name.trim() };
  return { uri: node.scope.get(name.slice(0, at).trim()) ?? "", local: name.slice(at + 1).trim() };
}

export const keyOf = ({ uri, local }: QName): string => `{${uri}}${local}`;
export const isSchema = (node: XmlTree, ...names: string[]): boolean => node.uri === SCHEMA && names.includes(node.local);
export const schemaChildren = (node: XmlTree, ...names: string[]): XmlTree[] => node.children.filter((one) => isSchema(one, ...names));
export const wsdlChildren = (node: XmlTree, name: string): XmlTree[] =>
  node.children.filter((one) => one.uri === WSDL && one.local === name);

/** The text of `documentation` (WSDL) or `annotation/documentation` (XSD), on one line of at most 200 characters; empty without. */
export function documentationOf(node: XmlTree): string {
  const inner = node.children.find(({ local }) => local === "documentation" || local === "annotation");
  const said = inner?.local === "annotation" ? inner.children.find(({ local }) => local === "documentation") : inner;
  const line = (said?.text ?? "").replaceAll(/\s+/g, " ").replaceAll("*/", "* /").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

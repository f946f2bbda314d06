/** Strict reading of XML into a tree, for the simulator: namespaces are resolved, malformed input throws. */
import sax from "sax";

export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface Open {
  name: string;
  namespace: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  parts: string[];
}

/** The root element of a well-formed document; a DOCTYPE is refused. */
export function readXml(source: string): XmlElement {
  const parser = sax.parser(true, { xmlns: true });
  const root: Open = { name: "", namespace: "", attributes: {}, children: [], parts: [] };
  const open: Open[] = [root];
  const append = (text: string) => void open.at(-1)?.parts.push(text);
  Object.assign(parser, {
    onerror: (error: Error) => {
      throw error;
    },
    ondoctype: () => {
      throw new Error("a DOCTYPE is not accepted");
    },
    onopentag: (tag: sax.QualifiedTag) => {
      const attributes = Object.fromEntries(Object.entries(tag.attributes).map(([key, attribute]) => [key, attribute.value]));
      open.push({ name: tag.local, namespace: tag.uri, attributes, children: [], parts: [] });
    },
    ontext: append,
    oncdata: append,
    onclosetag: () => {
      const { parts, ...element } = open.pop() as Open;
      open.at(-1)?.children.push({ ...element, text: parts.join("") });
    },
  });
  parser.write(source).close();
  const [found] = root.children;
  if (!found) throw new Error("no root element");
  return found;
}

/** The element at a path of names below another. */
export function at(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((found, name) => found?.children.find((child) => child.name === name), element);
}

export const textAt = (element: XmlElement | undefined, ...path: string[]): string | undefined => at(element, ...path)?.text;

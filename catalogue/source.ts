/** A YAML file with the places of its parts, so that every finding names file, line and column. */
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Document, type Node, type ParsedNode, type Scalar } from "yaml";
import { quickValue } from "./quick-value.ts";

export interface Place {
  line: number;
  column: number;
}

/** A file as it is read, with its path relative to the project. */
export interface SourceText {
  file: string;
  text: string;
}

export interface Source {
  file: string;
  /** The parsed value; undefined when the text is not YAML. */
  value: unknown;
  /** The place of a path, or of its nearest parent; with `near`, that of the piece of text inside it. */
  placeOf(path: readonly PropertyKey[], near?: string): Place;
  /** What is wrong with the YAML itself. */
  errors: { message: string; place: Place }[];
}

/**
 * Reads a file. Most have nothing wrong and are read by a parser that knows no places, in a third of the time. The parsed
 * document, many times as large as the text, is let go: the file is parsed again for the first place that is asked for.
 */
export function parseSource({ file, text }: SourceText): Source {
  const place = (offset: number): Place => {
    const before = text.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  let again: Parsed | undefined;
  const placeOf: Source["placeOf"] = (path, near) => place(offsetOf((again ??= parse(text)), text, path, near));
  const quick = quickValue(text);
  return { file, placeOf, ...(quick ? { value: quick.value, errors: [] } : thoroughly(text, place)) };
}

function thoroughly(text: string, place: (offset: number) => Place): Pick<Source, "value" | "errors"> {
  const document = parse(text);
  const errors = document.errors.map((error) => ({ message: error.message.split("\n")[0] ?? "", place: place(error.pos[0]) }));
  const twice = (key: Scalar) => errors.push({ message: `the key "${String(key.value)}" stands twice`, place: place(key.range?.[0] ?? 0) });
  const value = errors.length > 0 ? undefined : valueOf(document, twice);
  return { value: errors.length > 0 ? undefined : value, errors };
}

// Looking for equal keys and printing errors at length costs half of the time: both are done here, when needed.
const parse = (text: string): Parsed => parseDocument(text, { uniqueKeys: false, prettyErrors: false });

type Parsed = Document.Parsed<ParsedNode, true>;

function offsetOf(document: Parsed, text: string, path: readonly PropertyKey[], near: string | undefined): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length).map(asKey), true);
    if (!isNode(node) || !node.range) continue;
    const [from, to] = node.range;
    const found = near === undefined || length < path.length ? -1 : text.indexOf(near, from);
    return found >= 0 && found < to ? found : from;
  }
  return 0;
}

const asKey = (key: PropertyKey): string | number => (typeof key === "symbol" ? String(key) : key);

/** As `toJS`, in less time, and telling of keys that stand twice. Files with anchors take the library's way. */
function valueOf(document: Parsed, twice: (key: Scalar) => void): unknown {
  const anchored = { found: false };
  const value = plain(document.contents, twice, anchored);
  return anchored.found ? document.toJS() : value;
}

function plain(node: Node | null, twice: (key: Scalar) => void, anchored: { found: boolean }): unknown {
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  if (isSeq<Node>(node)) return node.items.map((item) => plain(item, twice, anchored));
  if (isMap<Scalar, Node>(node)) {
    const object: Record<string, unknown> = {};
    for (const { key, value: inner } of node.items) {
      const name = String(key.value);
      if (Object.hasOwn(object, name)) twice(key);
      const value = plain(inner, twice, anchored);
      // `__proto__` as a plain key would set the prototype.
      if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      else object[name] = value;
    }
    return object;
  }
  if (isAlias(node)) anchored.found = true;
  return undefined;
}

/** A YAML file with the places of its parts, so that every finding names file, line and column. */
import { readFileSync } from "node:fs";
import { isNode, LineCounter, parseDocument } from "yaml";

export interface Place {
  line: number;
  column: number;
}

export interface Source {
  file: string;
  /** The parsed value; undefined when the text is not YAML. */
  value: unknown;
  /** The place of a path, or of its nearest parent. */
  placeOf(path: readonly PropertyKey[]): Place;
  /** What is wrong with the YAML itself. */
  errors: { message: string; place: Place }[];
}

export function readSource(file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  return {
    file,
    value: document.errors.length > 0 ? undefined : document.toJS(),
    errors: document.errors.map((error) => ({ message: error.message.split("\n")[0] ?? "", place: placeAt(error.pos[0]) })),
    placeOf: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const node =
          length === 0
            ? document.contents
            : document.getIn(
                path.slice(0, length).map((key) => (typeof key === "symbol" ? String(key) : key)),
                true,
              );
        if (isNode(node) && node.range) return placeAt(node.range[0]);
      }
      return { line: 1, column: 1 };
    },
  };
}

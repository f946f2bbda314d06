/** Patterns of XSD: their own language, without anchors, with class subtraction and blocks. Parsed to translate them and to make samples. */

export type PatternNode =
  | { kind: "either"; of: PatternNode[] }
  | { kind: "row"; of: PatternNode[] }
  | { kind: "repeat"; of: PatternNode; min: number; max: number }
  | { kind: "class"; negated: boolean; parts: ClassPart[]; minus?: PatternNode & { kind: "class" } };

type ClassPart = { from: number; to: number } | { escape: string };

/** A pattern that is not in the language. */
export class PatternRefused extends Error {
  override readonly name = "PatternRefused";
}

const UNBOUNDED = Number.POSITIVE_INFINITY;
const point = (character: string): number => character.codePointAt(0) ?? 0;
const literal = (character: string): PatternNode => ({
  kind: "class",
  negated: false,
  parts: [{ from: point(character), to: point(character) }],
});

/** Parses a pattern; throws `PatternRefused`. */
export function parsePattern(pattern: string): PatternNode {
  const parser = new PatternParser([...pattern]);
  const node = parser.either();
  if (!parser.done) throw new PatternRefused("an unmatched parenthesis");
  return node;
}

class PatternParser {
  #at = 0;
  readonly #text: readonly string[];

  constructor(text: readonly string[]) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new PatternRefused("it ends too early");
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  either(): PatternNode {
    const of = [this.#row()];
    while (this.#take("|")) of.push(this.#row());
    return of.length === 1 && of[0] ? of[0] : { kind: "either", of };
  }

  #row(): PatternNode {
    const of: PatternNode[] = [];
    while (!this.done && this.#text[this.#at] !== "|" && this.#text[this.#at] !== ")") of.push(this.#repeated(this.#atom()));
    return { kind: "row", of };
  }

  #repeated(of: PatternNode): PatternNode {
    if (this.#take("?")) return { kind: "repeat", of, min: 0, max: 1 };
    if (this.#take("*")) return { kind: "repeat", of, min: 0, max: UNBOUNDED };
    if (this.#take("+")) return { kind: "repeat", of, min: 1, max: UNBOUNDED };
    if (!this.#take("{")) return of;
    let text = "";
    for (let character = this.#next(); character !== "}"; character = this.#next()) text += character;
    const found = /^(\d+)(,(\d*))?$/.exec(text);
    if (!found) throw new PatternRefused("a wrong quantifier");
    const min = Number(found[1]);
    return { kind: "repeat", of, min, max: found[2] === undefined ? min : found[3] === "" ? UNBOUNDED : Number(found[3]) };
  }

  #atom(): PatternNode {
    const character = this.#next();
    if (character === "(") {
      if (this.#text[this.#at] === "?") throw new PatternRefused("a group with ?");
      const inner = this.either();
      if (!this.#take(")")) throw new PatternRefused("an unmatched parenthesis");
      return inner;
    }
    if (character === "[") return this.#class();
    if (character === ".")
      return {
        kind: "class",
        negated: true,
        parts: [
          { from: 10, to: 10 },
          { from: 13, to: 13 },
        ],
      };
    if (character === "\\") return { kind: "class", negated: false, parts: [this.#escape()] };
    if ("?*+{}]".includes(character)) throw new PatternRefused(`${character} where none may stand`);
    return literal(character);
  }

  #escape(): ClassPart {
    const character = this.#next();
    const plain =
      { n: "\n", r: "\r", t: "\t" }[character] ?? (/[\\|.?*+(){}\-[\]^$/@&"'#%=:;,<>!~`_ ]/.test(character) ? character : undefined);
    if (plain !== undefined) return { from: point(plain), to: point(plain) };
    if ("sSdDwWiIcC".includes(character)) return { escape: character };
    if (character !== "p" && character !== "P") throw new PatternRefused(`an unknown escape \\${character}`);
    if (!this.#take("{")) throw new PatternRefused("\\p without a name");
    let name = "";
    for (let next = this.#next(); next !== "}"; next = this.#next()) name += next;
    return { escape: `${character}{${name}}` };
  }

  #class(): PatternNode & { kind: "class" } {
    const negated = this.#take("^");
    const parts: ClassPart[] = [];
    for (let first = true; ; first = false) {
      const character = this.#next();
      if (character === "]" && !first) return { kind: "class", negated, parts };
      if (character === "-" && this.#take("[")) {
        const minus = this.#class();
        if (!this.#take("]")) throw new PatternRefused("a wrong subtraction");
        return { kind: "class", negated, parts, minus };
      }
      parts.push(this.#range(character));
    }
  }

  #range(character: string): ClassPart {
    const start: ClassPart = character === "\\" ? this.#escape() : { from: point(character), to: point(character) };
    const [dash, next] = [this.#text[this.#at], this.#text[this.#at + 1]];
    if ("escape" in start || dash !== "-" || next === "]" || next === "[" || next === undefined) return start;
    this.#at += 1;
    const after = this.#next();
    const end = after === "\\" ? this.#escape() : { from: point(after), to: point(after) };
    if ("escape" in end || end.to < start.from) throw new PatternRefused("a wrong range");
    return { from: start.from, to: end.to };
  }
}

/** Blocks that occur in practice; others are refused. */
const BLOCKS: Readonly<Record<string, string>> = {
  IsBasicLatin: "\\x00-\\x7F",
  "IsLatin-1Supplement": "\\x80-\\xFF",
  "IsLatinExtended-A": "\\u0100-\\u017F",
  "IsLatinExtended-B": "\\u0180-\\u024F",
  IsGreek: "\\u0370-\\u03FF",
  IsCyrillic: "\\u0400-\\u04FF",
};

const NAME_START = "\\p{L}_:";
const NAME_CHARACTER = "\\p{L}\\p{M}\\p{N}_:.\\-\\xB7";
const ESCAPES: Readonly<Record<string, string>> = {
  s: " \\t\\n\\r",
  d: "\\p{Nd}",
  w: "\\p{L}\\p{M}\\p{N}\\p{S}",
  i: NAME_START,
  c: NAME_CHARACTER,
};

/** The pattern as the source of a JavaScript expression with flag `u`, without anchors. */
export function toJavaScript(node: PatternNode): string {
  if (node.kind === "either") return `(?:${node.of.map(toJavaScript).join("|")})`;
  if (node.kind === "row") return node.of.map(toJavaScript).join("");
  if (node.kind === "class") return classSource(node);
  const inner = node.of.kind === "row" && node.of.of.length !== 1 ? `(?:${toJavaScript(node.of)})` : toJavaScript(node.of);
  const simple = node.of.kind === "repeat" || node.of.kind === "row" ? `(?:${toJavaScript(node.of)})` : inner;
  return simple + quantifier(node.min, node.max);
}

function quantifier(min: number, max: number): string {
  if (min === 0 && max === 1) return "?";
  if (max === UNBOUNDED) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === max ? (min === 1 ? "" : `{${min}}`) : `{${min},${max}}`;
}

function classSource(node: PatternNode & { kind: "class" }): string {
  const [only] = node.parts;
  if (!node.negated && !node.minus && node.parts.length === 1 && only && "from" in only && only.from === only.to)
    return escaped(only.from, false);
  const own = `[${node.negated ? "^" : ""}${node.parts.map(partSource).join("")}]`;
  // Subtraction by a look-ahead that excludes.
  return node.minus ? `(?:(?!${classSource(node.minus)})${own})` : own;
}

function partSource(part: ClassPart): string {
  if ("from" in part) return part.from === part.to ? escaped(part.from, true) : `${escaped(part.from, true)}-${escaped(part.to, true)}`;
  const { escape } = part;
  if (ESCAPES[escape] !== undefined) return ESCAPES[escape];
  if (escape === "D") return "\\P{Nd}";
  if (escape === "S") return "\\S";
  if (escape === "W") return "\\p{P}\\p{Z}\\p{C}";
  const name = /^[pP]\{(.*)\}$/.exec(escape)?.[1];
  if (name !== undefined && /^[A-Z][a-z]?$/.test(name)) return `\\${escape}`;
  if (name !== undefined && BLOCKS[name] !== undefined && escape.startsWith("p")) return BLOCKS[name];
  throw new PatternRefused(`\\${escape} cannot be translated`);
}

function escaped(code: number, inClass: boolean): string {
  const character = String.fromCodePoint(code);
  if (
    code < 0x20 ||
    (code >= 0x7f && code <= 0xa0) ||
    code > 0xffff ||
    (code >= 0x2028 && code <= 0x2029) ||
    (code >= 0xd800 && code <= 0xdfff)
  )
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  return (inClass ? /[\\\]^[-]/ : /[\\^$.*+?()[\]{}|/]/).test(character) ? `\\${character}` : character;
}

/**
 * Whether a backtracking engine could need exponential time: what repeats without end holds a choice, or something that repeats itself.
 * Such a pattern is checked by an engine of linear time, since values come from other systems.
 */
export function isAmbiguous(node: PatternNode): boolean {
  if (node.kind === "class") return false;
  if (node.kind !== "repeat") return node.of.some(isAmbiguous);
  return node.max > 10 && varies(node.of) ? true : isAmbiguous(node.of);
}

/** Whether it matches in more than one way. */
const varies = (node: PatternNode): boolean =>
  node.kind === "either" ||
  (node.kind === "row" && node.of.some(varies)) ||
  (node.kind === "repeat" && (node.min !== node.max || varies(node.of)));

/** The pattern for the engine of linear time (RE2); undefined where it has no such form. */
export function toLinear(node: PatternNode): string | undefined {
  const source = toJavaScript(node);
  if (source.includes("(?!")) return undefined;
  return source.replaceAll(/\\u(?:\{([0-9a-f]+)\}|([0-9a-f]{4}))/g, (_, long?: string, short?: string) => `\\x{${long ?? short ?? ""}}`);
}

const USUAL = "A1aB2b0 -._/@:,'Zz9";

/** A text that matches; `stretch` says how often what may repeat does, beyond its minimum. Undefined when none was found. */
export function sampleOf(node: PatternNode, stretch = 0): string | undefined {
  if (node.kind === "either") return firstDefined(node.of, (one) => sampleOf(one, stretch));
  if (node.kind === "row") {
    const parts = node.of.map((one) => sampleOf(one, stretch));
    return parts.includes(undefined) ? undefined : parts.join("");
  }
  if (node.kind === "repeat") {
    const one = sampleOf(node.of, stretch);
    return one?.repeat(Math.min(node.max, Math.max(node.min, stretch)));
  }
  const matches = new RegExp(`^${classSource(node)}$`, "u");
  return firstDefined([...USUAL, ...node.parts.flatMap((part) => ("from" in part ? [String.fromCodePoint(part.from)] : []))], (one) =>
    matches.test(one) ? one : undefined,
  );
}

function firstDefined<T, R>(all: readonly T[], of: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = of(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A text that a regular expression accepts, for the plain patterns of contracts: classes, groups of words, counts. */
import type { Random } from "./random.ts";

/** Throws `TypeError` for what is more than that (look-around, back references). */
export function sampleText(pattern: RegExp, random: Random): string {
  const reader = new Reader(pattern.source, random);
  const text = reader.alternatives();
  if (!reader.atEnd || !pattern.test(text)) throw new TypeError(`no sample can be made of the pattern ${pattern.source}`);
  return text;
}

class Reader {
  readonly #source: string;
  readonly #random: Random;
  #at = 0;

  constructor(source: string, random: Random) {
    this.#source = source;
    this.#random = random;
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  alternatives(): string {
    const found = [this.#sequence()];
    while (this.#take("|")) found.push(this.#sequence());
    return this.#random.pick(found);
  }

  #sequence(): string {
    let text = "";
    while (!this.atEnd && !"|)".includes(this.#source[this.#at] as string)) text += this.#repeated();
    return text;
  }

  /** Something and how often it stands there; each time it is drawn anew. */
  #repeated(): string {
    const from = this.#at;
    let text = this.#atom();
    const to = this.#at;
    const times = this.#count();
    const end = this.#at;
    if (times === 0) return "";
    for (let time = 1; time < times; time++) {
      this.#at = from;
      text += this.#atom();
    }
    if (times > 1) this.#at = to;
    this.#at = end;
    return text;
  }

  #count(): number {
    if (this.#take("?")) return 0;
    if (this.#take("*")) return 0;
    if (this.#take("+")) return 1;
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at));
    if (!braces) return 1;
    this.#at += braces[0].length;
    return Number(braces[1]);
  }

  #atom(): string {
    const character = this.#source[this.#at++] as string;
    if (character === "^" || character === "$") return "";
    if (character === "(") {
      if (this.#source.startsWith("?:", this.#at)) this.#at += 2;
      else if (this.#source[this.#at] === "?") throw new TypeError("look-around");
      const text = this.alternatives();
      this.#take(")");
      return text;
    }
    if (character === "[") return this.#class();
    if (character === ".") return "x";
    if (character === "\\") return escaped(this.#source[this.#at++] as string, this.#random);
    return character;
  }

  #class(): string {
    const members: string[] = [];
    if (this.#source[this.#at] === "^") throw new TypeError("a class of what is not there");
    while (!this.#take("]")) {
      let first = this.#source[this.#at++] as string;
      if (first === "\\") first = escaped(this.#source[this.#at++] as string, this.#random);
      if (this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]") {
        const last = this.#source[this.#at + 1] as string;
        this.#at += 2;
        for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) members.push(String.fromCharCode(code));
      } else members.push(first);
    }
    return this.#random.pick(members);
  }

  #take(character: string): boolean {
    if (this.#source[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

function escaped(character: string, random: Random): string {
  if (character === "d") return String(random.int(0, 9));
  if (character === "w") return random.pick([..."abcdefg"]);
  if (character === "s") return " ";
  return character;
}

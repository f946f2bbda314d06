/** What is known to be true at a place of a service: by the conditions (`when`, `if`, `&&`, `? :`) that lead there. */
import { type ASTNode, serialize } from "@marcbachmann/cel-js";

/** Facts never change: `and` gives more of them. */
export interface Facts {
  /** Conditions that hold, in canonical form. */
  texts: ReadonlySet<string>;
  /** Paths that `has` found: `steps.fee`. */
  present: ReadonlySet<string>;
  /** Paths to a word that they equal, or to words that they do not equal. */
  is: ReadonlyMap<string, readonly string[]>;
  isNot: ReadonlyMap<string, readonly string[]>;
}

export const noFacts: Facts = { texts: new Set(), present: new Set(), is: new Map(), isNot: new Map() };

/** `steps.fee.debt` of `steps.fee.debt`, `steps.?fee.debt` and `steps["fee"].debt`; undefined for what is no path. */
export function pathOf(node: ASTNode): string | undefined {
  if (node.op === "id") return node.args;
  if (node.op === "." || node.op === ".?") {
    const left = pathOf(node.args[0]);
    return left === undefined ? undefined : `${left}.${node.args[1]}`;
  }
  if (node.op !== "[]" && node.op !== "[?]") return undefined;
  const [object, key] = node.args;
  const left = pathOf(object);
  return left !== undefined && key.op === "value" && typeof key.args === "string" ? `${left}.${key.args}` : undefined;
}

/** The facts with those of another place. */
export function both(a: Facts, b: Facts): Facts {
  if (b === noFacts || a === b) return a;
  if (a === noFacts) return b;
  return {
    texts: new Set([...a.texts, ...b.texts]),
    present: new Set([...a.present, ...b.present]),
    is: new Map([...a.is, ...b.is]),
    isNot: new Map([...a.isNot, ...b.isNot]),
  };
}

/** What follows from a condition that holds (or, with `holds` false, does not). */
export function factsOf(node: ASTNode, holds = true): Facts {
  if (node.op === "!_") return factsOf(node.args, !holds);
  if ((node.op === "&&" && holds) || (node.op === "||" && !holds)) return both(factsOf(node.args[0], holds), factsOf(node.args[1], holds));
  const texts = new Set([holds ? serialize(node) : `!(${serialize(node)})`]);
  const found = equality(node, holds) ?? presence(node, holds) ?? {};
  return { ...noFacts, texts, ...found };
}

function presence(node: ASTNode, holds: boolean): Partial<Facts> | undefined {
  if (!holds) return undefined;
  const named = node.op === "call" && node.args[0] === "has" ? node.args[1][0] : undefined;
  const asked = node.op === "rcall" && node.args[0] === "hasValue" ? node.args[1] : undefined;
  const subject = named ?? asked;
  const path = subject ? pathOf(subject) : undefined;
  if (path === undefined) return undefined;
  // What is there has its parents too.
  const parts = path.split(".");
  return { present: new Set(parts.map((_, index) => parts.slice(0, index + 1).join("."))) };
}

function equality(node: ASTNode, holds: boolean): Partial<Facts> | undefined {
  if (node.op === "in" && holds && node.args[1].op === "list") {
    const path = pathOf(node.args[0]);
    const list = node.args[1].args.map((item) => (item.op === "value" ? item.args : undefined));
    return path !== undefined && list.every((one) => typeof one === "string") ? { is: new Map([[path, list as string[]]]) } : undefined;
  }
  if (node.op !== "==" && node.op !== "!=") return undefined;
  const [left, right] = node.args;
  const [side, value] = right.op === "value" ? [left, right.args] : left.op === "value" ? [right, left.args] : [];
  const path = side === undefined ? undefined : pathOf(side);
  if (path === undefined || typeof value !== "string") return undefined;
  const word = new Map([[path, [value]]]);
  return (node.op === "==") === holds ? { is: word, present: new Set([path]) } : { isNot: word };
}

/** Whether all conditions of `guards` are among the facts. */
export const covers = (facts: Facts, guards: Facts): boolean => [...guards.texts].every((one) => facts.texts.has(one));

/** The words that a path may still equal. */
export function remaining(facts: Facts, path: string, words: readonly string[]): readonly string[] {
  const only = facts.is.get(path);
  const not = facts.isNot.get(path) ?? [];
  return (only ? words.filter((one) => only.includes(one)) : words).filter((one) => !not.includes(one));
}

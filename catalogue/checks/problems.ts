/** What can be wrong with an expression, in words. */
import { type Facts, remaining } from "./facts.ts";
import { any, boolean, number, type ValueType, words } from "./value-type.ts";

export interface Problem {
  code: string;
  message: string;
  expected?: string;
  suggestion?: string;
}

/** The type of a literal of an expression; a text is a word. */
export const typeOfLiteral = (value: unknown): ValueType => {
  if (typeof value === "string") return words(value);
  if (typeof value === "boolean") return boolean;
  return typeof value === "number" || typeof value === "bigint" ? number : value === null ? { kind: "null" } : any;
};

/** The type with the words that are left, given the facts. */
export function narrowed(type: ValueType, path: string | undefined, facts: Facts): ValueType {
  if (type.kind !== "text" || !type.words || path === undefined) return type;
  const left = remaining(facts, path, type.words);
  return left.length === 0 || left.length === type.words.length ? type : { ...type, words: left };
}

/** `a.b.c` with `.?` before its last name. */
const optionalPath = (path: string): string => `${path.split(".").slice(0, -1).join(".")}.?${path.split(".").at(-1)}`;

/** A member that its schema lets be absent. */
export const maybeAbsent = (path: string, name: string): Problem => ({
  code: "maybe-absent",
  message: `"${path}" may be absent`,
  expected: `".?${name}", or a condition with has() before it`,
  suggestion: `read it as ${optionalPath(path)}`,
});

/** A step that may not have run, a variable that may not have been set. */
export const mayNotBe = (root: "steps" | "vars", name: string, path: string): Problem => ({
  code: root === "steps" ? "may-not-have-run" : "maybe-absent",
  message: root === "steps" ? `the step "${name}" may not have run, or may have no result` : `"${path}" may not have been set`,
  expected: `"${root}.?${name}", or a condition with has(${path}) before it`,
  suggestion: `read it as ${root}.?${name}`,
});

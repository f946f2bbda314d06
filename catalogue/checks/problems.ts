/** What can be wrong with an expression, in words. */
import { type Facts, remaining } from "./facts.ts";
import { didYouMean, oneOfThese } from "./nearest.ts";
import type { Scope } from "./scope.ts";
import { any, boolean, inWords, number, type ValueType, words } from "./value-type.ts";

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

/** A name that means nothing in this place. */
export const noName = (name: string, known: readonly string[]): Problem => ({
  code: "unknown-name",
  message: `there is no "${name}" here`,
  expected: oneOfThese(known),
  ...didYouMean(name, known),
});

/** A member that its object does not have, under the path that was read. */
export function noMember(type: ValueType, name: string, path: string | undefined): Problem {
  if (type.kind !== "object") return { code: "unknown-name", message: `${inWords(type)} has no member "${name}"` };
  const known = Object.keys(type.fields);
  const message = `there is no "${name}" in "${path?.split(".").slice(0, -1).join(".") ?? "it"}"`;
  return { code: "unknown-name", message, ...(known.length > 0 ? { expected: oneOfThese(known) } : {}), ...didYouMean(name, known) };
}

/** A step that does not exist or cannot have run, a variable that nothing sets. */
export function noEntry(scope: Scope, root: "steps" | "vars", name: string): Problem {
  const where = root === "steps" ? scope.declared.get(name) : undefined;
  if (where !== undefined) return { code: "not-run-yet", message: `the step "${name}" ${where}`, expected: "a step that has run before" };
  const known = [...scope[root === "steps" ? "declared" : "vars"].keys()];
  const message = root === "steps" ? `there is no step "${name}"` : `nothing before this sets "${name}"`;
  return { code: "unknown-name", message, expected: oneOfThese(known), ...didYouMean(name, known) };
}

/** A step such as `set`, which gives nothing. */
export const noResult = (name: string): Problem => ({
  code: "unknown-name",
  message: `the step "${name}" gives no result`,
  expected: "a step that has one",
});

/** A comparison with a word that is none of those that a path can be. */
export const noWord = (path: string, word: string, known: readonly string[]): Problem => ({
  code: "unknown-word",
  message: `"${path}" is never "${word}"`,
  expected: oneOfThese(known),
  ...didYouMean(word, known),
});

export const refusedMatches: Problem = {
  code: "matches-refused",
  message: '"matches" can run for ever on some texts',
  suggestion: "use like(text, pattern)",
};

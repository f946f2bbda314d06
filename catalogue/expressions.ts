/**
 * Expressions of services: CEL over plain JSON. This environment evaluates and never checks; it has no schemas, since objects of
 * a typed environment serialise to `{}`. Pure, so it runs inside a workflow.
 */
import { Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { addDays, localDate } from "../cases/calendar.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import { ExpressionError, toJson } from "./json-value.ts";
import { safeScope } from "./safe-scope.ts";

/** What an expression may name: `request`, `steps`, `vars`, `case`, `overlay`, and `error` or `result` where they exist. */
export type Scope = Record<string, Json>;

const limits = { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 1_000, maxMapEntries: 1_000 };
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits,
});

// JSON numbers are doubles and CEL literals are ints: without these `request.amount * 2` is an error.
const arithmetic: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};
for (const [sign, apply] of Object.entries(arithmetic)) {
  environment.registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)));
  environment.registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b));
}
/** What expressions may call beside CEL's own; the environment that checks knows the same signatures. */
export const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
  // The built-in `matches` backtracks without bound and cannot be replaced; this one is linear in the text.
  "like(string, string): bool": (text: string, pattern: string) => RE2JS.compile(pattern).matches(text),
  // There is no clock in an expression: a date is reckoned from an instant that the case recorded.
  "dateAfter(string, int): string": (instant: string, days: bigint) => {
    if (Number.isNaN(Date.parse(instant)))
      throw new ExpressionError("not_an_instant", "dateAfter needs an instant such as steps.decision.at");
    return addDays(localDate(instant, "Europe/Rome"), Number(days));
  },
};
for (const [signature, run] of Object.entries(functions)) environment.registerFunction(signature, run as (...args: unknown[]) => unknown);

type Program = (scope: Scope) => unknown;
const programs = new Map<string, Program>();

/** Compiles an expression; throws `ExpressionError` with the position in its message. */
export function compile(source: string): Program {
  const known = programs.get(source);
  if (known) return known;
  try {
    const program = environment.parse(source);
    refuseMatches(program.ast);
    programs.set(source, program);
    return program;
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

/** The value of an expression without `${}`; `undefined` for an empty optional. */
export function evaluate(source: string, scope: Scope): Json | undefined {
  const program = compile(source);
  try {
    return toJson(program(safeScope(scope)));
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

/** A condition: anything but true or false is an error. */
export function condition(source: string, scope: Scope): boolean {
  const value = evaluate(source, scope);
  if (typeof value !== "boolean") throw new ExpressionError("not_a_condition", `"${source}" gives ${typeOf(value)}, not true or false`);
  return value;
}

/** Fills every `${...}` in a tree. A text that is one `${...}` keeps the value's type; absent values vanish with their key. */
export function fill(template: Json, scope: Scope): Json | undefined {
  if (typeof template === "string") return fillText(template, scope);
  if (Array.isArray(template)) return template.map((item) => fill(item, scope)).filter((item) => item !== undefined);
  if (template === null || typeof template !== "object") return template;
  const filled: JsonObject = {};
  for (const [key, item] of Object.entries(template)) {
    const value = fill(item, scope);
    if (value !== undefined) filled[key] = value;
  }
  return filled;
}

function fillText(template: string, scope: Scope): Json | undefined {
  const parts = split(template);
  const only = parts[0];
  if (parts.length === 1 && only?.expression !== undefined) return evaluate(only.expression, scope);
  return parts
    .map((part) => (part.expression === undefined ? part.text : asText(evaluate(part.expression, scope), part.expression)))
    .join("");
}

function asText(value: Json | undefined, source: string): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new ExpressionError("not_text", `"\${${source}}" inside a text gives ${typeOf(value)}`);
}

export interface Part {
  text: string;
  expression?: string;
  /** Where the part begins in the template. */
  at: number;
}

/** Splits `"Case ${case.id}"` into text and expressions; braces and quotes inside an expression are understood. */
export function split(template: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("${", at);
    if (open < 0) break;
    if (open > at) parts.push({ text: template.slice(at, open), at });
    const close = closing(template, open + 2);
    if (close < 0) throw new ExpressionError("unclosed", `"\${" at ${open} is never closed`);
    parts.push({ text: template.slice(open, close + 1), expression: template.slice(open + 2, close).trim(), at: open + 2 });
    at = close + 1;
  }
  if (at < template.length || parts.length === 0) parts.push({ text: template.slice(at), at });
  return parts;
}

function closing(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let i = from; i < text.length; i++) {
    const character = text[i] as string;
    if (quote) {
      if (character === "\\") i++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "{") depth++;
    else if (character === "}" && depth-- === 0) return i;
  }
  return -1;
}

interface Node {
  op: string;
  args: unknown;
}

function refuseMatches(node: unknown): void {
  if (Array.isArray(node)) return node.forEach(refuseMatches);
  if (node === null || typeof node !== "object" || !("op" in node)) return;
  const { op, args } = node as Node;
  const name = op === "call" || op === "rcall" ? (args as unknown[])[0] : undefined;
  if (name === "matches") throw new ExpressionError("matches_refused", '"matches" can run for ever on some texts; use like(text, pattern)');
  refuseMatches(args);
}

function asExpressionError(error: unknown, source: string): ExpressionError {
  if (error instanceof ExpressionError) return error;
  const code = (error as { code?: unknown }).code;
  const first = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown error";
  return new ExpressionError(typeof code === "string" ? code : "failed", `${first} in "${source}"`);
}

const typeOf = (value: Json | undefined): string =>
  value === undefined ? "nothing" : value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;

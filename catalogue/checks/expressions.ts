/** Checks expressions and templates where they stand in a service, and says what they give. */
import type { Json } from "../../connectors/json.ts";
import { split } from "../expressions.ts";
import { ExpressionError } from "../json-value.ts";
import type { Report } from "../findings.ts";
import { type Facts, factsOf, noFacts } from "./facts.ts";
import { Inference, type OverlayRead } from "./infer.ts";
import type { Problem } from "./problems.ts";
import type { Scope } from "./scope.ts";
import { parse } from "./typed-environment.ts";
import { any, boolean, inWords, list, number, object, text, type ValueType } from "./value-type.ts";

/** What the expressions of a service read, for checks that look at all of it. */
export class Usage {
  readonly overlay: (OverlayRead & { path: readonly PropertyKey[] })[] = [];
  readonly compared: { path: string; word: string }[] = [];
  readonly values = new Set<string>();
}

export interface Place {
  readonly report: Report;
  readonly usage: Usage;
  /** The service's texts, whose placeholders are filled where a text is used. */
  readonly texts?: Readonly<Record<string, { en: string; it: string }>>;
}

export interface Checked {
  type: ValueType;
  optional: boolean;
  /** What follows when it holds, and when it does not. */
  holds: Facts;
  fails: Facts;
  compared: { path: string; word: string }[];
}
const nothing: Checked = { type: any, optional: false, holds: noFacts, fails: noFacts, compared: [] };

/** Checks one expression without `${}`. */
export function checkExpression(place: Place, source: string, scope: Scope, path: readonly PropertyKey[]): Checked {
  const tell = ({ code, message, expected, suggestion }: Problem) =>
    place.report(path, code, message, { ...(expected ? { expected } : {}), ...(suggestion ? { suggestion } : {}), near: source });
  let program: ReturnType<typeof parse>;
  try {
    program = parse(source);
  } catch (error) {
    tell({ code: "expression-syntax", message: `"${source}" cannot be read: ${summary(error)}`, expected: "a CEL expression" });
    return nothing;
  }
  const inference = new Inference(scope);
  const found = inference.infer(program.ast, scope.facts);
  const told = new Set<string>();
  for (const problem of inference.problems) {
    if (!told.has(problem.message)) tell(problem);
    told.add(problem.message);
  }
  place.usage.overlay.push(...inference.overlayReads.map((read) => ({ ...read, path })));
  place.usage.compared.push(...inference.compared);
  for (const value of inference.values) place.usage.values.add(value);
  for (const name of inference.texts) checkNamedText(place, name, scope);
  let { type } = found;
  if (inference.problems.length === 0) {
    const checked = program.check();
    if (!checked.valid && !isOfNumbers(checked.error)) tell(typeProblem(source, checked.error));
    else if (type.kind === "any" && !type.personal) type = fromName(checked.type);
  }
  const { compared } = inference;
  return { type, optional: found.optional, holds: factsOf(program.ast), fails: factsOf(program.ast, false), compared };
}

/** A text's own placeholders are checked in the place that uses it. */
function checkNamedText(place: Place, name: string, scope: Scope): void {
  const { texts: _, ...roots } = scope.roots;
  for (const language of ["en", "it"] as const)
    checkTemplate(place, place.texts?.[name]?.[language] ?? "", scope.with({ roots }), ["texts", name, language]);
}

/** A condition gives true or false. */
export function checkCondition(place: Place, source: string, scope: Scope, path: readonly PropertyKey[]): Checked {
  const checked = checkExpression(place, source, scope, path);
  if (checked.type.kind !== "boolean" && checked.type.kind !== "any")
    place.report(path, "not-a-condition", `"${source}" gives ${inWords(checked.type)}`, { expected: "true or false", near: source });
  return checked;
}

const summary = (error: unknown): string =>
  (error as { summary?: string }).summary ?? String((error as Error).message).split("\n")[0] ?? "";

/** JSON numbers are doubles to the checker and may meet integers when evaluated. */
const isOfNumbers = (error: unknown): boolean =>
  /double/.test(summary(error)) && /\bint\b/.test(summary(error)) && !/overload for/.test(summary(error));

function typeProblem(source: string, error: unknown): Problem {
  const found = summary(error);
  const advice = /optional</.test(found)
    ? "give the value for when it is absent: .orValue(...)"
    : /'(string|bool|double|int)' and 'null'|'null' and/.test(found)
      ? "leave the value out instead: optional.none()"
      : /\(.*double.*\)/.test(found)
        ? "turn the number into an integer: int(...)"
        : undefined;
  return {
    code: "expression-type",
    message: `"${source}": ${found}`,
    expected: "operands of types that go together",
    ...(advice ? { suggestion: advice } : {}),
  };
}

function fromName(name: string | undefined): ValueType {
  if (name === "string" || name === "timestamp" || name === "duration") return text;
  if (name === "int" || name === "double" || name === "uint") return number;
  if (name === "bool") return boolean;
  return name?.startsWith("list") ? list(any) : any;
}

/** What a template gives: a literal value, or a type with what is known of it. */
export type Given =
  | { kind: "literal"; value: Json }
  | { kind: "typed"; type: ValueType; optional: boolean }
  | { kind: "list"; items: Given[] }
  | { kind: "object"; members: Record<string, Given> };

/** Checks every expression of a template. */
export function checkTemplate(place: Place, template: Json, scope: Scope, path: readonly PropertyKey[]): Given {
  if (typeof template === "string") return checkText(place, template, scope, path);
  if (template === null || typeof template !== "object") return { kind: "literal", value: template };
  if (Array.isArray(template)) {
    const items = template.map((item, index) => checkTemplate(place, item, scope, [...path, index]));
    return items.every((item) => item.kind === "literal") ? { kind: "literal", value: template } : { kind: "list", items };
  }
  const members = Object.fromEntries(
    Object.entries(template).map(([key, item]) => [key, checkTemplate(place, item, scope, [...path, key])]),
  );
  return Object.values(members).every((item) => item.kind === "literal")
    ? { kind: "literal", value: template }
    : { kind: "object", members };
}

function checkText(place: Place, template: string, scope: Scope, path: readonly PropertyKey[]): Given {
  if (!template.includes("${")) return { kind: "literal", value: template };
  let parts: ReturnType<typeof split>;
  try {
    parts = split(template);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    place.report(path, "expression-syntax", error.message, { expected: '"}" after the expression' });
    return { kind: "typed", type: text, optional: false };
  }
  const given = parts.map((part) => (part.expression === undefined ? undefined : checkExpression(place, part.expression, scope, path)));
  const [only] = given;
  if (parts.length === 1 && only) return { kind: "typed", type: only.type, optional: only.optional };
  for (const [index, one] of given.entries())
    if (one && (one.type.kind === "object" || one.type.kind === "list"))
      place.report(path, "expression-type", `"\${${parts[index]?.expression}}" inside a text gives ${inWords(one.type)}`, {
        expected: "a text, a number, or true or false",
        near: parts[index]?.expression ?? "",
      });
  const personal = given.some((one) => one?.type.personal);
  return { kind: "typed", type: personal ? { ...text, personal } : text, optional: false };
}

/** The type of what a template gives. */
export function typeOfGiven(given: Given): ValueType {
  if (given.kind === "typed") return given.type;
  if (given.kind === "list") return list(given.items.map(typeOfGiven)[0] ?? any);
  if (given.kind === "literal") return typeOfJson(given.value);
  const members = Object.entries(given.members);
  const optional = (one: Given) => one.kind === "typed" && one.optional;
  return object(
    Object.fromEntries(members.filter(([, one]) => !optional(one)).map(([name, one]) => [name, typeOfGiven(one)])),
    Object.fromEntries(members.filter(([, one]) => optional(one)).map(([name, one]) => [name, typeOfGiven(one)])),
  );
}

function typeOfJson(value: Json): ValueType {
  if (typeof value === "string") return { kind: "text", words: [value] };
  if (typeof value === "number") return number;
  if (typeof value === "boolean") return boolean;
  if (value === null) return { kind: "null" };
  if (Array.isArray(value)) return list(value[0] === undefined ? any : typeOfJson(value[0]));
  return object(Object.fromEntries(Object.entries(value).map(([name, item]) => [name, typeOfJson(item)])));
}

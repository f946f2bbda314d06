/** Whether what a service gives fits what a contract, a fragment, a code step or another service takes. */
import type { z } from "zod";
import type { Report } from "../findings.ts";
import type { Given } from "./expressions.ts";
import { didYouMean, listed, oneOfThese } from "./nearest.ts";
import { defOf, inWords, type ValueType } from "./value-type.ts";

/** Reports unknown, missing and wrong inputs. `owner` is who takes them: `payments.createDebt`. */
export function checkInputs(
  report: Report,
  owner: string,
  schema: z.ZodType,
  members: Readonly<Record<string, Given>>,
  path: readonly PropertyKey[],
): void {
  const shape = defOf(schema).shape;
  if (!shape) return;
  const names = Object.keys(shape);
  for (const [name, given] of Object.entries(members)) {
    const wanted = shape[name];
    if (!wanted)
      report([...path, name], "unknown-input", `${owner} has no input "${name}"`, {
        expected: oneOfThese(names),
        ...didYouMean(name, names),
      });
    else fits(report, { owner, name, required: isRequired(wanted) }, wanted, given, [...path, name]);
  }
  for (const name of names) {
    const wanted = shape[name] as z.ZodType;
    if (!(name in members) && isRequired(wanted))
      report(path, "missing-input", `${owner} needs the input "${name}"`, { expected: `${name}: ${inSchema(wanted)}` });
  }
}

const isRequired = (schema: z.ZodType): boolean => defOf(schema).type !== "optional" && defOf(schema).type !== "default";

interface Input {
  owner: string;
  name: string;
  required: boolean;
}

function fits(report: Report, input: Input, schema: z.ZodType, given: Given, path: readonly PropertyKey[]): void {
  const def = defOf(schema);
  if (def.type === "optional" || def.type === "default") return fits(report, input, def.innerType as z.ZodType, given, path);
  const wrong = (found: string, at = path, expected = inSchema(schema)) =>
    report(at, "wrong-input", `${input.owner}: "${input.name}" ${found}`, { expected });
  if (given.kind === "literal") {
    const parsed = schema.safeParse(given.value);
    for (const issue of parsed.error?.issues.slice(0, 3) ?? [])
      wrong(`does not fit: ${[...issue.path.map(String), issue.message].join(": ")}`, [...path, ...issue.path]);
    return;
  }
  if (given.kind === "typed") {
    const reason = mismatch(given.type, schema);
    if (reason !== undefined) wrong(`is ${reason}`);
    else if (given.optional && input.required)
      report(path, "missing-input", `${input.owner} needs the input "${input.name}", and this may be absent`, {
        expected: "a value that is always there",
        suggestion: "give the value for when it is absent: .orValue(...)",
      });
    return;
  }
  fitsParts(report, input, schema, given, path, wrong);
}

function fitsParts(
  report: Report,
  input: Input,
  schema: z.ZodType,
  given: Extract<Given, { kind: "list" | "object" }>,
  path: readonly PropertyKey[],
  wrong: (found: string) => void,
): void {
  const def = defOf(schema);
  if (def.type === "union") {
    const fitting = (def.options ?? []).some((option) => {
      let findings = 0;
      fits(() => void findings++, input, option, given, path);
      return findings === 0;
    });
    if (!fitting) wrong("fits none of what is taken here");
  } else if (given.kind === "list") {
    if (def.type === "array") given.items.forEach((item, index) => fits(report, input, def.element as z.ZodType, item, [...path, index]));
    else if (isKnown(def.type)) wrong("is a list");
  } else if (def.type === "object") checkInputs(report, `${input.owner}: "${input.name}"`, schema, given.members, path);
  else if (def.type === "record")
    for (const [name, item] of Object.entries(given.members))
      fits(report, { ...input, name }, def.valueType as z.ZodType, item, [...path, name]);
  else if (isKnown(def.type)) wrong("is an object");
}

const isKnown = (type: string): boolean => ["string", "number", "boolean", "enum", "literal", "array", "object", "record"].includes(type);

/** Why values of a type cannot fit a schema, in words; undefined when they can, or when not enough is known. */
export function mismatch(type: ValueType, schema: z.ZodType): string | undefined {
  const def = defOf(schema);
  if (type.kind === "any" || !(isKnown(def.type) || def.innerType || def.options)) return undefined;
  if (def.innerType) return mismatch(type, def.innerType);
  if (def.options) return ofUnion(type, def.options);
  const wrong = inWords(type);
  switch (def.type) {
    case "string":
      return type.kind === "text" ? undefined : wrong;
    case "enum":
      return type.kind === "text" ? strange(type.words, Object.values(def.entries ?? {})) : wrong;
    case "number":
    case "boolean":
      return type.kind === def.type ? undefined : wrong;
    case "array":
      return type.kind === "list" ? inner("a list with ", mismatch(type.of, def.element as z.ZodType)) : wrong;
    case "object":
      return type.kind === "object" ? ofObject(type, def.shape ?? {}) : wrong;
    case "record":
      return type.kind === "object" ? undefined : wrong;
    default:
      return undefined;
  }
}

const inner = (before: string, reason: string | undefined): string | undefined => (reason === undefined ? undefined : `${before}${reason}`);

function strange(given: readonly string[] | undefined, known: readonly string[]): string | undefined {
  const other = given?.filter((word) => !known.includes(word)) ?? [];
  return other.length > 0 ? `maybe "${other.join('", "')}"` : undefined;
}

function ofUnion(type: ValueType, options: readonly z.ZodType[]): string | undefined {
  const reasons = options.map((option) => mismatch(type, option));
  if (reasons.includes(undefined)) return undefined;
  return reasons.every((reason) => reason === reasons[0]) ? reasons[0] : inWords(type);
}

function ofObject(type: Extract<ValueType, { kind: "object" }>, shape: Record<string, z.ZodType>): string | undefined {
  if (type.rest) return undefined;
  for (const [name, wanted] of Object.entries(shape)) {
    const field = type.fields[name];
    if (!field && isRequired(wanted)) return `an object without "${name}"`;
    if (field?.optional && isRequired(wanted)) return `an object whose "${name}" may be absent`;
    const reason = field ? mismatch(field.type, wanted) : undefined;
    if (reason !== undefined) return `an object whose "${name}" is ${reason}`;
  }
  const extra = Object.keys(type.fields).find((name) => !(name in shape));
  return extra === undefined ? undefined : `an object with "${extra}", which is not taken`;
}

/** What a schema takes, in words. */
export function inSchema(schema: z.ZodType): string {
  const def = defOf(schema);
  if (def.innerType) return inSchema(def.innerType);
  if (def.options) return def.options.map(inSchema).join(", or ");
  if (def.type === "string") return def.format === undefined ? "text" : `text (${def.format})`;
  if (def.type === "enum") return oneOfThese(Object.values(def.entries ?? {}));
  if (def.type === "array") return `a list of ${inSchema(def.element as z.ZodType)}`;
  if (def.type === "object") return `an object with ${listed(Object.keys(def.shape ?? {}))}`;
  if (def.type === "boolean") return "true or false";
  return def.type === "number" ? "a number" : "a value";
}

/** What is known of a value before anything runs: the types that expressions are checked with. */
import type { z } from "zod";
import { Address, Iban, Plate, TaxCode } from "../../connectors/shared-types.ts";

/** `words`: the text is one of these. `personal`: it says something of a person, so it belongs where data are encrypted. */
export type ValueType = { personal?: boolean } & (
  | { kind: "any" | "number" | "boolean" | "null" }
  | { kind: "text"; words?: readonly string[] }
  | { kind: "list"; of: ValueType }
  | {
      kind: "object";
      fields: Readonly<Record<string, Field>> /** Type of members that are not listed; without it there are none. */;
      rest?: ValueType;
    }
);
export interface Field {
  type: ValueType;
  /** It may be absent. */
  optional?: boolean;
}

export const any: ValueType = { kind: "any" };
export const text: ValueType = { kind: "text" };
export const number: ValueType = { kind: "number" };
export const boolean: ValueType = { kind: "boolean" };
export const words = (...list: string[]): ValueType => ({ kind: "text", words: list });
export const list = (of: ValueType): ValueType => ({ kind: "list", of });
/** An object whose members are all there, but those of `optional`. */
export const object = (fields: Record<string, ValueType>, optional: Record<string, ValueType> = {}): ValueType => ({
  kind: "object",
  fields: {
    ...Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, { type }])),
    ...Object.fromEntries(Object.entries(optional).map(([name, type]) => [name, { type, optional: true }])),
  },
});
export const mapOf = (of: ValueType): ValueType => ({ kind: "object", fields: {}, rest: of });

const known = new WeakMap<z.ZodType, ValueType>();
const personal = new Set<z.ZodType>([TaxCode, Address, Iban, Plate]);

/** The type of the values that a schema gives. */
export function typeOfSchema(schema: z.ZodType): ValueType {
  const found = known.get(schema);
  if (found) return found;
  const type = personal.has(schema) ? markPersonal(convert(schema)) : convert(schema);
  known.set(schema, type);
  return type;
}

interface Def {
  type: string;
  format?: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  valueType?: z.ZodType;
  entries?: Record<string, string>;
  values?: unknown[];
  options?: z.ZodType[];
}
/** The definition behind a zod schema, by which it can be walked. */
export const defOf = (schema: z.ZodType): Def => schema._zod.def as unknown as Def;

function convert(schema: z.ZodType): ValueType {
  const def = defOf(schema);
  switch (def.type) {
    case "string":
      return def.format === "email" ? { kind: "text", personal: true } : text;
    case "number":
      return number;
    case "boolean":
      return boolean;
    case "enum":
      return words(...Object.values(def.entries ?? {}));
    case "literal":
      return literal(def.values ?? []);
    case "array":
      return def.element ? list(typeOfSchema(def.element)) : list(any);
    case "object":
      return objectOf(def.shape ?? {});
    case "record":
      return def.valueType ? mapOf(typeOfSchema(def.valueType)) : mapOf(any);
    case "optional":
    case "default":
      return def.innerType ? typeOfSchema(def.innerType) : any;
    case "union":
      return (def.options ?? []).map(typeOfSchema).reduce(either);
    default:
      return any;
  }
}

function literal(values: unknown[]): ValueType {
  if (values.every((one) => typeof one === "string")) return words(...(values as string[]));
  if (values.every((one) => typeof one === "boolean")) return boolean;
  return values.every((one) => typeof one === "number") ? number : any;
}

/** Whoever has a tax code is a person: then all that stands beside it is personal too. */
function objectOf(shape: Record<string, z.ZodType>): ValueType {
  const fields = Object.fromEntries(
    Object.entries(shape).map(([name, one]): [string, Field] => [
      name,
      defOf(one).type === "optional" ? { type: typeOfSchema(one), optional: true } : { type: typeOfSchema(one) },
    ]),
  );
  const type: ValueType = { kind: "object", fields };
  return Object.values(shape).some((one) => unwrapped(one) === TaxCode) ? markPersonal(type) : type;
}

const unwrapped = (schema: z.ZodType): z.ZodType => defOf(schema).innerType ?? schema;

/** The type and all within it, as personal. */
export function markPersonal(type: ValueType): ValueType {
  if (type.kind === "list") return { ...type, of: markPersonal(type.of), personal: true };
  if (type.kind !== "object") return { ...type, personal: true };
  const fields = Object.fromEntries(
    Object.entries(type.fields).map(([name, field]) => [name, { ...field, type: markPersonal(field.type) }]),
  );
  return { ...type, fields, personal: true };
}

/** Whether some part of it is personal. */
export function isPersonal(type: ValueType): boolean {
  if (type.personal) return true;
  if (type.kind === "list") return isPersonal(type.of);
  return type.kind === "object" && Object.values(type.fields).some((field) => isPersonal(field.type));
}

/** The type of a value that is of one type or of the other. */
export function either(a: ValueType, b: ValueType): ValueType {
  if (a === b) return a;
  const mark = a.personal || b.personal ? { personal: true } : {};
  if (a.kind === "text" && b.kind === "text")
    return a.words && b.words ? { kind: "text", words: [...new Set([...a.words, ...b.words])], ...mark } : { kind: "text", ...mark };
  if (a.kind === "list" && b.kind === "list") return { kind: "list", of: either(a.of, b.of), ...mark };
  if (a.kind === "object" && b.kind === "object") return { ...eitherObject(a, b), ...mark };
  return a.kind === b.kind ? { ...a, ...mark } : { kind: "any", ...mark };
}

type ObjectType = Extract<ValueType, { kind: "object" }>;

function eitherObject(a: ObjectType, b: ObjectType): ValueType {
  const fields: Record<string, Field> = {};
  for (const name of new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])) {
    const [one, other] = [a.fields[name], b.fields[name]];
    if (one && other) fields[name] = { type: either(one.type, other.type), optional: Boolean(one.optional || other.optional) };
    else fields[name] = { type: (one ?? other)?.type ?? any, optional: true };
  }
  const rest = a.rest && b.rest ? either(a.rest, b.rest) : (a.rest ?? b.rest);
  return { kind: "object", fields, ...(rest ? { rest } : {}) };
}

/** The type in words, for findings: `text`, `a list`, `one of new, renewal`. */
export function inWords(type: ValueType): string {
  if (type.kind === "text") return type.words ? `one of ${type.words.join(", ")}` : "text";
  if (type.kind === "list") return `a list of ${inWords(type.of)}`;
  if (type.kind === "object")
    return type.rest && Object.keys(type.fields).length === 0
      ? "a map"
      : `an object with ${Object.keys(type.fields).slice(0, 5).join(", ") || "nothing"}`;
  if (type.kind === "boolean") return "true or false";
  return type.kind === "any" ? "anything" : type.kind === "null" ? "null" : "a number";
}

/** Types of request fields and form fields: `Person`, `Date?`, `Attachment[]`, `"new | renewal"`. */
import { z } from "zod";
import type { FieldIssue } from "../cases/message.ts";
import {
  Address,
  AttachmentRef,
  Cents,
  Iban,
  IsoDate,
  NoticeNumber,
  Organisation,
  Person,
  Plate,
  TaxCode,
  VatNumber,
  Vehicle,
} from "../connectors/shared-types.ts";
import type { JsonObject } from "../connectors/json.ts";
import { messagesIn } from "./field-messages.ts";
import { italian } from "./italian.ts";

/** Field name to type: `{ plate: "Plate?", kind: "new | renewal" }`. */
export type Fields = Record<string, string>;

const named: Record<string, z.ZodType> = {
  Person,
  Organisation,
  Address,
  Vehicle,
  TaxCode,
  VatNumber,
  Iban,
  NoticeNumber,
  Attachment: AttachmentRef,
  Date: IsoDate,
  Money: Cents,
  Plate,
  Text: z.string().min(1).max(5_000),
  Number: z.number(),
  Integer: z.int(),
  Boolean: z.boolean(),
  Email: z.email(),
  /** Whatever JSON holds: for fragments that pass a value on. */
  Any: z.json(),
};

export const typeNames: readonly string[] = Object.keys(named);

const schemas = new Map<string, z.ZodType>();

/** The schema of one type; throws `TypeError` naming the type that is not known. */
export function schemaOf(type: string): z.ZodType {
  const known = schemas.get(type);
  if (known) return known;
  const schema = build(type.trim());
  schemas.set(type, schema);
  return schema;
}

function build(text: string): z.ZodType {
  if (text.endsWith("?")) return schemaOf(text.slice(0, -1)).optional();
  if (text.endsWith("[]")) return z.array(schemaOf(text.slice(0, -2))).max(100);
  if (text.includes("|")) return z.enum(text.split("|").map((one) => one.trim()) as [string, ...string[]]);
  const found = named[text];
  if (!found)
    throw new TypeError(`there is no type "${text}"; there are ${typeNames.join(", ")}, and lists of words such as "new | renewal"`);
  return found;
}

const compiled = new Map<string, z.ZodObject>();

export function schemaOfFields(fields: Fields): z.ZodObject {
  const id = JSON.stringify(fields);
  const known = compiled.get(id);
  if (known) return known;
  const schema = z.strictObject(Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, schemaOf(type)])));
  compiled.set(id, schema);
  return schema;
}

const jsonSchemas = new WeakMap<z.ZodObject, JsonObject>();

/** JSON Schema (2020-12) of the fields, for forms and for the API's readers; the same object each time, not to be changed. */
export function jsonSchemaOf(fields: Fields): JsonObject {
  const schema = schemaOfFields(fields);
  const known = jsonSchemas.get(schema);
  if (known) return known;
  const made = z.toJSONSchema(schema, { io: "input" }) as JsonObject;
  jsonSchemas.set(schema, made);
  return made;
}

const messages = { en: messagesIn("en"), it: messagesIn("it") };

/** What is wrong with a body, per field, in both languages; empty when nothing is. Never holds the values. */
export function issuesOf(fields: Fields, body: unknown): FieldIssue[] {
  const schema = schemaOfFields(fields);
  const english = schema.safeParse(body, { error: messages.en });
  if (english.success) return [];
  const translated = schema.safeParse(body, { error: messages.it }).error?.issues ?? [];
  return english.error.issues.map((issue, index) => ({
    field: pathOf(issue.path, issue),
    en: issue.message,
    it: italian(translated[index]?.message ?? issue.message),
  }));
}

function pathOf(path: readonly PropertyKey[], issue: z.core.$ZodIssue): string {
  const unknown = issue.code === "unrecognized_keys" ? [issue.keys[0] ?? ""] : [];
  return [...path, ...unknown].reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
}

/** The members of a schema as tables: one for the members themselves, one for each that has members of its own. */
import type { z } from "zod";
import { code, table } from "../markdown.ts";
import { defOf, descriptionOf, usualOf } from "../schema-words.ts";
import { bare, isObject, takes, wordOf } from "./words.ts";

interface Row {
  name: string;
  schema: z.ZodType;
  required: "yes" | "one of them" | "";
}

/** The tables of a schema of objects, with headings for the inner ones. */
export function memberTables(schema: z.ZodType, { without = [] as readonly string[], heading = "##" } = {}): string[] {
  const rows = rowsOf(schema).filter(({ name }) => !without.includes(name));
  const [only, ...others] = rows;
  // A kind of step with nothing but its own word.
  if (only && others.length === 0 && without.includes("id") && innerOf(only.schema)) return innerTables(only.name, only.schema, heading);
  return [tableOf(rows), ...rows.flatMap((row) => innerTables(row.name, row.schema, heading))];
}

function innerTables(path: string, schema: z.ZodType, heading: string): string[] {
  const found = innerOf(schema);
  if (!found) return [];
  const rows = rowsOf(found.schema);
  const name = `${path}${found.each}`;
  return [`${heading} ${code(name)}`, tableOf(rows), ...rows.flatMap((row) => innerTables(`${name}.${row.name}`, row.schema, heading))];
}

/** The objects in a member: itself, or those of its list or table. */
function innerOf(schema: z.ZodType, each = ""): { schema: z.ZodType; each: string } | undefined {
  const inner = bare(schema);
  if (wordOf(inner)) return undefined;
  const { type, element, valueType, options } = defOf(inner);
  if (type === "object") return { schema: inner, each };
  if (type === "union") return (options ?? []).every(isObject) && !isUnionOfSteps(inner) ? { schema: inner, each } : undefined;
  if (type === "array") return innerOf(element as z.ZodType, `${each}[]`);
  return type === "record" ? innerOf(valueType as z.ZodType, `${each}.<name>`) : undefined;
}

/** Steps have pages of their own. */
const isUnionOfSteps = (schema: z.ZodType): boolean => (defOf(schema).options ?? []).length > 4;

function rowsOf(schema: z.ZodType): Row[] {
  const inner = bare(schema);
  const shapes = (defOf(inner).options ?? [inner]).map((one) => defOf(bare(one)).shape ?? {});
  const names = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
  return names.map((name) => {
    const having = shapes.filter((shape) => name in shape);
    const member = having[0]?.[name] as z.ZodType;
    const must = !member.safeParse(undefined).success;
    return { name, schema: member, required: !must ? "" : having.length === shapes.length ? "yes" : "one of them" };
  });
}

const tableOf = (rows: readonly Row[]): string =>
  table(
    ["member", "takes", "required", "unless told", "meaning"],
    rows.map(({ name, schema, required }) => [code(name), takes(schema), required, usual(schema), descriptionOf(schema) ?? ""]),
  );

function usual(schema: z.ZodType): string {
  const value = usualOf(schema);
  if (value === undefined) return "";
  const text = JSON.stringify(value);
  return text === "{}" || text === "[]" ? "none" : code(typeof value === "string" ? value : text);
}

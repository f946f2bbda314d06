/** Says in words what a zod schema takes, for the generated pages of docs/. */
import { z } from "zod";
import * as sharedTypes from "../../connectors/shared-types.ts";

/** What zod knows of a schema. */
export type Definition = {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
  element?: z.ZodType;
  options?: z.ZodType[];
  entries?: Record<string, string>;
  values?: unknown[];
  shape?: Record<string, z.ZodType>;
  keyType?: z.ZodType;
  valueType?: z.ZodType;
  defaultValue?: unknown;
};

/** The definition of a schema, which its copies with other descriptions share. */
export const defOf = (schema: z.ZodType): Definition => (schema as unknown as { _zod: { def: Definition } })._zod.def;

/** Shared types by name, such as `Person`. */
export const namedTypes: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries(sharedTypes).flatMap(([name, value]) => (value instanceof z.ZodType ? [[value, name] as const] : [])),
);

/** One member of an object: what it takes, and whether it may be absent. */
export interface Member {
  name: string;
  words: string;
  optional: boolean;
  /** The value when it is absent, as JSON. */
  usual?: string;
  description?: string;
}

/** The members of an object schema; empty for anything else. */
export function membersOf(schema: z.ZodType): Member[] {
  return Object.entries(defOf(schema).shape ?? {}).map(([name, member]) => {
    const usual = usualOf(member);
    const description = descriptionOf(member);
    return {
      name,
      words: wordsOf(member),
      optional: member.safeParse(undefined).success,
      ...(usual === undefined ? {} : { usual: JSON.stringify(usual) }),
      ...(description === undefined ? {} : { description }),
    };
  });
}

/** What a schema takes, in words: "list of Attachment", "one of `new`, `renewal`". */
export function wordsOf(schema: z.ZodType): string {
  const name = namedTypes.get(schema);
  if (name !== undefined) return name;
  const def = defOf(schema);
  if (def.innerType) return wordsOf(def.innerType);
  switch (def.type) {
    case "pipe":
      if (def.out && defOf(def.out).type === "boolean") return "true or false";
      // Text that is read as something else (`preprocess`): the side that says more.
      return wordsOf((def.in && defOf(def.in).type !== "transform" ? def.in : def.out) as z.ZodType);
    case "array":
      return `list of ${wordsOf(def.element as z.ZodType)}`;
    case "union":
      return (def.options ?? []).map(wordsOf).join(" or ");
    case "enum":
      return `one of ${Object.values(def.entries ?? {})
        .map((value) => `\`${value}\``)
        .join(", ")}`;
    case "literal":
      return (def.values ?? []).map((value) => `\`${String(value)}\``).join(" or ");
    case "object":
      return `{ ${membersOf(schema)
        .map(({ name: member, words, optional }) => `${member}${optional ? "?" : ""}: ${words}`)
        .join("; ")} }`;
    default:
      return plainWords(schema, def.type);
  }
}

function plainWords(schema: z.ZodType, type: string): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<string, unknown>;
  const { format, pattern, minimum, maximum, minLength, maxLength } = json as Record<string, string | number | undefined>;
  if (format === "uri") return "URL";
  if (format === "date") return "date";
  if (format === "date-time") return "instant";
  if (format === "email") return "e-mail address";
  if (type === "number") return `${json["type"] === "integer" ? "whole number" : "number"}${range(minimum, maximum, "")}`;
  if (type === "boolean") return "true or false";
  if (type === "record") return "table";
  if (pattern !== undefined) return `text like \`/${String(pattern).replaceAll("|", "\\|")}/\``;
  return `text${range(minLength, maxLength, " characters")}`;
}

/** The largest safe integer is no limit that anybody set. */
function range(least: unknown, most: unknown, unit: string): string {
  const from = typeof least === "number" && least > Number.MIN_SAFE_INTEGER ? least : undefined;
  const to = typeof most === "number" && most < Number.MAX_SAFE_INTEGER ? most : undefined;
  if (from !== undefined && to !== undefined) return ` (${from} to ${to}${unit})`;
  if (to !== undefined) return ` (at most ${to}${unit})`;
  return from !== undefined && from > 1 ? ` (at least ${from}${unit})` : "";
}

/** The value that holds when a member is absent; nothing when there is none. */
export function usualOf(schema: z.ZodType): unknown {
  const def = defOf(schema);
  if (def.type === "default") return def.defaultValue;
  return def.innerType ? usualOf(def.innerType) : undefined;
}

/** The description of a schema, or of the one that it wraps. */
export function descriptionOf(schema: z.ZodType): string | undefined {
  const { innerType } = defOf(schema);
  return schema.description ?? (innerType ? descriptionOf(innerType) : undefined);
}

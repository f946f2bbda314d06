/** What a member of the language takes, in words that link to their explanation. */
import { z } from "zod";
import { Consequence } from "../../../catalogue/leaf-steps.ts";
import { Step } from "../../../catalogue/steps.ts";
import { Duration, Expression, FieldsSchema, Identifier, Outcome, ServiceId, Template, TextSchema } from "../../../catalogue/words.ts";
import { code } from "../markdown.ts";
import { defOf, wordsOf } from "../schema-words.ts";

/** A word that has a section on the page of words. */
export interface LanguageWord {
  title: string;
  schema: z.ZodType;
  /** How a table names it. */
  short: string;
  more?: string[];
}

/** The words, in the order of the page. */
export const languageWords: readonly LanguageWord[] = [
  { title: "Text", schema: TextSchema, short: "text in both languages" },
  {
    title: "Expression",
    schema: Expression,
    short: "expression",
    more: ["What expressions see and which functions they have: [Expressions](../services.md#expressions)."],
  },
  { title: "Value", schema: Template, short: "value" },
  { title: "Duration", schema: Duration, short: "duration" },
  { title: "Fields", schema: FieldsSchema, short: "fields", more: ["All types: [types](types.md)."] },
  { title: "Name", schema: Identifier, short: "name" },
  { title: "Service id", schema: ServiceId, short: "service id" },
  {
    title: "Outcome",
    schema: Outcome,
    short: "outcome",
    more: [`One of ${Outcome.options.map(code).join(", ")}.`],
  },
  { title: "Consequence", schema: Consequence, short: "consequence" },
];

const anchor = (title: string): string => title.toLowerCase().replaceAll(" ", "-");
/** A description makes a copy of a schema; both have one definition. */
const byDefinition = new Map<unknown, LanguageWord>(languageWords.map((word) => [defOf(word.schema), word]));

/** The language's word that a schema is, if it is one. */
export const wordOf = (schema: z.ZodType): LanguageWord | undefined => byDefinition.get(defOf(schema));

/** What is inside of `optional`, `default` and the like, and of what is reckoned later. */
export function bare(schema: z.ZodType): z.ZodType {
  if (wordOf(schema)) return schema;
  const { innerType, type } = defOf(schema);
  if (type !== "lazy") return innerType ? bare(innerType) : schema;
  const later = bare((schema as unknown as { _zod: { innerType: z.ZodType } })._zod.innerType);
  // Any JSON contains itself without end.
  return (defOf(later).options ?? []).some((one) => defOf(one).type === "null") ? schema : later;
}

const isStep = (schema: z.ZodType): boolean => bare(schema) === bare(Step);

/** What a schema takes: "[duration](words.md#duration)", "list of [steps](README.md#kinds-of-step)". */
export function takes(schema: z.ZodType): string {
  const inner = bare(schema);
  const word = wordOf(inner);
  if (word) return `[${word.short}](words.md#${anchor(word.title)})`;
  const { type, element, options, keyType, valueType } = defOf(inner);
  if (type === "array")
    return isStep(element as z.ZodType) ? "list of [steps](README.md#kinds-of-step)" : `list of ${several(element as z.ZodType)}`;
  if (type === "record")
    return `${several(keyType as z.ZodType)}, each with ${takes(valueType as z.ZodType).replace("see below", "what stands below")}`;
  if (type === "object") return "see below";
  if (type === "union") return (options ?? []).some(isObject) ? "see below" : (options ?? []).map(takes).join(" or ");
  // What a pattern means stands in the member's meaning.
  return type === "lazy" ? "any value" : wordsOf(inner).replace(/^text like .*/, "text");
}

/** Whether the schema is one of objects. */
export const isObject = (schema: z.ZodType): boolean => defOf(bare(schema)).type === "object";

function several(schema: z.ZodType): string {
  const word = wordOf(bare(schema));
  if (word) return `[${word.short}s](words.md#${anchor(word.title)})`;
  const said = takes(schema);
  return said === "see below" ? "what stands below" : said.startsWith("text") ? said.replace("text", "texts") : said;
}

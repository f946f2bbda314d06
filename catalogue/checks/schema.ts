/** The language's own schema: which one a file is held to, and its findings in words. */
import { z } from "zod";
import { HandWrittenService, type Service, YamlService } from "../definition.ts";
import type { Report } from "../findings.ts";
import { didYouMean, oneOfThese } from "./nearest.ts";

/** A service with `workflow` is written by hand. */
export function schemaFor(value: unknown): z.ZodType<Service> {
  return isObject(value) && "workflow" in value ? HandWrittenService : YamlService;
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

export function reportSchema(error: z.ZodError, value: unknown, report: Report): void {
  for (const issue of error.issues.flatMap((one) => deepest(one, value))) {
    const path = issue.path;
    const name = path.map(String).join(".") || "the file";
    const last = path.at(-1);
    if ((last === "en" || last === "it") && issue.code === "invalid_type" && at(value, path) === undefined)
      report(
        path,
        "missing-translation",
        `"${path.slice(0, -1).map(String).join(".")}" has no ${last === "en" ? "English" : "Italian"} text`,
        { expected: `${last}: ...` },
      );
    else if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) report([...path, key], "schema", `${name} has no member "${key}"`, suggestionFor(key, issue));
    else report(path, "schema", `${name} ${found(issue, at(value, path))}`, expected(issue, at(value, path)));
  }
}

function found(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return "is missing";
  if (issue.code === "invalid_value") return `is ${JSON.stringify(value)}, which is not taken here`;
  return issue.code === "invalid_type" ? `is ${inWords(value)}` : issue.message;
}

const inWords = (value: unknown): string =>
  value === null ? "empty" : Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;

function expected(issue: z.core.$ZodIssue, value: unknown): { expected?: string; suggestion?: string } {
  if (issue.code === "invalid_type")
    return { expected: `${issue.expected === "object" ? "an object" : issue.expected === "array" ? "a list" : issue.expected}` };
  if (issue.code !== "invalid_value") return {};
  const values = issue.values.map(String);
  return { expected: oneOfThese(values), ...didYouMean(String(value), values) };
}

/** The members that the schema has are not in the issue; the language's own words are close enough. */
const memberWords = [
  "id",
  "title",
  "when",
  "optional",
  "public",
  "call",
  "with",
  "rejected",
  "undo",
  "within",
  "otherwise",
  "decide",
  "ask",
  "wait",
  "choose",
  "parallel",
  "forEach",
  "use",
  "open",
  "set",
  "run",
  "end",
  "office",
  "outcomes",
  "asks",
  "requires",
  "shows",
  "form",
  "reminders",
  "escalate",
  "clock",
  "service",
  "area",
  "legal",
  "request",
  "applicant",
  "texts",
  "steps",
  "outcome",
  "withdrawn",
  "undoOn",
  "benefits",
  "adapters",
  "systems",
  "offices",
  "fees",
  "tables",
  "durations",
  "offers",
  "terms",
  "patches",
  "patronDay",
  "inputs",
  "outputs",
  "branches",
  "confirm",
  "every",
  "until",
  "for",
  "in",
  "as",
  "atMost",
];
const suggestionFor = (key: string, _issue: z.core.$ZodIssue) =>
  didYouMean(
    key,
    memberWords.filter((one) => one !== key),
  );

/** Of a union, the branch that the value means: for a step the one that knows its kind, otherwise the one that came furthest. */
function deepest(issue: z.core.$ZodIssue, value: unknown): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const branches = issue.errors.map((branch) => branch.flatMap((one) => deepest(one, at(value, issue.path))));
  const best = branches.toSorted((a, b) => strangers(a) - strangers(b) || depth(b) - depth(a) || a.length - b.length)[0] ?? [];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** How many members of the value itself a branch does not know, and how many it misses: the wrong kinds of step know least. */
const strangers = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, one) => sum + (one.path.length === 0 && one.code === "unrecognized_keys" ? one.keys.length : 0), 0) +
  issues.filter((one) => one.path.length === 1 && one.code === "invalid_type" && one.input === undefined).length;
const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === "object" ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

/** Finds expressions that cannot be parsed, wherever they stand in a service. */
import type { Report } from "./check.ts";
import { isHandWritten, type Service } from "./definition.ts";
import { compile, split } from "./expressions.ts";
import { ExpressionError } from "./json-value.ts";

/** Keys whose whole text is an expression; everywhere else expressions stand in `${}`. */
const bare = new Set(["when", "if", "outcome", "applicant"]);

export function checkExpressions(service: Service, report: Report): void {
  visit(service, [], report);
  if (isHandWritten(service)) return;
}

function visit(value: unknown, path: PropertyKey[], report: Report): void {
  const key = path.at(-1);
  if (typeof value === "string")
    return checkText(value, path, report, bare.has(String(key)) || (key === "until" && path.at(-2) === "confirm"));
  if (Array.isArray(value)) return value.forEach((item, index) => visit(item, [...path, index], report));
  if (value === null || typeof value !== "object") return;
  for (const [name, item] of Object.entries(value)) visit(item, [...path, name], report);
}

function checkText(text: string, path: PropertyKey[], report: Report, expression: boolean): void {
  try {
    const sources = expression ? [text] : split(text).flatMap((part) => part.expression ?? []);
    for (const source of sources) compile(source);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    report(path, `expression:${error.code}`, error.message);
  }
}

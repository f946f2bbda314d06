/** One error for all settings that are missing or wrong: it names variables and reasons, and never a value. */
import type { z } from "zod";

/** A setting that is missing or wrong. */
export interface SettingProblem {
  readonly variable: string;
  readonly reason: string;
}

/** Nothing starts half-configured: thrown with every problem at once. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly SettingProblem[];
  constructor(what: string, problems: readonly SettingProblem[]) {
    super(`${what}:\n${problems.map(({ variable, reason }) => `  - ${variable}: ${reason}`).join("\n")}`);
    this.problems = problems;
  }
}

/** The problems of a zod error, each under the variable that holds its field. */
export function problemsOf(
  error: z.ZodError,
  variableOf: (path: PropertyKey[]) => string,
  textOf: (variable: string) => string | undefined,
): SettingProblem[] {
  return error.issues.map((issue) => {
    const variable = variableOf(issue.path);
    const text = textOf(variable);
    return { variable, reason: text === undefined || text === "" ? "is missing" : `${withoutValue(issue.message, text)}${allowed(issue)}` };
  });
}

/** Schemas written by others may quote what they were given; a password must not reach the log that way. */
const withoutValue = (message: string, value: string): string => (value.length < 3 ? message : message.split(value).join("..."));

const allowed = (issue: z.core.$ZodIssue): string =>
  issue.code === "invalid_value" && !issue.message.includes(String(issue.values[0]))
    ? ` (allowed: ${issue.values.map(String).join(", ")})`
    : "";

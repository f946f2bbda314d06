/** What may be told of errors and of input that does not fit: never a value, which may be a person's. */

/** The class of what was thrown. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
/** Frames only: the message may hold values. */
export const stackOf = (error: unknown): string | undefined =>
  error instanceof Error
    ? error.stack
        ?.split("\n")
        .filter((line) => /^\s+at /.test(line))
        .join("\n")
    : undefined;

/** Paths and rules, never values. */
export const issuesOf = (issues: readonly { path: PropertyKey[]; message: string }[]): string[] =>
  issues.map((issue) => `${issue.path.map(String).join(".") || "(whole)"}: ${issue.message}`);

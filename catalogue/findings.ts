/** What `darsena check` can find: one table, from which the documentation's page is made. */
import { expressionCodes } from "./finding-codes/expressions.ts";
import { fileCodes } from "./finding-codes/files.ts";
import { overlayCodes } from "./finding-codes/overlays.ts";
import { stepCodes } from "./finding-codes/steps.ts";
import { timeCodes } from "./finding-codes/texts-and-terms.ts";

/** An error stops publishing; a warning is for a person to judge. */
export type Level = "error" | "warning";

/** One kind of mistake, with an example and its cure. */
export interface FindingCode {
  level: Level;
  title: string;
  /** Why it is one, and what would happen at run time. */
  why: string;
  wrong: string;
  right: string;
}

export const findingCodes = {
  ...fileCodes,
  ...stepCodes,
  ...expressionCodes,
  ...timeCodes,
  ...overlayCodes,
} as const satisfies Record<string, FindingCode>;
export type Code = keyof typeof findingCodes;

/** One mistake in one place. */
export interface Finding {
  /** Relative to the folder that was checked. */
  file: string;
  line: number;
  column: number;
  level: Level;
  code: string;
  /** What was found. */
  message: string;
  expected?: string;
  /** What to write instead. */
  suggestion?: string;
}

/** What a finding says beside its message; `near` is a piece of the text at the path that the place should point at. */
export interface More {
  expected?: string;
  suggestion?: string;
  near?: string;
}
export type Report = (path: readonly PropertyKey[], code: string, message: string, more?: More) => void;

const table: Readonly<Record<string, FindingCode>> = findingCodes;
export const levelOf = (code: string): Level => table[code]?.level ?? "error";
/** Where a code is explained. */
export const pageOf = (code: string): string => `docs/checks.md#${code}`;

/** `docs/checks.md`. */
export function checksPage(): string {
  const rows = Object.entries(table).map(([code, { level, title }]) => `| [\`${code}\`](#${code}) | ${level} | ${title} |`);
  const sections = Object.entries(table).map(
    ([code, { level, title, why, wrong, right }]) =>
      `## ${code}\n\n*${level}* · ${title}.\n\n${why}\n\nWrong:\n\n\`\`\`yaml\n${wrong}\n\`\`\`\n\nRight:\n\n\`\`\`yaml\n${right}\n\`\`\`\n`,
  );
  return `<!-- Generated from catalogue/findings.ts by \`npm run docs\`. -->
# What \`darsena check\` finds

\`darsena check [file|folder]\` reads services, fragments and overlays and says what would go wrong, with file, line and column.
An **error** stops \`npm run build\` and publishing; a **warning** is for a person to judge. The exit code is 1 when there are errors,
and with \`--strict\` also when there are warnings only. \`--json\` gives one JSON document, \`--sarif\` SARIF 2.1.0 for code review.

| code | level | what |
|---|---|---|
${rows.join("\n")}

${sections.join("\n")}`;
}

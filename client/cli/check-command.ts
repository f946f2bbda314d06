/** `darsena check`: finds mistakes in services and overlays before anything runs. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { checkCatalogue } from "../../catalogue/check.ts";
import { type Finding, pageOf } from "../../catalogue/findings.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { type Paint, plain } from "./paint.ts";
import { rootOf } from "./project.ts";
import { sarifOf } from "./sarif.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "./shell.ts";

interface CheckOptions extends SharedOptions {
  sarif?: boolean;
  strict?: boolean;
}

const EXAMPLES = [
  "darsena check",
  "darsena check services/mobility/disabled-parking-pass.yaml --json",
  "darsena check --sarif > findings.sarif",
];

/** Adds the command. */
export function addCheck(parent: Command, deps: CommandDeps): void {
  parent
    .command("check [path]")
    .description("check services and overlays: the project's, or only those at the path; exit code 1 when there are errors")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .option("--sarif", "SARIF 2.1.0 on stdout, for code review")
    .option("--strict", "exit code 1 also when there are only warnings")
    .addHelpText("after", `\nEvery code is explained in docs/checks.md.\nExamples:\n${EXAMPLES.map((line) => `  ${line}`).join("\n")}`)
    .action((path: string | undefined, options: CheckOptions) => {
      const shell = shellFor(deps, options);
      const only = path === undefined ? undefined : resolve(deps.cwd, path);
      if (only !== undefined && !existsSync(only)) throw new UsageError(`there is nothing at ${path}`);
      const findings = checkCatalogue(rootOf(only ?? deps.cwd), only);
      if (options.sarif) deps.stdout.write(`${JSON.stringify(sarifOf(findings))}\n`);
      else shell.show({ findings }, () => page(findings, shell.paint));
      if (findings.some(({ level }) => level === "error" || options.strict)) throw new AnswerIsNo("findings");
    });
}

function page(findings: readonly Finding[], paint: Paint): string {
  if (findings.length === 0) return "nothing found";
  const codes = [...new Set(findings.map((one) => one.code))];
  return [...findings.map((one) => inLines(one, paint)), "", ...codes.map((code) => paint.faint(`${code}: ${pageOf(code)}`))].join("\n");
}

function inLines({ file, line, column, level, code, message, expected, suggestion }: Finding, paint: Paint): string {
  const shown = level === "error" ? paint.bad(level) : paint.warn(level);
  return [
    `${file}:${line}:${column}  ${shown}  ${code}  ${plain(message)}`,
    ...(expected === undefined ? [] : [`    expected: ${plain(expected)}`]),
    ...(suggestion === undefined ? [] : [`    ${plain(suggestion)}`]),
  ].join("\n");
}

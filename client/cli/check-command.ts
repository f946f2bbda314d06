/** `darsena check`: finds mistakes in services and overlays before anything runs. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { checkCatalogue } from "../../catalogue/check.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { plain } from "./paint.ts";
import { rootOf } from "./project.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "./shell.ts";

/** Adds the command. */
export function addCheck(parent: Command, deps: CommandDeps): void {
  parent
    .command("check [path]")
    .description("check services and overlays: the project's, or only those at the path; exit code 1 when something is found")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText("after", "\nExamples:\n  darsena check\n  darsena check services/mobility/disabled-parking-pass.yaml --json")
    .action((path: string | undefined, options: SharedOptions) => {
      const shell = shellFor(deps, options);
      const only = path === undefined ? undefined : resolve(deps.cwd, path);
      if (only !== undefined && !existsSync(only)) throw new UsageError(`there is nothing at ${path}`);
      const findings = checkCatalogue(rootOf(only ?? deps.cwd), only);
      shell.show({ findings }, () => {
        if (findings.length === 0) return "nothing found";
        return findings.map(({ file, line, column, code, message }) => `${file}:${line}:${column}  ${code}  ${plain(message)}`).join("\n");
      });
      if (findings.length > 0) throw new AnswerIsNo("findings");
    });
}

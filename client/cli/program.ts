/** The `darsena` command without `up`: everything that goes through the gateway, Temporal or files. */
import { Command, CommanderError } from "commander";
import { DarsenaError, toProblem } from "../errors.ts";
import { addCaseActs } from "./act-commands.ts";
import { addCaseReading } from "./case-commands.ts";
import { addAdopt } from "./adopt-command.ts";
import { addCheck } from "./check-command.ts";
import { addConnectors } from "./connector-commands.ts";
import { addDiagram } from "./diagram-command.ts";
import { addImpact } from "./impact-command.ts";
import { AnswerIsNo, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { paintFor, plain } from "./paint.ts";
import { addRecovery } from "./recover-command.ts";
import { addServices } from "./service-commands.ts";
import { addSchema } from "./schema-command.ts";
import type { CommandDeps } from "./shell.ts";
import { addSimulate } from "./simulate-command.ts";
import { addStart } from "./start-command.ts";
import { addSystems } from "./system-commands.ts";
import { addTry } from "./try-command.ts";
import { addVersions } from "./version-commands.ts";

export type { CommandDeps } from "./shell.ts";

const HELP = `
Exit codes:
${exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`).join("\n")}

Every command takes --help and --json. The gateway is at --url, DARSENA_URL or http://127.0.0.1:8080.
Examples:
  darsena services
  darsena start disabled-parking-pass --request request.json --attach medicalCertificate=certificate.pdf
  darsena case show CASE --watch`;

/** The command; add more to it, then hand it to `runProgram`. */
export function program(deps: CommandDeps): Command {
  const darsena = new Command("darsena")
    .description("Start, follow and repair a municipality's cases.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void deps.stdout.write(text),
      writeErr: (text) => void deps.stderr.write(text),
    })
    .showHelpAfterError("(see --help)")
    .addHelpText("after", HELP);
  addServices(darsena, deps);
  addSystems(darsena, deps);
  addStart(darsena, deps);
  const cases = darsena.command("case").description("show, list, answer, withdraw and repair cases");
  cases.addHelpText("after", "\nExamples:\n  darsena case list --state parked\n  darsena case show CASE");
  addCaseReading(cases, deps);
  addCaseActs(cases, deps);
  addRecovery(darsena, deps);
  addCheck(darsena, deps);
  addSchema(darsena, deps);
  addDiagram(darsena, deps);
  addVersions(darsena, deps);
  addImpact(darsena, deps);
  addAdopt(darsena, deps);
  addTry(darsena, deps);
  addConnectors(darsena, deps);
  addSimulate(darsena, deps);
  return darsena;
}

/** Runs the command with these arguments (without node and script) and resolves with the exit code; never rejects. */
export async function runProgram(darsena: Command, argv: readonly string[], deps: CommandDeps): Promise<number> {
  const json = argv.includes("--json");
  // Commander writes its own complaints as text; with --json they are JSON like all others.
  if (json) silence(darsena);
  try {
    await darsena.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    report(error, json, deps);
    return exitCodeOf(error);
  }
}

function silence(command: Command): void {
  command.configureOutput({ outputError: () => undefined }).showHelpAfterError(false);
  for (const inner of command.commands) silence(inner);
}

function report(error: unknown, json: boolean, deps: CommandDeps): void {
  if (error instanceof AnswerIsNo) return;
  if (error instanceof CommanderError) {
    if (json && error.exitCode !== 0)
      deps.stderr.write(`${JSON.stringify({ code: "USAGE", title: error.message.replace(/^error: /, "") })}\n`);
    return;
  }
  if (json) {
    const problem =
      error instanceof DarsenaError
        ? toProblem(error)
        : { code: exitCodeOf(error) === 2 ? "USAGE" : "INTERNAL", title: (error as Error).message };
    deps.stderr.write(`${JSON.stringify(problem)}\n`);
    return;
  }
  const paint = paintFor(deps.stderr, deps.env);
  deps.stderr.write(`${error instanceof DarsenaError ? inWords(error, paint.bad) : `darsena: ${(error as Error).message}`}\n`);
}

function inWords(error: DarsenaError, bad: (text: string) => string): string {
  const problem = toProblem(error);
  const fields = (error.errors ?? []).map(({ field, en }) => `  ${field}: ${plain(en)}`);
  const details = error.details === undefined ? [] : [`  ${plain(JSON.stringify(error.details))}`];
  const told = fields.length > 0 ? [] : [`  ${plain(problem.detail)}`];
  return [`${bad(problem.title)} (${error.code})`, ...told, ...fields, ...details].join("\n");
}

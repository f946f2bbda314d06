/** `darsena try`: plays the scenarios of a service in memory, with a virtual clock, and says what is not as expected. */
import { existsSync, watch } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { readTrialFiles, type TrialFiles, TrialFilesError } from "../../catalogue/trial-files.ts";
import { SimulatedSystems } from "../../cases/simulation/systems.ts";
import { play } from "../../cases/trial/play.ts";
import { memoryStage } from "../../cases/trial/stage.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { plain } from "./paint.ts";
import { type CommandDeps, type SharedOptions, type Shell, shellFor } from "./shell.ts";
import { failuresOf, inJson, report, type Tried } from "./try-report.ts";

interface Options extends SharedOptions {
  scenario?: string;
  seed?: number;
  watch?: boolean;
  quiet?: boolean;
}

/** Files are written in bursts. */
const BURST_MS = 100;

/** Adds the command. */
export function addTry(parent: Command, deps: CommandDeps): void {
  parent
    .command("try <service>")
    .description("play the scenarios of a service (<service>.scenarios.yaml) in memory with virtual time; exit code 1 when one fails")
    .addOption(new Option("--scenario <name>", "only this one"))
    .addOption(new Option("--seed <number>", "the seed of what the systems answer").argParser(wholeNumber).default(1))
    .option("--quiet", "the timelines of failed scenarios only")
    .option("--watch", "again whenever a service or scenario changes, until stopped")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText(
      "after",
      "\nExamples:\n  darsena try disabled-parking-pass\n  darsena try services/events/patronage-request.yaml --scenario granted --watch",
    )
    .action(async (wanted: string, options: Options) => {
      const shell = shellFor(deps, options);
      if (options.watch && shell.json) throw new UsageError("--watch and --json do not go together");
      const root = rootOf(existsSync(resolve(deps.cwd, wanted)) ? resolve(deps.cwd, wanted) : deps.cwd);
      const path = wanted.endsWith(".yaml") ? resolve(deps.cwd, wanted) : wanted;
      if (options.watch) return watched(shell, root, path, options);
      if (!(await once(shell, root, path, options))) throw new AnswerIsNo("a scenario failed");
    });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError("--seed is a whole number");
  return Number(text);
}

/** True when every scenario went as expected. */
async function once(shell: Shell, root: string, wanted: string, options: Options): Promise<boolean> {
  let tried: Tried;
  try {
    tried = await tryService(readTrialFiles(root, wanted), { seed: options.seed ?? 1, only: options.scenario, written: shell.written });
  } catch (error) {
    if (!(error instanceof TrialFilesError)) throw error;
    shell.show({ mistakes: error.mistakes }, () =>
      error.mistakes.map(({ file, line, column, message }) => `${file}:${line}:${column}  ${plain(message)}`).join("\n"),
    );
    return false;
  }
  shell.show(inJson(tried), () => report(tried, shell.paint, options.quiet === true));
  return failuresOf(tried) === 0;
}

interface Trying {
  seed: number;
  only?: string | undefined;
  written?: CommandDeps["written"] | undefined;
}

/** Plays all scenarios of a service, or the one of this name. */
export async function tryService(files: TrialFiles, { seed, only, written }: Trying): Promise<Tried> {
  const began = performance.now();
  const { scenarios, at, request } = files.scenarios;
  const chosen = scenarios.filter((scenario) => only === undefined || scenario.name === only);
  if (chosen.length === 0) {
    const names = scenarios.map((scenario) => scenario.name).join(", ");
    throw new UsageError(`${files.service} has no scenario "${only}"; there are ${names}`);
  }
  const trials: Tried["trials"] = [];
  for (const scenario of chosen) {
    const systems = new SimulatedSystems({ seed });
    const now = Date.parse(scenario.at ?? at);
    const stage = memoryStage({ systems, now, services: files.pinned, ...(written ? { written } : {}) });
    const caseId = `${files.service}-${scenario.name}`;
    trials.push({ scenario, played: await play({ service: files.service, scenario, request, caseId }, stage) });
  }
  return { files, seed, trials, tookMs: performance.now() - began };
}

/** Again at every change, until the process is stopped. */
async function watched(shell: Shell, root: string, wanted: string, options: Options): Promise<void> {
  await once(shell, root, wanted, options);
  let folders: readonly string[] = [join(root, "services"), join(root, "municipalities")];
  folders = folders.filter((folder) => existsSync(folder));
  shell.stdout.write(`${shell.paint.faint("waiting for changes; Ctrl+C stops")}\n`);
  let timer: NodeJS.Timeout | undefined;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      shell.stdout.write(`\n${shell.paint.faint(`${new Date().toTimeString().slice(0, 8)} changed`)}\n`);
      once(shell, root, wanted, options).catch((error: unknown) => void shell.stderr.write(`${(error as Error).message}\n`));
    }, BURST_MS);
  };
  for (const folder of folders) watch(folder, { recursive: true }, again);
  await new Promise(() => undefined);
}

/** The nearest folder upwards that holds `services/`. */
function rootOf(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "services"))) return folder;
    if (dirname(folder) === folder) throw new UsageError("there is no folder services here or above; give the path of a service");
  }
}

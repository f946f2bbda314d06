/** `darsena simulate`: many random cases in memory with virtual time and every fault, and whether the guarantees held. */
import { type Command, Option } from "commander";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { rootOf } from "./project.ts";
import { type CommandDeps, type SharedOptions, type Shell, shellFor } from "./shell.ts";
import { faultList, figuresInWords, progressLine } from "./simulate-page.ts";
import type { SimulationFigures, Simulator } from "./simulate-report.ts";

interface Options extends SharedOptions {
  cases: number;
  seed: number;
  only?: number;
  faults?: string;
  service?: string;
  listFaults?: boolean;
}

/** Adds the command. */
export function addSimulate(parent: Command, deps: CommandDeps): void {
  parent
    .command("simulate")
    .description(
      "live random cases of the services here, in memory with virtual time and every fault; exit code 1 when a guarantee is broken",
    )
    .addOption(new Option("--cases <number>", "how many").argParser(wholeNumber("--cases")).default(1_000))
    .addOption(new Option("--seed <number>", "decides everything that happens").argParser(wholeNumber("--seed")).default(1))
    .addOption(new Option("--only <case>", "this one only, with all that happens in it").argParser(wholeNumber("--only")))
    .option("--faults <names>", "only these, by comma; `none` for a world in which nothing goes wrong")
    .option("--service <id>", "only this service")
    .option("--list-faults", "the faults, and the thirty scenarios that they make up")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText(
      "after",
      "\nCtrl-C ends the run and shows what was reached.\n\nExamples:\n  darsena simulate --cases 100000 --seed 7\n  darsena simulate --seed 7 --only 4711\n  darsena simulate --faults answer-lost,zombie --service disabled-parking-pass",
    )
    .action((options: Options) => run(shellFor(deps, options), options));
}

const wholeNumber = (option: string) => (text: string) => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${option} is a whole number from 1`);
  return Number(text);
};

async function run(shell: Shell, options: Options): Promise<void> {
  const simulator = await shell.simulator?.();
  if (!simulator) throw new UsageError("this build of the command cannot simulate");
  if (options.listFaults) {
    const { faults, scenarios, invariants } = simulator;
    return shell.show({ faults, scenarios, invariants }, () => faultList(simulator, shell.paint));
  }
  const figures = await simulated(shell, simulator, options);
  shell.show(figures, () => figuresInWords(figures, shell.paint));
  if (figures.breaches > 0) throw new AnswerIsNo("a guarantee was broken");
}

async function simulated(shell: Shell, simulator: Simulator, options: Options): Promise<SimulationFigures> {
  const { cases, seed, only, service } = options;
  let stopped = false;
  shell.onInterrupt?.(() => {
    stopped = true;
  });
  const live = !shell.json && shell.stderr.isTTY === true;
  const told = (at: number, line: string) => void shell.stdout.write(`${shell.paint.faint(new Date(at).toISOString())}  ${line}\n`);
  const figures = await simulator.simulate({
    root: rootOf(shell.cwd),
    cases,
    seed,
    only,
    service,
    faults: chosen(options.faults, simulator),
    stopped: () => stopped,
    ...(only === undefined || shell.json ? {} : { told }),
    progress: (reached) => {
      if (live) shell.stderr.write(`\r${progressLine(reached, cases)}`);
    },
  });
  if (live && only === undefined) shell.stderr.write("\r\u001b[K");
  return figures;
}

function chosen(names: string | undefined, { faults }: Simulator): string[] | undefined {
  if (names === undefined) return undefined;
  if (names === "none") return [];
  const wanted = names.split(",").map((name) => name.trim());
  const unknown = wanted.filter((name) => !faults.some((fault) => fault.name === name));
  if (unknown.length > 0) throw new UsageError(`there is no fault ${unknown.join(", ")}; --list-faults shows them`);
  return wanted;
}

/** `darsena systems`, `darsena systems close` and `darsena systems open`: the gates, straight from Temporal. */
import { type Command, Option } from "commander";
import { openCatalogue } from "../../catalogue/catalogue.ts";
import { readSettings, type Settings } from "../../worker/configuration/settings.ts";
import { catalogueFolder } from "../catalogue-folder.ts";
import { connectLazily } from "../connection.ts";
import { type SystemGate, type Systems, systemsOf } from "../systems.ts";
import { unverified } from "../gateway/unverified.ts";
import { UsageError } from "./exit-codes.ts";
import { type Paint, plain, table, when } from "./paint.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "./shell.ts";

interface Options extends SharedOptions {
  temporal?: string;
  namespace?: string;
}

interface CloseOptions extends Options {
  until?: string;
  reason: string;
  as: string;
}

interface OpenOptions extends Options {
  rate?: string;
  ramp?: boolean;
  reason?: string;
  as: string;
}

/** Adds the commands; they ask Temporal, not the gateway. */
export function addSystems(parent: Command, deps: CommandDeps): void {
  const systems = parent
    .command("systems")
    .description("show the systems: whether each takes calls now, why not, and how many calls wait (asks Temporal, not the gateway)");
  own(systems).addHelpText(
    "after",
    "\nExamples:\n  darsena systems\n  darsena systems close protocol --until 2026-11-23T08:00:00+01:00 --reason 'new version' --as 'A. Bianchi'\n  darsena systems open protocol --as 'A. Bianchi'",
  );
  systems.action(async (options: Options) => {
    const shell = shellFor(deps, options);
    const items = await withSystems(deps, options, (one) => one.list());
    shell.show({ items }, () => table(items.map((one) => row(one, shell.paint))).join("\n"));
  });
  const close = systems
    .command("close <name>")
    .description("hold the calls of a system: calls in flight finish, all others wait in order")
    .requiredOption("--reason <text>", "why; shown wherever the gate is shown")
    .requiredOption(...AS_OPTION)
    .option(
      "--until <instant>",
      "when it opens by itself, such as 2026-11-23T08:00:00+01:00; otherwise it stays closed until it is opened",
    );
  own(close).addHelpText(
    "after",
    "\nExamples:\n  darsena systems close protocol --until 2026-11-23T08:00:00+01:00 --reason 'new version' --as 'A. Bianchi'",
  );
  close.action(async (name: string, _options: CloseOptions, command: Command) => {
    const options = command.optsWithGlobals<CloseOptions>();
    const shell = shellFor(deps, options);
    const { reason } = options;
    const by = unverified(options.as);
    const until = options.until === undefined ? {} : { until: instantOf(options.until) };
    const before = await withSystems(deps, options, (one) => one.close(name, { reason, by, ...until }));
    const ends = options.until === undefined ? "until it is opened" : `until ${when(instantOf(options.until))}`;
    shell.show(
      { system: name, gate: "closed", before },
      () => `${name} is closed ${ends}; it was ${before.gate}. Its calls wait in order.`,
    );
  });
  const open = systems
    .command("open <name>")
    .description("let calls of a system pass again, once its setting or the system itself is right")
    .requiredOption(...AS_OPTION)
    .option("--rate <n>", "calls per second from now on; otherwise the system's own rate")
    .option("--ramp", "begin slowly, as after an outage; the rate doubles at each step")
    .option("--reason <text>", "why");
  own(open).addHelpText(
    "after",
    "\nExamples:\n  darsena systems open protocol --as 'A. Bianchi'\n  darsena systems open protocol --rate 5 --as 'A. Bianchi'\n  darsena systems open protocol --ramp --as 'A. Bianchi'",
  );
  open.action(async (name: string, _options: OpenOptions, command: Command) => {
    const options = command.optsWithGlobals<OpenOptions>();
    const shell = shellFor(deps, options);
    const rate = options.rate === undefined ? {} : { rate: rateOf(options.rate) };
    const ramp = options.ramp ? { ramp: true } : {};
    const reason = options.reason === undefined ? {} : { reason: options.reason };
    const before = await withSystems(deps, options, (one) => one.open(name, { by: unverified(options.as), ...rate, ...ramp, ...reason }));
    shell.show({ system: name, gate: "open", ...rate, ...ramp, before }, () => opened(before, rate.rate, options.ramp));
  });
}

const AS_OPTION = ["--as <name>", "who says so; recorded as unverified"] as const;

function instantOf(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw new UsageError("--until is not an instant such as 2026-11-23T08:00:00+01:00");
  return instant.toISOString();
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (!(rate > 0)) throw new UsageError("--rate is not a number above zero; to stop all calls: darsena systems close");
  return rate;
}

const own = (command: Command): Command =>
  command
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .option("--temporal <address>", "Temporal's address (TEMPORAL_ADDRESS, 127.0.0.1:7233)")
    .option("--namespace <name>", "Temporal's namespace (TEMPORAL_NAMESPACE, default)")
    .addOption(new Option("--url <address>").hideHelp());

async function withSystems<T>(deps: CommandDeps, options: Options, use: (systems: Systems) => Promise<T>): Promise<T> {
  const given = { TEMPORAL_ADDRESS: options.temporal, TEMPORAL_NAMESPACE: options.namespace };
  const settings = settingsOf({ ...deps.env, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) });
  const connection = connectLazily({ address: settings.temporal.address });
  try {
    return await use(systemsOf(connection, settings.temporal.namespace, adaptersOf(settings)));
  } finally {
    await connection.close();
  }
}

function settingsOf(env: NodeJS.ProcessEnv): Settings {
  try {
    return readSettings(env);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The municipality's adapters by contract; without a compiled catalogue beside us they are left out. */
function adaptersOf(settings: Settings): Readonly<Record<string, string>> {
  try {
    return openCatalogue(catalogueFolder(settings), settings.municipality).overlay.adapters;
  } catch {
    return {};
  }
}

function row({ system, adapter = "", gate, rate, reason, since, until, enforcedBy, waiting, served }: SystemGate, paint: Paint): string[] {
  const why = [
    gate === "limited" || gate === "trickle" ? inWords(rate ?? 0) : "",
    reason ? plain(reason) : "",
    until ? `until ${when(until)}` : "",
    since ? `since ${when(since)}` : "",
    enforcedBy ? "kept in the register" : "",
    served === false ? paint.warn("no worker takes its calls") : "",
    gate === "closed" ? `→ darsena systems open ${system} --as NAME` : "",
  ];
  return [system, adapter, gate, waitingIn(waiting), why.filter(Boolean).join("; ")];
}

const waitingIn = (waiting: number | undefined): string =>
  waiting === undefined ? "not told how many wait" : waiting === 0 ? "none waiting" : `${waiting} waiting`;

/** `5/s`, or `one each 15 s`. */
const inWords = (rate: number): string =>
  rate >= 1 || rate === 0 ? `${Math.round(rate * 10) / 10}/s` : `one each ${Math.round(1 / rate)} s`;

function opened({ system, gate, reason, since, waiting }: SystemGate, rate?: number, ramp = false): string {
  const at = ramp ? ` slowly${rate === undefined ? "" : `, up to ${inWords(rate)}`}` : rate === undefined ? "" : ` at ${inWords(rate)}`;
  if (gate === "open")
    return `${system} was open already${at ? `, and is now open${at}` : ""}; ${waiting === undefined ? "its server does not tell how many calls wait" : `${waiting} calls wait`}`;
  const before = since ? ` since ${when(since)}` : "";
  return `${system} is open${at}; it was ${gate}${before}${reason ? `: ${plain(reason)}` : ""}. ${waiting ?? "All"} waiting calls go on now.`;
}

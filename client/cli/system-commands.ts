/** `darsena systems` and `darsena systems open`: the gates, straight from Temporal. */
import { type Command, Option } from "commander";
import { openCatalogue } from "../../catalogue/catalogue.ts";
import { readSettings, type Settings } from "../../worker/configuration/settings.ts";
import { catalogueFolder } from "../catalogue-folder.ts";
import { connectLazily } from "../connection.ts";
import { type SystemGate, type Systems, systemsOf } from "../systems.ts";
import { UsageError } from "./exit-codes.ts";
import { type Paint, plain, table, when } from "./paint.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "./shell.ts";

interface Options extends SharedOptions {
  temporal?: string;
  namespace?: string;
}

/** Adds both commands; they ask Temporal, not the gateway. */
export function addSystems(parent: Command, deps: CommandDeps): void {
  const systems = parent
    .command("systems")
    .description("show the systems: whether each takes calls now, why not, and how many calls wait (asks Temporal, not the gateway)");
  own(systems).addHelpText("after", "\nExamples:\n  darsena systems\n  darsena systems open protocol");
  systems.action(async (options: Options) => {
    const shell = shellFor(deps, options);
    const items = await withSystems(deps, options, (one) => one.list());
    shell.show({ items }, () => table(items.map((one) => row(one, shell.paint))).join("\n"));
  });
  const open = systems
    .command("open <name>")
    .description("let calls of a system pass again, once its setting or the system itself is right");
  own(open).addHelpText("after", "\nExamples:\n  darsena systems open protocol");
  open.action(async (name: string, _options: Options, command: Command) => {
    const options = command.optsWithGlobals<Options>();
    const shell = shellFor(deps, options);
    const before = await withSystems(deps, options, (one) => one.open(name));
    shell.show({ system: name, gate: "open", before }, () => opened(before));
  });
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

function row({ system, adapter = "", gate, rate, reason, since, waiting, served }: SystemGate, paint: Paint): string[] {
  const why = [
    gate === "limited" ? `${rate}/s` : "",
    reason ? plain(reason) : "",
    since ? `since ${when(since)}` : "",
    served ? "" : paint.warn("no worker takes its calls"),
    gate === "closed" ? `→ darsena systems open ${system}` : "",
  ];
  return [system, adapter, gate, waiting === 0 ? "none waiting" : `${waiting} waiting`, why.filter(Boolean).join("; ")];
}

function opened({ system, gate, reason, since, waiting }: SystemGate): string {
  if (gate === "open") return `${system} was open already; ${waiting} calls wait`;
  const closedSince = since ? ` since ${when(since)}` : "";
  return `${system} is open; it was ${gate}${closedSince}${reason ? `: ${plain(reason)}` : ""}. ${waiting} calls go on now.`;
}

/** `darsena impact`: what a change of a service is, and what it would mean for the open cases. */
import type { Command } from "commander";
import { type Change, difference, sentence } from "../../catalogue/difference.ts";
import { type CaseImpact, impactOn, type ImpactSummary, summaryOf } from "../../catalogue/impact.ts";
import type { Pinned } from "../../catalogue/definition.ts";
import type { Position } from "../definitions-client.ts";
import { type Paint, plain, table } from "./paint.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";
import { SHORT, versionOfProject, wholeVersion } from "./version-commands.ts";

interface Options extends SharedOptions {
  from?: string;
  to?: string;
}

/** Adds the command. */
export function addImpact(parent: Command, deps: CommandDeps): void {
  const command = parent
    .command("impact <service>")
    .description("show what changes from the current version to this project's files, where the open cases stand, and which could adopt it")
    .option("--from <version>", "compare with this version (the current one unless told)")
    .option("--to <version>", "compare this version (this project's files unless told)");
  equip(command, "darsena impact disabled-parking-pass", "darsena impact disabled-parking-pass --from 3f9a12c0 --to 81c2 --json");
  command.action((service: string, options: Options) => impact(deps, service, options));
}

interface Versioned extends Pinned {
  version: string;
}

async function impact(deps: CommandDeps, service: string, options: Options): Promise<void> {
  const shell = shellFor(deps, options);
  const { current, municipality } = await shell.client.definitions.versions(service);
  const read = reader(shell, service);
  const to: Versioned =
    options.to === undefined ? versionOfProject(deps, service, municipality) : await read(await wholeVersion(shell, service, options.to));
  const from = options.from === undefined ? current : await wholeVersion(shell, service, options.from);
  const changes = from === undefined ? [] : difference(await read(from), to);
  const positions = await shell.client.definitions.positions(service);
  const cases = await Promise.all(
    positions.map(async (one) => impactOn(one, one.version === undefined ? undefined : await read(one.version).catch(() => undefined), to)),
  );
  const summary = summaryOf(cases);
  const result = { service, from, to: to.version, changes: changes.map((one) => ({ ...one, text: sentence(one) })), summary, cases };
  shell.show(result, () => page(service, from, to.version, changes, cases, summary, shell.paint));
}

/** Definitions by version, each read once. */
function reader({ client }: Shell, service: string): (version: string) => Promise<Versioned> {
  const known = new Map<string, Promise<Versioned>>();
  return (version) => {
    const found = known.get(version) ?? client.definitions.definition(service, version).then((definition) => ({ ...definition, version }));
    known.set(version, found);
    return found;
  };
}

function page(
  service: string,
  from: string | undefined,
  to: string,
  changes: Change[],
  cases: CaseImpact<Position>[],
  summary: ImpactSummary,
  paint: Paint,
): string {
  const heading = `${paint.strong(service)}  ${from?.slice(0, SHORT) ?? "nothing"} → ${to.slice(0, SHORT)}`;
  const told = changes.length === 0 ? ["  no difference"] : changes.map((one) => `  ${mark(one, paint)} ${plain(sentence(one))}`);
  const counts = [
    [`${summary.open}`, "open cases"],
    [`${summary.there}`, "stand on the new version already"],
    [`${summary.untouched}`, "could adopt it, and nothing that they did or do is changed"],
    [`${summary.touched}`, "could adopt it, and a step behind them or their own is changed"],
    [`${summary.refused}`, "could not adopt it"],
  ].map((row) => row.map((cell, index) => (index === 0 ? `  ${cell.padStart(6)}` : cell)));
  const rows = cases.map(({ position, verdict, reasons }) => [
    `  ${String(position.count).padStart(6)}`,
    position.version?.slice(0, SHORT) ?? "not open yet",
    position.step ?? "",
    position.waitingFor ? `${position.state} for ${position.waitingFor}` : position.state,
    `${verdicts(paint)[verdict]}${reasons.length > 0 ? `: ${plain(reasons.join("; "))}` : ""}`,
  ]);
  return [heading, "", ...told, "", ...table(counts), ...(rows.length === 0 ? [] : ["", ...table(rows)])].join("\n");
}

const mark = ({ kind }: Change, paint: Paint): string =>
  ({ added: paint.good("+"), removed: paint.bad("-"), moved: paint.warn("~"), changed: paint.warn("~") })[kind];

const verdicts = (paint: Paint): Record<CaseImpact<Position>["verdict"], string> => ({
  there: "there already",
  untouched: paint.good("untouched"),
  touched: paint.warn("could adopt"),
  refused: paint.bad("could not adopt"),
});

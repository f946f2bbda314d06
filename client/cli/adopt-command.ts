/** `darsena adopt`: moves open cases to another version of their service, one first. */
import { type Command, InvalidArgumentError } from "commander";
import { adoptable } from "../../catalogue/adoption.ts";
import { isHandWritten, type YamlService } from "../../catalogue/definition.ts";
import type { CasesClient, CaseSummary } from "../cases-client.ts";
import { moveCases, type Moved } from "../move-cases.ts";
import { caseQuery } from "./case-query.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { type Paint, plain, table } from "./paint.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";
import { SHORT, wholeVersion } from "./version-commands.ts";

interface Options extends SharedOptions {
  to: string;
  query?: string;
  limit?: number;
  rate: number;
  dryRun?: boolean;
  as?: string;
  reason?: string;
}

/** What would happen, or happened, to a case. */
type Row = Moved | { case: string; result: "could" | "could-not"; reasons?: string[] };

/** Adds the command. */
export function addAdopt(parent: Command, deps: CommandDeps): void {
  const command = parent
    .command("adopt <service>")
    .description(
      "move waiting cases to another version, by restart from their state: one first, then the others; a case that refuses stays as it is",
    )
    .requiredOption("--to <version>", "the version, or its first digits (see darsena versions)")
    .option(
      "--query <text>",
      "which cases: step=decision office=mobilityPermits waitingFor=office state=waiting,parked version=3f9a case=ID,ID",
    )
    .option("--limit <number>", "how many at most", positive)
    .option("--rate <number>", "cases per second after the first", positive, 5)
    .option("--dry-run", "only say which could and which could not, and why")
    .option("--as <name>", "who moves them; recorded as unverified")
    .option("--reason <text>", "why; recorded in each case");
  equip(
    command,
    "darsena adopt disabled-parking-pass --to 81c2f00a --query 'step=decision' --dry-run",
    "darsena adopt disabled-parking-pass --to 81c2f00a --limit 50 --as 'A. Bianchi' --reason 'the notice was missing'",
  );
  command.action((service: string, options: Options) => adopt(deps, service, options));
}

async function adopt(deps: CommandDeps, service: string, options: Options): Promise<void> {
  const shell = shellFor(deps, options);
  const { as, reason, rate, dryRun = false } = options;
  if (!dryRun && (as === undefined || reason === undefined)) throw new UsageError("--as and --reason are needed, unless with --dry-run");
  const version = await wholeVersion(shell, service, options.to);
  const cases = await chosen(shell.client, service, version, options);
  const items: Row[] = dryRun
    ? await judged(shell, service, version, cases)
    : await moveCases(
        shell.client,
        cases.map((one) => one.case),
        { version, by: as ?? "", reason: reason ?? "", rate },
        progress(shell),
      );
  const counts: Record<string, number> = {};
  for (const { result } of items) counts[result] = (counts[result] ?? 0) + 1;
  shell.show({ service, version, dryRun, counts, items }, () => page(service, version, items, counts, shell.paint));
  const good = new Set(["moved", "could", "closed"]);
  if (items.some(({ result }) => !good.has(result))) throw new AnswerIsNo("not all cases moved");
}

/** Open cases on other versions that the query names; all pages are read before anything moves. */
async function chosen(
  client: CasesClient,
  service: string,
  version: string,
  { query = "", limit = Infinity }: Options,
): Promise<CaseSummary[]> {
  const { states, matches } = caseQuery(query);
  const found: CaseSummary[] = [];
  for (const state of states)
    for (let cursor: string | undefined, more = true; more && found.length < limit; ) {
      const page = await client.list({ service, state, limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.items.filter((one) => one.version !== version && matches(one)));
      cursor = page.next;
      more = cursor !== undefined;
    }
  return found.slice(0, limit);
}

/** What the cases would answer, reckoned here from their statuses; the workflow itself decides when they are moved. */
async function judged({ client }: Shell, service: string, version: string, cases: CaseSummary[]): Promise<Row[]> {
  const definitions = new Map<string, Promise<YamlService>>();
  const yaml = (of: string): Promise<YamlService> => {
    const known =
      definitions.get(of) ??
      client.definitions.definition(service, of).then(({ service: one }) => {
        if (isHandWritten(one)) throw new UsageError(`${service} is written by hand: its code is versioned by itself`);
        return one;
      });
    definitions.set(of, known);
    return known;
  };
  const to = await yaml(version);
  const rows: Row[] = [];
  for (const one of cases) {
    const status = await client.status(one.case, { view: "operator" });
    const answer = adoptable(
      await yaml(status.version),
      to,
      status.steps.map(({ id }) => id),
    );
    rows.push(answer.ok ? { case: one.case, result: "could" } : { case: one.case, result: "could-not", reasons: answer.reasons });
  }
  return rows;
}

/** A line on stderr for the first case and then for each tenth part. */
function progress({ stderr, json }: Shell) {
  let shown = -1;
  return (done: number, all: number, last: Moved) => {
    const tenth = Math.floor((done * 10) / all);
    if (json || (done > 1 && tenth === shown)) return;
    shown = tenth;
    stderr.write(`${done} of ${all}${done === 1 ? `: ${last.case} ${last.result}` : ""}\n`);
  };
}

function page(service: string, version: string, items: readonly Row[], counts: Record<string, number>, paint: Paint): string {
  const heading = `${paint.strong(service)} → ${version.slice(0, SHORT)}`;
  if (items.length === 0) return `${heading}\n  no case of another version is open that the query names`;
  const colour = (result: Row["result"]) =>
    ({ moved: paint.good, could: paint.good, closed: paint.faint, "not-tried": paint.faint })[result as "moved"] ?? paint.bad;
  const rows = items.map(({ case: id, result, reasons = [] }) => [
    `  ${id}`,
    colour(result)(result.replace("-", " ")),
    plain(reasons.join("; ")),
  ]);
  const sums = Object.entries(counts).map(([result, count]) => `${count} ${result.replace("-", " ")}`);
  return [heading, ...table(rows), "", sums.join(", ")].join("\n");
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It is a number above 0.");
  return value;
}

/** `darsena case show` and `darsena case list`. */
import { type Command, InvalidArgumentError } from "commander";
import type { ApplicantStatus, CaseStateName, CaseStatus } from "../../cases/status.ts";
import type { CaseFilter } from "../cases-client.ts";
import type { CaseEvidence } from "../evidence.ts";
import { casePage } from "./case-page.ts";
import { evidencePage } from "./evidence-page.ts";
import { table, when } from "./paint.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";

interface ShowOptions extends SharedOptions {
  applicant?: boolean;
  watch?: boolean;
  after?: number;
}

interface ListOptions extends SharedOptions {
  service?: string;
  state?: CaseStateName;
  since?: string;
  limit?: number;
  cursor?: string;
}

const STATES: readonly string[] = ["received", "running", "waiting", "parked", "closed"] satisfies CaseStateName[];

/** Adds both commands. */
export function addCaseReading(parent: Command, deps: CommandDeps): void {
  const show = parent
    .command("show <case>")
    .description("show where a case stands, what it waits for, and the commands that go on")
    .option("--applicant", "what the applicant sees")
    .option("--watch", "show it again at each change, until it is closed")
    .option("--after <number>", "wait up to 30 s for this status number", wholeNumber);
  equip(show, "darsena case show disabled-parking-pass-20261122-0123456789 --watch", "darsena case show CASE --json | jq .state");
  show.action((caseId: string, options: ShowOptions) => showCase(deps, caseId, options));

  const list = parent
    .command("list")
    .description("list cases, the latest change first")
    .option("--service <id>", "of this service")
    .option("--state <state>", STATES.join(", "), oneState)
    .option("--since <instant>", "changed at this instant or later")
    .option("--limit <number>", "how many (50)", wholeNumber)
    .option("--cursor <cursor>", "`next` of the page before");
  equip(list, "darsena case list --state parked", "darsena case list --service patronage-request --since 2026-11-01T00:00:00Z --json");
  list.action((options: ListOptions) => listCases(deps, options));
}

async function showCase(deps: CommandDeps, caseId: string, options: ShowOptions): Promise<void> {
  const shell = shellFor(deps, options);
  const read = (after?: number): Promise<CaseStatus | ApplicantStatus> =>
    options.applicant ? shell.client.status(caseId, { after }) : shell.client.status(caseId, { after, view: "operator" });
  let status = await read(options.after);
  while (options.watch && status.state !== "closed") {
    if (!shell.json) deps.stdout.write(`${clear(deps)}${casePage(status, shell.paint)}\n\n`);
    const { number } = status;
    do status = await read(number + 1);
    while (status.number <= number && status.state !== "closed");
  }
  if (options.watch && !shell.json) deps.stdout.write(clear(deps));
  const known = await knownOf(shell, status);
  shell.show(known === undefined ? status : { ...status, known }, () => {
    const page = casePage(status, shell.paint);
    const { problem } = status as CaseStatus;
    return known && problem ? `${page}\n\n${evidencePage(known, problem, shell.paint)}` : page;
  });
}

/** Of a case that is parked on a call: what is known of it. */
async function knownOf({ client }: Shell, status: CaseStatus | ApplicantStatus): Promise<CaseEvidence | undefined> {
  const problem = "problem" in status ? status.problem : undefined;
  return problem?.key === undefined ? undefined : client.evidence(status.case);
}

const clear = ({ stdout }: CommandDeps): string => (stdout.isTTY ? "\u001b[2J\u001b[H" : "");

async function listCases(deps: CommandDeps, { service, state, since, limit, cursor, ...shared }: ListOptions): Promise<void> {
  const shell = shellFor(deps, shared);
  const filter: CaseFilter = { service, state, updatedSince: since, limit, cursor };
  const page = await shell.client.list(filter);
  shell.show(page, () => {
    if (page.items.length === 0) return "no cases";
    const rows = page.items.map((one) => [
      one.case,
      one.state,
      one.outcome ?? (one.waitingFor ? `for ${one.waitingFor}` : ""),
      one.receipt?.number ?? "",
      one.protocolNumber ?? "",
      one.due ? `due ${one.due}` : "",
      when(one.updatedAt),
    ]);
    const more = page.next === undefined ? [] : ["", `more: --cursor ${page.next}`];
    return [...table(rows), ...more].join("\n");
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It is a whole number.");
  return Number(text);
}

function oneState(text: string): CaseStateName {
  if (!STATES.includes(text)) throw new InvalidArgumentError(`It is one of ${STATES.join(", ")}.`);
  return text as CaseStateName;
}

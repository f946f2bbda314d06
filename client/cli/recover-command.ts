/** `darsena problems` and `darsena recover`: what needs a person, by cause, and putting many cases right at once. */
import { type Command, InvalidArgumentError } from "commander";
import type { ProblemGroup, ProblemReport } from "../problem-report.ts";
import { recover, type RecoveryReport } from "../recover.ts";
import { type PlannedRecovery, planRecovery, type RecoveryVerb, recoveryVerbs } from "../recovery-plan.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { type Paint, plain, quoted, table, when } from "./paint.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";

interface RecoverOptions extends SharedOptions {
  as?: string;
  reason?: string;
  verb: string;
  rate: number;
  within: number;
  limit?: number;
  dryRun?: boolean;
  nothingWasDone?: boolean;
}

/** Adds both commands. */
export function addRecovery(parent: Command, deps: CommandDeps): void {
  const problems = parent.command("problems").description("what needs a person: parked and stuck cases, grouped by cause");
  equip(problems, "darsena problems", "darsena problems --json | jq '.groups[] | select(.atRisk > 0)'");
  problems.action(async (options: SharedOptions) => {
    const shell = shellFor(deps, options);
    const report = await shell.client.problems();
    shell.show(report, () => problemPage(report, shell.paint));
  });

  const recovery = parent
    .command("recover <cause>")
    .description("recover the cases parked for a cause: one first, and when it has really gone on the rest")
    .option("--as <name>", "who says so; recorded as unverified")
    .option("--reason <text>", "why; recorded with each case")
    .option("--verb <verb>", recoveryVerbs.join(", "), "retry")
    .option("--rate <number>", "cases a second, after the first one", positive, 5)
    .option("--within <seconds>", "how long each case is watched for its going on", positive, 30)
    .option("--limit <number>", "so many cases at most, the nearest legal deadline first", wholeNumber)
    .option("--nothing-was-done", "for outcomes that are unknown: you confirm, by name, that none of the cases had its effect")
    .option("--dry-run", "show the plan and change nothing");
  equip(
    recovery,
    "darsena recover protocol.register:REFUSED --dry-run",
    "darsena recover protocol.register:REFUSED --as 'A. Bianchi' --reason 'the classification was corrected' --rate 10",
  );
  recovery.action((cause: string, options: RecoverOptions) => recoverAll(deps, cause, options));
}

async function recoverAll(deps: CommandDeps, cause: string, options: RecoverOptions): Promise<void> {
  const { as: by, reason, verb, rate, within, limit, dryRun, nothingWasDone } = options;
  if (!isVerb(verb)) throw new UsageError(`--verb is one of ${recoveryVerbs.join(", ")}`);
  if (!dryRun && (by === undefined || reason === undefined)) throw new UsageError("--as and --reason are needed: both are recorded");
  const shell = shellFor(deps, options);
  const intention = { verb, ...(nothingWasDone === undefined ? {} : { nothingWasDone }) };
  const plan = await planRecovery(shell.client, cause, { ...intention, ...(limit === undefined ? {} : { limit }) });
  if (dryRun || plan.cases.length === 0) {
    shell.show({ plan }, () => planPage(plan));
    if (!dryRun && plan.parked > 0) throw new AnswerIsNo("nothing can be recovered now");
    return;
  }
  if (!shell.json) deps.stdout.write(`${planPage(plan)}\n\n`);
  const stop = new AbortController();
  deps.onInterrupt?.(() => stop.abort());
  const report = await recover(shell.client, plan, {
    ...intention,
    by: by ?? "",
    reason: reason ?? "",
    rate,
    withinMs: within * 1_000,
    signal: stop.signal,
    progress: progressLine(shell),
  });
  if (deps.stderr.isTTY) deps.stderr.write("\r\u001b[2K");
  shell.show({ plan, report }, () => reportPage(report, shell.paint));
  if (report.counts["went-on"] < report.planned) throw new AnswerIsNo("not all have gone on");
}

const isVerb = (text: string): text is RecoveryVerb => (recoveryVerbs as readonly string[]).includes(text);

function problemPage({ groups, lookedAt }: ProblemReport, paint: Paint): string {
  const rest =
    lookedAt.failed === undefined
      ? lookedAt.of > lookedAt.cases
        ? [paint.faint(`looked at the ${lookedAt.cases} longest silent of ${lookedAt.of} running cases`)]
        : []
      : [paint.warn(`running cases were not all looked at: ${lookedAt.failed}`)];
  if (groups.length === 0) return ["no problems", ...rest].join("\n");
  const lines = groups.flatMap((group) => [
    `${paint.strong(String(group.count))} ${group.kind === "parked" ? "parked" : "stuck"}  ${paint.bad(group.cause)}`,
    `  ${plain(group.title)}`,
    `  oldest since ${when(group.oldest)}, ${group.example}; of ${group.services.join(", ")}${riskOf(group, paint)}`,
    ...(group.kind === "parked" ? [`    darsena recover ${quoted(group.cause)} --dry-run`] : []),
    `    darsena case show ${group.example}`,
    "",
  ]);
  return [...lines, ...rest].join("\n").trimEnd();
}

function riskOf({ atRisk, nextDue }: ProblemGroup, paint: Paint): string {
  if (nextDue === undefined) return "";
  const first = `first legal term ends ${nextDue}`;
  return atRisk === 0 ? `; ${first}` : `; ${paint.warn(`${atRisk} due within 5 days`)}, ${first}`;
}

function planPage({ cause, verb, parked, verbs, cases, refused, beyondLimit }: PlannedRecovery): string {
  if (parked === 0) return `no case is parked for ${cause}`;
  const possible = Object.entries(verbs).map(([name, count]) => `${name} (${count})`);
  const unknown = cases.filter(({ problem }) => problem.unknown).length;
  return [
    `${parked} parked for ${cause}; possible: ${possible.join(", ")}`,
    `${cases.length} would be tried by ${verb}: one first, and the rest when it has gone on`,
    ...(unknown > 0 ? [`${unknown} of them may have had their effect: you confirm by name that nothing was done`] : []),
    ...(beyondLimit > 0 ? [`${beyondLimit} more are beyond the limit`] : []),
    ...refused.map(
      ({ reason, cases: ids }) => `${ids.length} would not: ${reason} (${ids.slice(0, 3).join(", ")}${ids.length > 3 ? " ..." : ""})`,
    ),
  ].join("\n");
}

const countsOf = ({ counts }: RecoveryReport): string =>
  `${counts["went-on"]} went on, ${counts["same-cause"]} same cause, ${counts["other-cause"]} other cause, ${counts.undecided} undecided, ${counts.refused} refused`;

const BAR = 24;

/** `[######----]` */
function barOf(done: number, of: number): string {
  const full = Math.floor((BAR * done) / Math.max(1, of));
  return `[${"#".repeat(full)}${"-".repeat(BAR - full)}]`;
}

/** A bar that is written over on a terminal; in a log, a line for every tenth of the way. */
function progressLine({ stderr, json }: Shell): (soFar: RecoveryReport) => void {
  let told = 0;
  return (soFar) => {
    const { ends, planned } = soFar;
    const line = `${ends.length}/${planned}  ${countsOf(soFar)}`;
    if (stderr.isTTY) return void stderr.write(`\r\u001b[2K${barOf(ends.length, planned)} ${line}`);
    if (json || (ends.length - told < planned / 10 && ends.length < planned)) return;
    told = ends.length;
    stderr.write(`${line}\n`);
  };
}

const STOPPED = {
  "canary-did-not-go-on": "stopped after the first case: it did not go on, so the cause is not gone",
  "cause-came-back": "stopped: the cause came back for three in a row",
  interrupted: "interrupted; the same command takes what is still parked",
  unreachable: "stopped: Darsena cannot be reached; the same command takes what is still parked",
} as const;

function reportPage(report: RecoveryReport, paint: Paint): string {
  const { ends, planned, left, stopped } = report;
  const others = ends.filter(({ result }) => result !== "went-on");
  return [
    `${ends.length} of ${planned} tried: ${countsOf(report)}${left > 0 ? `; ${left} not tried` : ""}`,
    ...(stopped === undefined ? [] : [paint.warn(STOPPED[stopped])]),
    ...table(others.slice(0, 50).map(({ case: id, result, code = "", detail = "" }) => [`  ${id}`, result, code, plain(detail)])),
    ...(others.length > 50 ? [`  and ${others.length - 50} more: --json has them all`] : []),
  ].join("\n");
}

function positive(text: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text) || Number(text) <= 0) throw new InvalidArgumentError("It is a positive number.");
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is a whole number above 0.");
  return Number(text);
}

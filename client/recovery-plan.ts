/** Which of the parked cases a recovery would try, in which order, and which it would not, with the reason. */
import type { RepairVerb } from "../cases/message.ts";
import type { CasesClient } from "./cases-client.ts";
import type { ParkedCase } from "./problem-report.ts";

/** Verbs that can be said to many cases at once; `resolve` needs a verified result for each. */
export const recoveryVerbs = ["retry", "skip", "cancel"] as const satisfies RepairVerb[];
export type RecoveryVerb = (typeof recoveryVerbs)[number];

const PAGE = 200;

/** What a recovery would do. */
export interface PlannedRecovery {
  cause: string;
  verb: RecoveryVerb;
  /** All that are parked for the cause now. */
  parked: number;
  /** How many of them each verb is possible for. */
  verbs: Partial<Record<RepairVerb, number>>;
  /** Those that would be tried, the nearest end of a legal term first; the first is the canary. */
  cases: ParkedCase[];
  /** Those that would not, by reason. */
  refused: { reason: string; cases: string[] }[];
  /** Left out by the limit. */
  beyondLimit: number;
}

/** What decides whether a case is tried. */
export interface Intention {
  verb: RecoveryVerb;
  nothingWasDone?: boolean;
}

/** Reads every parked case of the cause; changes nothing. */
export async function planRecovery(
  client: Pick<CasesClient, "parked">,
  cause: string,
  { limit, ...intention }: Intention & { limit?: number },
): Promise<PlannedRecovery> {
  const all: ParkedCase[] = [];
  for (let after: string | undefined; ; ) {
    const page = await client.parked(cause, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    all.push(...page.items);
    if (page.next === undefined) break;
    after = page.next;
  }
  const verbs: PlannedRecovery["verbs"] = {};
  for (const verb of all.flatMap(({ problem }) => problem.verbs)) verbs[verb] = (verbs[verb] ?? 0) + 1;
  const refused = new Map<string, string[]>();
  const cases: ParkedCase[] = [];
  for (const one of all) {
    const reason = refusedNow(one, intention);
    if (reason === undefined) cases.push(one);
    else refused.set(reason, [...(refused.get(reason) ?? []), one.case]);
  }
  cases.sort((a, b) => urgency(a).localeCompare(urgency(b)));
  const kept = cases.slice(0, limit);
  return {
    cause,
    verb: intention.verb,
    parked: all.length,
    verbs,
    cases: kept,
    refused: [...refused].map(([reason, ids]) => ({ reason, cases: ids })),
    beyondLimit: cases.length - kept.length,
  };
}

/** The nearest end of a legal term first, then the longest parked. */
const urgency = ({ due = "9999", problem, case: id }: ParkedCase): string => `${due} ${problem.since} ${id}`;

/** Why this case would not be tried at this moment; undefined when it would. The case itself has the last word. */
export function refusedNow({ problem }: ParkedCase, { verb, nothingWasDone }: Intention): string | undefined {
  if (!problem.verbs.includes(verb)) return `${verb} is not possible; possible are: ${problem.verbs.join(", ")}`;
  if (verb !== "retry" || !problem.unknown) return undefined;
  if (problem.notBefore !== undefined && Date.now() < Date.parse(problem.notBefore))
    return "the settle time is not over: the earlier request may still arrive";
  if (!nothingWasDone)
    return "an effect may exist: look in the system, then retry one by one, or confirm by name for all of them with --nothing-was-done";
  return undefined;
}

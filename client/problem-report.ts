/** What needs a person, grouped by cause: parked cases from the register, and cases that are stuck without being parked from Temporal. */
import type { CauseCount, ParkedCase, SilentCase } from "../register/problems.ts";
import type { CaseEngine, Trouble } from "./engine.ts";
import { DarsenaError, type ErrorCode } from "./errors.ts";
import type { CaseRegister } from "./ports.ts";
import { askRegister } from "./register-calls.ts";

export type { ParkedCase } from "../register/problems.ts";

/** A legal term that ends within so many days is at risk. */
export const RISK_DAYS = 5;
/** A case that runs and has published nothing for so long is looked at. */
const SILENT_S = 30;
/** Cases that are looked at in Temporal at most, the longest silent first, so that the report takes seconds. */
const LOOKED_AT = 200;
const AT_ONCE = 10;
/** More attempts than these are no accident. */
const ATTEMPTS = 3;

/** Cases with one cause. */
export interface ProblemGroup {
  /** `<contract>.<operation>:<code>`, `expression:<CODE>`, `workflow-task:FAILING` ... */
  cause: string;
  /** `parked` waits for a person; `call` is a call that is refused again and again as not sent; `workflow-task` is a case that cannot be run at all. */
  kind: "parked" | "call" | "workflow-task";
  count: number;
  /** Since when the oldest is so. */
  oldest: string;
  /** How many have a legal term that ends within five days, or is over. */
  atRisk: number;
  nextDue?: string;
  services: string[];
  /** One of them: the oldest. */
  example: string;
  title: string;
}

/** All groups: parked first, by the number of cases. */
export interface ProblemReport {
  groups: ProblemGroup[];
  /** How many of the silent running cases were looked at in Temporal; `failed` when that was not possible. */
  lookedAt: { cases: number; of: number; failed?: ErrorCode };
}

/** One page of the cases that are parked for a cause. */
export interface ParkedPage {
  items: ParkedCase[];
  /** `after` of the next page; absent on the last one. */
  next?: string;
}

/** The parked cases of a cause, page by page. */
export async function parkedPage(
  register: CaseRegister,
  municipality: string,
  cause: string,
  { limit = 200, after }: { limit?: number; after?: string } = {},
): Promise<ParkedPage> {
  const asked = { cause, limit: limit + 1, ...(after === undefined ? {} : { after }) };
  const rows = await askRegister(() => register.problems.parked(municipality, asked));
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.case } : { items };
}

/** Parked cases are counted in full; of the silent ones at most two hundred are looked at. */
export async function problemReport(register: CaseRegister, engine: CaseEngine, municipality: string): Promise<ProblemReport> {
  const parked = await askRegister(() => register.problems.causes(municipality, RISK_DAYS));
  const silent = await askRegister(() => register.problems.silent(municipality, SILENT_S, LOOKED_AT));
  const { stuck, cases, failed } = await lookAt(engine, silent.cases);
  const lookedAt = { cases, of: silent.of, ...(failed === undefined ? {} : { failed }) };
  return { groups: [...parked.map(groupOfParked), ...grouped(stuck)], lookedAt };
}

const groupOfParked = (cause: CauseCount): ProblemGroup => ({ kind: "parked", ...cause });

interface Stuck extends Pick<ProblemGroup, "cause" | "kind" | "title"> {
  silent: SilentCase;
}

async function lookAt(engine: CaseEngine, silent: SilentCase[]): Promise<{ stuck: Stuck[]; cases: number; failed?: ErrorCode }> {
  const stuck: Stuck[] = [];
  for (let from = 0; from < silent.length; from += AT_ONCE) {
    const some = silent.slice(from, from + AT_ONCE);
    // All are awaited even when one fails, so that no call is left behind.
    const looks = await Promise.allSettled(some.map((one) => engine.trouble(one.case)));
    for (const [index, look] of looks.entries()) {
      if (look.status === "rejected") {
        if (!(look.reason instanceof DarsenaError)) throw look.reason;
        return { stuck, cases: from, failed: look.reason.code };
      }
      if (look.value) stuck.push(...stuckBy(some[index] as SilentCase, look.value));
    }
  }
  return { stuck, cases: silent.length };
}

function stuckBy(silent: SilentCase, { workflowTaskAttempt, calls }: Trouble): Stuck[] {
  if (workflowTaskAttempt > ATTEMPTS)
    return [
      {
        cause: "workflow-task:FAILING",
        kind: "workflow-task",
        title: "Its workflow task fails again and again: see the worker's log",
        silent,
      },
    ];
  return calls
    .filter(({ attempt }) => attempt > ATTEMPTS)
    .map(({ operation, code, attempt }) => ({
      cause: `${operation}:${code}`,
      kind: "call",
      title: `${operation} was not sent, attempt ${attempt}; it is tried on`,
      silent,
    }));
}

/** By cause; the register gives the longest silent first. */
function grouped(stuck: readonly Stuck[]): ProblemGroup[] {
  const groups = new Map<string, Stuck[]>();
  for (const one of stuck) groups.set(one.cause, [...(groups.get(one.cause) ?? []), one]);
  return [...groups.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const dues = all.flatMap(({ silent }) => silent.due ?? []).toSorted();
    return {
      cause: first.cause,
      kind: first.kind,
      count: all.length,
      oldest: first.silent.since,
      atRisk: all.filter(({ silent }) => silent.atRisk).length,
      ...(dues[0] === undefined ? {} : { nextDue: dues[0] }),
      services: [...new Set(all.map(({ silent }) => silent.service))].toSorted(),
      example: first.silent.case,
      title: first.title,
    };
  });
}

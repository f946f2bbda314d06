/** Moves open cases to another version of their service: one first, and only when that one is seen there, the others. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CasesClient } from "./cases-client.ts";
import { DarsenaError } from "./errors.ts";

/** What to do. */
export interface Move {
  version: string;
  by: string;
  reason: string;
  /** Cases per second, after the canary. */
  rate: number;
  /** How long a case may take to be seen on its new version. */
  confirmMs?: number;
}

/**
 * What truly happened to a case. `moved`: its status shows the new version. `accepted`: it took the order and was not seen there in time.
 * `refused`: it is as it was, `reasons` say why. `closed`: it closed meanwhile. `unknown`: nobody answered; it may have taken the order.
 * `not-tried`: we stopped before it.
 */
export interface Moved {
  case: string;
  result: "moved" | "accepted" | "refused" | "closed" | "unknown" | "not-tried";
  reasons?: string[];
}

/** Called after each case. */
export type Progress = (done: number, all: number, last: Moved) => void;

const CONFIRM_MS = 60_000;
/** Cases under way at most, however long each takes to be seen. */
const AT_ONCE = 20;

/**
 * Moves these cases, in this order. A case that refuses is no canary: the next one is. When the canary is not seen on the new version,
 * or nobody answers any more, the rest is not tried. Never rejects for what happens to a case.
 */
export async function moveCases(
  client: CasesClient,
  cases: readonly string[],
  move: Move,
  progress: Progress = () => {},
): Promise<Moved[]> {
  const results = new Map<string, Moved>();
  const run = randomUUID();
  const one = async (caseId: string): Promise<Moved> => {
    const moved = await moveCase(client, caseId, move, `adopt-${run}`);
    results.set(caseId, moved);
    progress(results.size, cases.length, moved);
    return moved;
  };
  const rest = [...cases];
  let canary: Moved | undefined;
  while (rest.length > 0 && (canary === undefined || canary.result === "refused" || canary.result === "closed"))
    canary = await one(rest.shift() as string);
  const underWay = new Set<Promise<unknown>>();
  const line = { silent: canary?.result !== "moved" };
  while (rest.length > 0 && !line.silent) {
    const work = one(rest.shift() as string).then((moved) => {
      underWay.delete(work);
      if (moved.result === "unknown") line.silent = true;
    });
    underWay.add(work);
    await sleep(1_000 / move.rate);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return cases.map((caseId) => results.get(caseId) ?? { case: caseId, result: "not-tried" });
}

async function moveCase(
  client: CasesClient,
  caseId: string,
  { version, by, reason, confirmMs = CONFIRM_MS }: Move,
  id: string,
): Promise<Moved> {
  try {
    await client.adopt(caseId, { id, version, by, reason });
  } catch (error) {
    return refused(caseId, error);
  }
  try {
    await client.waitFor(caseId, (status) => status.version === version || status.state === "closed", { timeoutMs: confirmMs });
    const status = await client.status(caseId, { view: "operator" });
    return { case: caseId, result: status.version === version ? "moved" : "closed" };
  } catch (error) {
    const late = error instanceof DarsenaError && error.code === "WAIT_TIMED_OUT";
    const why = late ? "it was not seen on the new version in time" : `its status could not be read: ${(error as Error).message}`;
    return { case: caseId, result: "accepted", reasons: [why] };
  }
}

/** What the case, or the way to it, said. Anything unforeseen counts as unknown: it may have taken the order. */
function refused(caseId: string, error: unknown): Moved {
  if (!(error instanceof DarsenaError)) return { case: caseId, result: "unknown", reasons: [(error as Error).message] };
  if (error.code === "CASE_CLOSED" || error.code === "CASE_NOT_FOUND") return { case: caseId, result: "closed" };
  const told = error.details?.["reasons"];
  const reasons = Array.isArray(told) ? told.map(String) : [error.detail ?? error.message];
  return { case: caseId, result: error.status >= 500 ? "unknown" : "refused", reasons };
}

/** Waiting for a case to get somewhere, over nothing but its status. */
import type { CaseStatus } from "../cases/status.ts";
import type { Condition } from "./cases-client.ts";
import { DarsenaError } from "./errors.ts";

/** True when the condition holds for this status. */
export function holds(condition: Condition, status: CaseStatus): boolean {
  if (typeof condition === "function") return condition(status);
  if ("state" in condition) return status.state === condition.state;
  if ("outcome" in condition) return status.outcome === condition.outcome;
  return status.actions.some((action) => action.name === condition.action);
}

/**
 * Reads until the condition holds; each read waits for a number above the last one, so that nothing is polled.
 * A closed case that does not fulfil the condition never will: WAIT_TIMED_OUT at once, and the detail says so.
 */
export async function waitUntil(
  read: (after: number | undefined) => Promise<CaseStatus>,
  condition: Condition,
  timeoutMs = 60_000,
): Promise<CaseStatus> {
  const deadline = Date.now() + timeoutMs;
  let after: number | undefined;
  for (;;) {
    const status = await beforeDeadline(read(after), deadline);
    if (status === undefined) throw new DarsenaError("WAIT_TIMED_OUT");
    if (holds(condition, status)) return status;
    if (status.state === "closed") {
      throw new DarsenaError("WAIT_TIMED_OUT", { detail: `The case is closed as ${status.outcome ?? "it is"}; it will not get there.` });
    }
    after = status.number + 1;
  }
}

async function beforeDeadline<T>(work: Promise<T>, deadline: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, deadline - Date.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

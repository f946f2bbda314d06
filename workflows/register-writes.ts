/**
 * What a case writes into the register: the short way first, as a local activity of the case's own worker, and as an ordinary activity where that does not
 * end soon. The SDK's core (1.24) tells a case the end of a local activity that outlived its workflow task in another order when it replays the history
 * (temporalio/sdk-rust issue 803 is of that kind), so that a case whose register was away for some seconds could never be run again. Therefore no local
 * activity may last until the task is prolonged, at 8 s.
 */
import { ActivityFailure, ApplicationFailure, proxyActivities, proxyLocalActivities, TimeoutFailure } from "@temporalio/workflow";
import type { CaseActivities } from "../activities/cases.ts";
import { oneAtATime } from "./one-local.ts";

const LOCAL_MS = 2_000;

type Write = "case.open" | "case.record" | "case.publish" | "case.ahead";

/** One of the writes with its sentence for the Temporal UI; retried without end while the register is away. Rejects only with what the activity itself refuses. */
export function registerWrite<Name extends Write>(name: Name, taskQueue: string, summary: string): CaseActivities[Name] {
  const local = proxyLocalActivities<CaseActivities>({
    startToCloseTimeout: LOCAL_MS,
    // Core does not keep a limit over several attempts when each of them times out: there is one.
    retry: { maximumAttempts: 1 },
    summary,
  })[name] as (...given: unknown[]) => Promise<unknown>;
  const queued = proxyActivities<CaseActivities>({
    taskQueue,
    startToCloseTimeout: "15s",
    retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "5s" },
    summary,
  })[name] as (...given: unknown[]) => Promise<unknown>;
  const write = (...given: unknown[]) =>
    oneAtATime(() => local(...given)).catch((error: unknown) => {
      if (isRefusal(error)) throw error;
      return queued(...given);
    });
  return write as CaseActivities[Name];
}

/**
 * What would be refused again, and a cancellation; everything else only took too long. Looked for in the failure itself as well as in its cause: a local
 * activity's failure comes wrapped the first time, and bare when the history is replayed (core 1.24, which also calls a time-out "not retryable").
 */
function isRefusal(error: unknown): boolean {
  const reason = error instanceof ActivityFailure ? error.cause : error;
  return !(reason instanceof TimeoutFailure) && !(reason instanceof ApplicationFailure && reason.nonRetryable !== true);
}

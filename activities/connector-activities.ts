/** The activities of one bound system, named `<contract>.<operation>`, as Temporal runs them. */
import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import { activityInfo, Context } from "@temporalio/activity";
import { operationsOf } from "../connectors/contract.ts";
import { CallFailure } from "../connectors/failure.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import { execute, lookUp } from "./execute.ts";
import type { Attempt, BoundSystem } from "./system.ts";

/** Short calls send no heartbeat at all; a longer one shows every few seconds that its worker lives. */
const FIRST_HEARTBEAT_MS = 3_000;

export type ConnectorActivities = Record<string, (request: CallRequest) => Promise<Outcome | Found>>;

export function connectorActivities(system: BoundSystem): ConnectorActivities {
  const activities: ConnectorActivities = {};
  for (const operation of operationsOf(system.adapter.contract)) {
    activities[operation.id] = async (request) => {
      const context = Context.current();
      const heartbeat = setInterval(() => context.heartbeat(), FIRST_HEARTBEAT_MS);
      try {
        return await (request.verb === "find" ? lookUp : execute)(system, operation, request, thisAttempt(context.cancellationSignal));
      } catch (error) {
        throw asTemporal(error);
      } finally {
        clearInterval(heartbeat);
      }
    };
  }
  return activities;
}

function thisAttempt(signal: AbortSignal): Attempt {
  const { workflowExecution, activityId, attempt } = activityInfo();
  return { id: `${workflowExecution?.runId ?? "standalone"}/${activityId}/${attempt}`, number: attempt, signal };
}

/** Only "certainly not sent" is thrown, so that Temporal retries it without end and the gate does the waiting. */
function asTemporal(error: unknown): Error {
  if (!(error instanceof CallFailure)) return error instanceof Error ? error : new Error("an activity threw something that is no error");
  const { code, retryAfterMs } = error.detail;
  return ApplicationFailure.create({
    type: "not-sent",
    message: `${code}: ${error.message}`,
    category: ApplicationFailureCategory.BENIGN,
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: Math.min(retryAfterMs, 600_000) }),
  });
}

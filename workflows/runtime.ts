/** Binds the port of `cases/` to Temporal. */
import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  ParentClosePolicy,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from "@temporalio/common";
import type { CaseActivities } from "../activities/cases.ts";
import type { CallCommand, FoundByPerson, OpenChild, Runtime } from "../cases/runtime.ts";
import type { CaseStatus } from "../cases/status.ts";
import { operationById, systemQueue } from "../connectors/contracts.ts";
import { milliseconds } from "../connectors/contract.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import { currentDetails } from "./details.ts";
import { registerWrite } from "./register-writes.ts";
import { changedAttributes } from "./search-attributes.ts";

/** Room for queueing inside the activity (the ordered sender) and for the ledger's writes, beyond the contract's deadline. */
const SLACK_MS = 45_000;
/** A worker that is killed during a call is noticed within this time. */
const HEARTBEAT_MS = 10_000;

type ConnectorActivity = (request: CallRequest) => Promise<Outcome | Found>;

export const CASES_QUEUE = "cases";

/** Speaks to another case; waits as long as Temporal's frontend is away. */
export const reportActivities = proxyActivities<CaseActivities>({
  startToCloseTimeout: "30s",
  taskQueue: CASES_QUEUE,
  summary: "report to the case that opened this one",
});

/** What a case asks of the register, each with its sentence in the Temporal UI. */
export const registerActivities: Pick<CaseActivities, "case.open" | "case.record" | "case.publish"> = {
  "case.open": registerWrite("case.open", CASES_QUEUE, "Receive the request and pin its service"),
  "case.record": registerWrite("case.record", CASES_QUEUE, "Note in the effect ledger what a person found"),
  "case.publish": registerWrite("case.publish", CASES_QUEUE, "Publish the status in the register"),
};

export class TemporalRuntime implements Runtime {
  readonly restartable: boolean;
  constructor(restartable: boolean) {
    this.restartable = restartable;
  }

  now(): number {
    return Date.now();
  }

  call(command: CallCommand): Promise<Outcome> {
    if (command.until === undefined) return connector(command)(command.request) as Promise<Outcome>;
    return this.#callUntil(command, command.until);
  }

  /** A call in the queue, or between two attempts, is given up with certainty; one that is being sent just then comes to its own outcome. */
  async #callUntil(command: CallCommand, until: number): Promise<Outcome> {
    const scope = new CancellationScope();
    const forget = this.after(Math.max(0, until - Date.now()), "the time allowed for the call", () => scope.cancel());
    try {
      return (await scope.run(() => connector(command)(command.request))) as Outcome;
    } catch (error) {
      if (isCancellation(error)) return { kind: "expired" };
      throw error;
    } finally {
      forget();
    }
  }

  async openChild({ service, caseId, start }: OpenChild): Promise<void> {
    try {
      await startChild(service, {
        workflowId: caseId,
        args: [start],
        taskQueue: CASES_QUEUE,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        staticSummary: `opened by ${workflowInfo().workflowId}`,
      });
    } catch (error) {
      // A restart or a lost answer: the child that exists is the one that was meant.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  async record(found: FoundByPerson): Promise<void> {
    await registerActivities["case.record"](found);
  }

  find(command: CallCommand): Promise<Found> {
    return connector(command)(command.request) as Promise<Found>;
  }

  async wait(ready: () => boolean, until: number | undefined, summary: string): Promise<"ready" | "due"> {
    if (until === undefined) {
      await condition(ready);
      return "ready";
    }
    if (ready()) return "ready";
    const ms = until - Date.now();
    if (ms <= 0) return "due";
    return (await condition(ready, ms, { summary })) ? "ready" : "due";
  }

  after(ms: number, summary: string, then: () => void): () => void {
    const scope = new CancellationScope();
    void scope
      .run(() => sleep(ms, { summary }))
      .then(then)
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    return () => scope.cancel();
  }

  async publish(status: CaseStatus): Promise<void> {
    setCurrentDetails(currentDetails(status));
    const changed = changedAttributes(status, workflowInfo().typedSearchAttributes);
    if (changed.length > 0) upsertSearchAttributes(changed);
    await registerActivities["case.publish"](status);
  }

  restartSuggested(): boolean {
    return workflowInfo().continueAsNewSuggested;
  }
}

/** Activities are named `<contract>.<operation>` and wait in the queue of their system. */
function connector({ operation, summary, priority }: CallCommand): ConnectorActivity {
  const known = operationById(operation);
  if (!known) throw new TypeError(`there is no operation ${operation}`);
  const activities = proxyActivities<Record<string, ConnectorActivity>>({
    taskQueue: systemQueue(known.contract),
    startToCloseTimeout: milliseconds(known.deadline) + SLACK_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
    summary,
    // Servers that know no priorities ignore it.
    priority: { priorityKey: priority },
  });
  return activities[operation] as ConnectorActivity;
}

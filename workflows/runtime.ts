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
import { isHandWritten } from "../catalogue/definition.ts";
import type { Ahead, CallCommand, FoundByPerson, OpenChild, Runtime } from "../cases/runtime.ts";
import type { CaseState } from "../cases/state.ts";
import type { CaseStatus } from "../cases/status.ts";
import { operationById, systemQueue } from "../connectors/contracts.ts";
import { milliseconds } from "../connectors/contract.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import { currentDetails } from "./details.ts";
import { CASES_QUEUE, HEARTBEAT_MS, SLACK_MS } from "./queues.ts";
import { registerWrite } from "./register-writes.ts";
import { changedAttributes } from "./search-attributes.ts";
import { ShortWay } from "./short-way.ts";

/** A timer that the server learns of later than this is set anew, with what is left of it. */
const LATE_MS = 250;

type ConnectorActivity = (request: CallRequest) => Promise<Outcome | Found>;

/** Speaks to another case; waits as long as Temporal's frontend is away. */
export const reportActivities = proxyActivities<CaseActivities>({
  startToCloseTimeout: "30s",
  taskQueue: CASES_QUEUE,
  summary: "report to the case that opened this one",
});

/** What a case asks of the register, each with its sentence in the Temporal UI. */
export const registerActivities: Pick<CaseActivities, "case.open" | "case.record" | "case.publish" | "case.ahead"> = {
  "case.open": registerWrite("case.open", CASES_QUEUE, "Receive the request and pin its service"),
  "case.record": registerWrite("case.record", CASES_QUEUE, "Note in the effect ledger what a person found"),
  "case.ahead": registerWrite("case.ahead", CASES_QUEUE, "Ask the effect ledger what a lost run of the case has done"),
  "case.publish": registerWrite("case.publish", CASES_QUEUE, "Publish the status in the register"),
};

/** A moment to come. `told`: the server may know its timer. */
interface Moment {
  readonly since: number;
  readonly due: number;
  scope: CancellationScope;
  readonly rearm: () => void;
  told: boolean;
}

/** The runtime of one run of a case. */
export class TemporalRuntime implements Runtime {
  readonly restartable: boolean;
  readonly #state: CaseState;
  readonly #short: ShortWay | undefined;
  readonly #moments = new Set<Moment>();

  constructor(state: CaseState) {
    this.#state = state;
    this.restartable = !isHandWritten(state.service);
    this.#short = state.shortWay ? new ShortWay(state.shortWay, () => this.#setTimers()) : undefined;
  }

  now(): number {
    return Date.now();
  }

  /** A message was taken. */
  heard(): void {
    this.#short?.noteInput();
  }

  call(command: CallCommand): Promise<Outcome> {
    const short = this.#short;
    if (!short) return this.#queued(command);
    const queued = () => this.#queued(command);
    return short.tries(command) ? short.call(command, queued) : short.durably(queued);
  }

  #queued(command: CallCommand): Promise<Outcome> {
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

  async lookAhead(fence: number): Promise<Ahead> {
    return registerActivities["case.ahead"]({ caseId: workflowInfo().workflowId, fence });
  }

  async wait(ready: () => boolean, until: number | undefined, summary: string): Promise<"ready" | "due"> {
    const how = await this.#waited(ready, until, summary);
    this.#short?.noteInput();
    return how;
  }

  async #waited(ready: () => boolean, until: number | undefined, summary: string): Promise<"ready" | "due"> {
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
    const now = Date.now();
    const arm = (left: number): CancellationScope => {
      const scope = new CancellationScope();
      void scope
        .run(() => sleep(left, { summary }))
        .then(() => {
          this.#moments.delete(moment);
          then();
        })
        .catch((error: unknown) => {
          if (!isCancellation(error)) throw error;
        });
      return scope;
    };
    const moment: Moment = {
      since: now,
      due: now + ms,
      told: false,
      scope: undefined as never,
      rearm: () => {
        moment.scope.cancel();
        moment.scope = arm(Math.max(1, moment.due - Date.now()));
      },
    };
    moment.scope = arm(ms);
    this.#moments.add(moment);
    return () => {
      this.#moments.delete(moment);
      moment.scope.cancel();
    };
  }

  /** The server counts a timer from the end of the workflow task, which short calls put off: what has passed since is taken off. */
  #setTimers(): void {
    for (const moment of this.#moments) {
      if (!moment.told && Date.now() - moment.since >= LATE_MS) moment.rearm();
      moment.told = true;
    }
  }

  async publish(status: CaseStatus): Promise<void> {
    setCurrentDetails(currentDetails(status));
    const changed = changedAttributes(status, workflowInfo().typedSearchAttributes);
    if (changed.length > 0) upsertSearchAttributes(changed);
    const { shortWay } = this.#state;
    if (shortWay?.shown) {
      delete shortWay.shown;
      return;
    }
    await registerActivities["case.publish"](status, shortWay?.fence);
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

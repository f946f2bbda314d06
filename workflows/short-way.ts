/**
 * The short way of a call (DESIGN section 3): a local activity of the case's own worker, one attempt. Its result is written into the history only
 * when the workflow task ends, so a task that is lost runs its whole chain again, perhaps behind a message that came meanwhile. What keeps that
 * harmless: writes answer from the effect ledger; before a write is sent, all that decided on it stands in the history or in the ledger
 * (`#mustEndTask`); and a stop first looks ahead into the ledger (`Case.isBehind`). The worker decides who may go; its answer is in the history.
 */
import { isCancellation, proxyActivities, proxyLocalActivities } from "@temporalio/workflow";
import type { CallCommand } from "../cases/runtime.ts";
import type { ShortWayState } from "../cases/state.ts";
import { milliseconds } from "../connectors/contract.ts";
import { operationById } from "../connectors/contracts.ts";
import type { Outcome, ShortAnswer, ShortRequest } from "../connectors/outcome.ts";
import { oneAtATime } from "./one-local.ts";
import { CASES_QUEUE, HEARTBEAT_MS, SLACK_MS } from "./queues.ts";

/**
 * A call that comes later in a chain of short calls ends the workflow task, so that messages enter and results are written: it is an ordinary
 * activity of the cases' own queue. (A timer of 1 ms would take a second: the server looks at timers no more often.)
 */
const CHAIN_MS = 3_000;
/** After a call that certainly was not sent, the next ones to its system do not try the short way for this time. */
const AFTER_TROUBLE_MS = 10_000;
/**
 * A worker answers within two seconds (`activities/short-calls.ts`); what takes longer was stalled. With the time of a chain, and of what comes
 * before it, shorter than the 8 s after which the task would be prolonged (see `register-writes.ts`).
 */
const START_TO_CLOSE = "2800ms";

type ShortActivity = (request: ShortRequest) => Promise<ShortAnswer>;

/** The short way of one run of a case. */
export class ShortWay {
  readonly #state: ShortWayState;
  /** Called before something that ends the workflow task. */
  readonly #beforeTaskEnds: () => void;
  /** What came in and is written only when the workflow task ends: messages, answers of reads. Counted, with the count that is known to be written. */
  #came = 0;
  #written = 0;
  #chainSince: number | undefined;
  #busy = false;

  constructor(state: ShortWayState, beforeTaskEnds: () => void) {
    this.#state = state;
    this.#beforeTaskEnds = beforeTaskEnds;
  }

  /** A message was taken, or a rest has ended: a write that follows from it must not begin before it is written. */
  noteInput(): void {
    this.#came += 1;
  }

  /** Runs something that begins with a command to the server: when it has ended, all that came before it is written. */
  durably<T>(run: () => Promise<T>): Promise<T> {
    this.#beforeTaskEnds();
    const before = this.#came;
    return run().finally(() => {
      this.#written = Math.max(this.#written, before);
      this.#chainSince = undefined;
    });
  }

  /** Whether the call tries the short way; otherwise it goes to its queue at once. */
  tries({ operation, alone, request }: CallCommand): boolean {
    if (!alone || request.send > 1 || this.#busy) return false;
    return (this.#state.queuedUntil[known(operation).contract] ?? 0) <= Date.now();
  }

  // One function, since a promise is dear in Temporal's sandbox.
  /** Makes the call the short way, or where that does not take it by `queued`. */
  async call(command: CallCommand, queued: () => Promise<Outcome>): Promise<Outcome> {
    const request: ShortRequest = { ...command.request, verb: "send", fence: this.#state.fence };
    let answer: ShortAnswer;
    this.#busy = true;
    try {
      if (this.#mustEndTask(command)) answer = await this.durably(() => ownQueue(command, command.summary)(request));
      else answer = await oneAtATime(() => local(command)(request));
    } catch (error) {
      if (isCancellation(error)) throw error;
      // An activity that failed, in the worker or in time, says nothing of the call: what it came to is collected. Which error that is differs in a
      // replay (core 1.24: a local activity's failure comes wrapped the first time, bare afterwards), so that it is not looked at.
      answer = { kind: "under-way" };
    } finally {
      this.#busy = false;
    }
    if (answer.kind === "under-way") {
      const summary = `wait for the answer: ${command.summary}`;
      answer = await this.durably(() => ownQueue(command, summary)({ ...request, verb: "collect" }));
    }
    return this.#outcomeOf(command, answer) ?? this.durably(queued);
  }

  /** A write waits until its reasons are written, and any call where the chain has lasted. */
  #mustEndTask({ operation }: CallCommand): boolean {
    const now = Date.now();
    this.#chainSince ??= now;
    return now - this.#chainSince >= CHAIN_MS || (known(operation).effect !== "read" && this.#came > this.#written);
  }

  /** The call's outcome; undefined when it goes to its queue. */
  #outcomeOf({ operation }: CallCommand, answer: ShortAnswer): Outcome | undefined {
    const { contract, effect } = known(operation);
    switch (answer.kind) {
      case "deferred":
        this.#rest(contract, answer.forMs);
        return undefined;
      case "not-sent":
      case "under-way":
        this.#rest(contract, AFTER_TROUBLE_MS);
        return undefined;
      case "done":
      case "rejected":
        // The ledger gives a write's result again; a read may answer otherwise.
        if (effect === "read") this.noteInput();
        return answer;
      default:
        this.noteInput();
        return answer;
    }
  }

  #rest(contract: string, forMs: number): void {
    this.#state.queuedUntil[contract] = Date.now() + forMs;
  }
}

function local({ operation, summary }: CallCommand): ShortActivity {
  const activities = proxyLocalActivities<Record<string, ShortActivity>>({
    startToCloseTimeout: START_TO_CLOSE,
    retry: { maximumAttempts: 1 },
    summary,
  });
  return activities[operation] as ShortActivity;
}

/** An ordinary activity in the cases' own queue, which no gate holds. */
function ownQueue({ operation }: CallCommand, summary: string): ShortActivity {
  const activities = proxyActivities<Record<string, ShortActivity>>({
    taskQueue: CASES_QUEUE,
    startToCloseTimeout: milliseconds(known(operation).deadline) + SLACK_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
    summary,
  });
  return activities[operation] as ShortActivity;
}

function known(operation: string) {
  const found = operationById(operation);
  if (!found) throw new TypeError(`there is no operation ${operation}`);
  return found;
}

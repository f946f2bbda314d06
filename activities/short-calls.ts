/**
 * Calls on the short way, by the cases' own worker (DESIGN section 3): as local activities, or as ordinary ones where the workflow task must end.
 * A call that takes longer than a local activity may go on holding the workflow task goes on here, in the same attempt, and an ordinary activity
 * collects its answer. So a call is never cut off, whatever becomes of the task.
 */
import { randomUUID } from "node:crypto";
import { activityInfo, Context } from "@temporalio/activity";
import { type Operation, operationsOf } from "../connectors/contract.ts";
import { CallFailure } from "../connectors/failure.ts";
import type { CallRequest, ShortAnswer, ShortRequest } from "../connectors/outcome.ts";
import { AnotherAttempt, execute } from "./execute.ts";
import { readLedger } from "./ledger-word.ts";
import type { Attempt, BoundSystem } from "./system.ts";

/** A local activity waits so long, and so long may pass until its intent is written; the workflow task, and messages with it, are held meanwhile. */
const HAND_OVER_MS = 2_000;
/** Bound on reads on the short way, where the contract's own is longer. */
const READ_MS = 5_000;
/** An intent that is being written is seen within this time. */
const INTENT_MS = 8_000;
/** An attempt that lives has settled its row this long after its deadline. */
const GRACE_MS = 3_000;
/** How long an answer waits to be collected. */
const KEPT_MS = 60_000;
const POLL_MS = 250;
const HEARTBEAT_MS = 3_000;

/** Says who may take the short way to one system. */
export interface ShortWayGuard {
  /** What gives the place back; or why the call is deferred. */
  enter(operation: Operation): Promise<(() => void) | Extract<ShortAnswer, { kind: "deferred" }>>;
  /** The system did not take a call, or gave no clear answer. */
  trouble(): void;
}

/** A call in flight, or one whose answer waits to be collected. */
class Flight {
  readonly answer: Promise<ShortAnswer>;
  /** The answer is there. */
  over = false;
  readonly #isRead: boolean;
  readonly #until: number;
  #begun = false;

  /** `withinMs`: a write that is sent at all begins within this time. */
  constructor(isRead: boolean, withinMs: number, run: (maySend: () => boolean) => Promise<ShortAnswer>) {
    this.#isRead = isRead;
    this.#until = performance.now() + withinMs;
    this.answer = run(() => (this.#begun ||= performance.now() < this.#until)).finally(() => {
      this.over = true;
    });
  }

  /** A write that has not begun to send when its caller leaves never will. */
  get isVain(): boolean {
    return !this.#isRead && !this.#begun && performance.now() >= this.#until;
  }
}

/** Local activities never are cancelled in the middle of a call: another run of the same task would find it lost. */
const never = new AbortController().signal;

/** The short calls of one worker. */
export class ShortCalls {
  readonly #flights = new Map<string, Flight>();

  /** Local and collecting activities of one system, by operation. */
  activities(system: BoundSystem, guard: ShortWayGuard): Record<string, (request: ShortRequest) => Promise<ShortAnswer>> {
    const each = operationsOf(system.adapter.contract).map((operation) => {
      const run = async (request: ShortRequest) => {
        const { isLocal, attempt } = activityInfo();
        if (isLocal) return this.#send(system, guard, operation, request, HAND_OVER_MS);
        // A second attempt only sees what became of the first.
        const mayBegin = request.verb === "send" && attempt === 1;
        return heartbeating(() =>
          mayBegin ? this.#send(system, guard, operation, request, Number.POSITIVE_INFINITY) : this.#collect(system, operation, request),
        );
      };
      return [operation.id, run] as const;
    });
    return Object.fromEntries(each);
  }

  /** Resolves when no call is in flight. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()].map(({ answer }) => answer));
  }

  async #send(
    system: BoundSystem,
    guard: ShortWayGuard,
    operation: Operation,
    request: ShortRequest,
    withinMs: number,
  ): Promise<ShortAnswer> {
    const id = idOf(operation, request);
    // The same task is run again while the first attempt is under way: both have one answer.
    const present = () => this.#flights.get(id);
    if (present()?.over === false) return this.#wait(id, present() as Flight, withinMs);
    const leave = await guard.enter(operation);
    if (typeof leave !== "function") return leave;
    if (present()?.over === false) {
      leave();
      return this.#wait(id, present() as Flight, withinMs);
    }
    const flight = new Flight(operation.effect === "read", withinMs, (maySend) =>
      answerOf(system, operation, request, attemptOf(request, maySend))
        .then((answer) => {
          if (answer.kind === "not-sent" || answer.kind === "unknown") guard.trouble();
          return answer;
        })
        .finally(leave),
    );
    this.#flights.set(id, flight);
    // An answer that is collected in another process, by the ledger, is not kept here for ever.
    void flight.answer.then(
      () => this.#forget(id, flight),
      () => this.#forget(id, flight),
    );
    return this.#wait(id, flight, withinMs);
  }

  #forget(id: string, flight: Flight): void {
    setTimeout(() => {
      if (this.#flights.get(id) === flight) this.#flights.delete(id);
    }, KEPT_MS).unref();
  }

  /** The answer, or after a while that it is under way; what is certain not to be sent any more is said at once. */
  async #wait(id: string, flight: Flight, withinMs: number): Promise<ShortAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      if (Number.isFinite(withinMs)) timer = setTimeout(() => resolve(undefined), withinMs);
    });
    try {
      const answer = await Promise.race([flight.answer, late]);
      if (answer === undefined && !flight.isVain) return { kind: "under-way" };
      this.#flights.delete(id);
      return answer ?? { kind: "not-sent", reason: "SLOW: nothing was sent in the time of a short call" };
    } finally {
      clearTimeout(timer);
    }
  }

  /** In the process that makes the call its answer is waited for; elsewhere it comes by the ledger, or not at all when that process died. */
  async #collect(system: BoundSystem, operation: Operation, request: ShortRequest): Promise<ShortAnswer> {
    const id = idOf(operation, request);
    const flight = this.#flights.get(id);
    if (flight) {
      const answer = await flight.answer;
      this.#flights.delete(id);
      if (answer.kind !== "under-way") return answer;
    }
    if (operation.effect === "read") return { kind: "not-sent", reason: "LOST" };
    return this.#fromLedger(system, operation, request);
  }

  async #fromLedger(system: BoundSystem, operation: Operation, request: ShortRequest): Promise<ShortAnswer> {
    const since = performance.now();
    for (;;) {
      const found = await readLedger(system, operation, sendOf(request));
      if (found.kind === "nothing") {
        if (performance.now() - since > INTENT_MS) return { kind: "not-sent", reason: "LOST" };
      } else if (found.kind !== "intended") return found;
      else if (Date.now() > found.until + GRACE_MS || performance.now() - since > found.lastsMs + GRACE_MS) return found.lost;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

async function heartbeating<T>(run: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await run();
  } finally {
    clearInterval(heartbeat);
  }
}

async function answerOf(system: BoundSystem, operation: Operation, request: ShortRequest, attempt: Attempt): Promise<ShortAnswer> {
  try {
    const outcome = await execute(system, operation, sendOf(request), attempt);
    // A read may be made again at leisure.
    return operation.effect === "read" && outcome.kind === "unknown" ? { kind: "not-sent", reason: outcome.reason } : outcome;
  } catch (error) {
    if (error instanceof AnotherAttempt) return { kind: "under-way" };
    if (error instanceof CallFailure) return { kind: "not-sent", reason: `${error.detail.code}: ${error.message}` };
    throw error;
  }
}

function attemptOf({ fence }: ShortRequest, maySend: () => boolean): Attempt {
  const { workflowExecution, activityId } = activityInfo();
  // A run of the same task gives its activities the same ids again.
  const id = `${workflowExecution?.runId ?? "standalone"}/${activityId}/short/${randomUUID()}`;
  return { id, number: 1, signal: never, short: { readMs: READ_MS, fence, maySend } };
}

const sendOf = ({ key, send, input }: ShortRequest): CallRequest => ({ key, send, input, verb: "send" });

const idOf = (operation: Operation, { key, send }: ShortRequest): string => `${operation.id} ${key} ${send}`;

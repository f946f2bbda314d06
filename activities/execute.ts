/**
 * Executes one call of a system and says what it came to (DESIGN section 5). A write sends only after its intent stands in the effect
 * ledger, and of two attempts only one can send; whatever fails before that is certainly not sent and may be repeated.
 */
import type { CallContext } from "../connectors/adapter.ts";
import type { Operation } from "../connectors/contract.ts";
import { CallFailure, notSent } from "../connectors/failure.ts";
import type { Json } from "../connectors/json.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import { inCall } from "../connectors/transport/observe.ts";
import type { EffectRow, Settlement } from "../register/effects.ts";
import { isUnreachable } from "../register/errors.ts";
import { type CheckedAnswer, checkedAnswer } from "./checked-answer.ts";
import { Deadline, tooLate } from "./deadline.ts";
import { hashOf } from "./input-hash.ts";
import { keepEvidence } from "./keep-evidence.ts";
import { deadlineOf, duplicate, unknownOf, wordOf } from "./ledger-word.ts";
import { meet } from "./meeting.ts";
import { settleSurely } from "./settle-surely.ts";
import type { Attempt, BoundSystem } from "./system.ts";
import { issuesOf, nameOf, stackOf } from "./without-values.ts";
import { type WorkerTime, wallTime } from "./worker-time.ts";

/** Another attempt, or an earlier send, holds the row: this one sends nothing. */
class NotOurs extends Error {}

/** On the short way: another attempt at this send is under way, in this process or another, and its outcome may still come. */
export class AnotherAttempt extends Error {
  override readonly name = "AnotherAttempt";
}

/** One send. Throws `CallFailure` "not-sent" only; every other outcome is a value. */
export async function execute(system: BoundSystem, operation: Operation, request: CallRequest, attempt: Attempt): Promise<Outcome> {
  const input = operation.input.safeParse(request.input);
  if (!input.success) return { kind: "invalid", issues: issuesOf(input.error.issues) };
  const call = new Call(system, operation, request, attempt, input.data as Json);
  const began = call.time.now();
  const outcome = await (operation.effect === "read" ? call.read() : call.write());
  system.times?.note(operation.id, call.time.now() - began);
  keepEvidence(system, { operation: operation.id, request, attempt, outcome, failure: call.failure, began });
  return outcome;
}

/** Looks the effect of an earlier send up; sends nothing. Throws `CallFailure` "not-sent" while the system is away. */
export async function lookUp(system: BoundSystem, operation: Operation, request: CallRequest, attempt: Attempt): Promise<Found> {
  return new Call(system, operation, request, attempt, request.input).find();
}

class Call {
  readonly #system: BoundSystem;
  readonly #operation: Operation;
  readonly #request: CallRequest;
  readonly #attempt: Attempt;
  readonly #input: Json;
  readonly #deadlineMs: number;
  readonly #deadline: Deadline;
  readonly time: WorkerTime;
  /** When this attempt wrote the intent; undefined while nothing of it can have been sent. */
  #intendedAt: number | undefined;
  /** What the adapter or the transport said last. */
  failure: CallFailure | undefined;

  constructor(system: BoundSystem, operation: Operation, request: CallRequest, attempt: Attempt, input: Json) {
    this.#system = system;
    this.#operation = operation;
    this.#request = request;
    this.#attempt = attempt;
    this.#input = input;
    this.time = system.time ?? wallTime;
    const readMs = operation.effect === "read" ? attempt.short?.readMs : undefined;
    this.#deadlineMs = Math.min(deadlineOf(system, operation), readMs ?? Number.POSITIVE_INFINITY);
    this.#deadline = new Deadline(this.#deadlineMs + system.adapter.queueMs, attempt.signal, this.time);
  }

  async read(): Promise<Outcome> {
    try {
      const { output, warnings } = await this.#perform((send) => send());
      return warnings ? { kind: "done", output, warnings } : { kind: "done", output };
    } catch (error) {
      const failure = this.#asFailure(error);
      if (failure === undefined) return this.#defect(error);
      if (failure.kind === "rejected") return { kind: "rejected", code: failure.detail.code, message: failure.message };
      if (failure.kind === "not-sent" || failure.kind === "misconfigured") throw await this.#notSent(failure);
      return this.#unknown(`${failure.detail.code}: ${failure.message}`, this.time.now());
    }
  }

  async write(): Promise<Outcome> {
    // The first attempt at the first send has no row yet: its own intent will tell otherwise.
    if (this.#attempt.number > 1 || this.#request.send > 1) {
      const known = this.#fromRows(await this.#rows());
      if (known) {
        this.#deadline.end();
        return known;
      }
    }
    let done: CheckedAnswer;
    try {
      done = await this.#perform((send) => this.#effect(send));
    } catch (error) {
      if (error instanceof NotOurs) return this.#othersOutcome(await this.#rows());
      return this.#failedWrite(error);
    }
    const { output, warnings } = done;
    const verdict = await this.#settle({ state: "done", output, ...(warnings ? { warnings } : {}) });
    if (verdict === "duplicate-effect") {
      // The case may have gone on without this attempt, and then learns nothing of it.
      this.#system.log.error({ operation: this.#operation.id, key: this.#request.key }, duplicate.message);
      return duplicate;
    }
    return warnings ? { kind: "done", output, warnings } : { kind: "done", output };
  }

  /** What another attempt, or an earlier send, has come to. */
  #othersOutcome(rows: EffectRow[]): Outcome {
    const known = this.#fromRows(rows);
    const intended = rows.some((one) => one.send === this.#request.send && one.state === "intended");
    // On the short way nothing is said yet of an intent that may be under way, nor where there is no row: a run that was overtaken may not send.
    if (this.#attempt.short && (intended || known === undefined)) throw new AnotherAttempt();
    return known ?? this.#unknown("another attempt is under way", this.time.now());
  }

  async find(): Promise<Found> {
    const lookUp = this.#system.adapter.find[this.#operation.name];
    try {
      if (!lookUp) return { kind: "unsure", reason: `${this.#system.adapter.name} has no look-up for ${this.#operation.id}` };
      const found = await this.#meeting(() =>
        this.#deadline.race(() => lookUp(this.#input as never, this.#context((send) => send()) as CallContext<never>)),
      );
      if (found === undefined) return { kind: "absent" };
      const output = checkedAnswer(this.#operation, found).output;
      await this.#system.ledger.record({ ...this.#intent(), settled: { state: "done", output } });
      return { kind: "found", output };
    } catch (error) {
      const failure = this.#asFailure(error);
      if (failure?.kind === "not-sent" || failure?.kind === "misconfigured") throw await this.#notSent(failure);
      return { kind: "unsure", reason: failure?.detail.code ?? "INTERNAL" };
    }
  }

  /** Runs the adapter's operation and checks what it gives against the contract. */
  async #perform(effect: CallContext<unknown>["effect"]): Promise<CheckedAnswer> {
    const run = this.#system.adapter.operations[this.#operation.name];
    if (!run) throw new TypeError(`${this.#system.adapter.name} does not implement ${this.#operation.id}`);
    return this.#meeting(async () =>
      checkedAnswer(
        this.#operation,
        await this.#deadline.race(() => run(this.#input as never, this.#context(effect) as CallContext<never>)),
      ),
    );
  }

  #meeting<T>(run: () => Promise<T>): Promise<T> {
    const longestMs = this.#deadlineMs + this.#system.adapter.queueMs;
    // The key has case and step, and no personal data.
    const call = { correlationId: this.#request.key, operation: this.#operation.id };
    const restart = () => this.#deadline.restart(longestMs);
    return meet(this.#system, longestMs, restart, () => inCall(call, run));
  }

  #context(effect: CallContext<unknown>["effect"]): CallContext<unknown> {
    const { session, ports } = this.#system;
    return {
      session,
      ports,
      key: this.#request.key,
      signal: this.#deadline.signal,
      effect,
      restartDeadline: () => this.#deadline.restart(this.#deadlineMs),
    };
  }

  /** The ledger's intent, then the one request that has the effect. */
  async #effect<T>(send: () => Promise<T>): Promise<T> {
    if (this.#deadline.signal.aborted) throw tooLate();
    const { short, id } = this.#attempt;
    if (short && !short.maySend()) throw notSent("HANDED_OVER", "the call takes longer than a short one may, and goes to its queue");
    const asked = this.time.now();
    const intent = { ...this.#intent(), attempt: id, ...(short ? { fence: short.fence } : {}) };
    const intended = await this.#ledgerOrNotSent(() => this.#system.ledger.intend(intent));
    if (!intended) throw new NotOurs();
    this.#intendedAt = this.time.now();
    try {
      // A process that stood still meanwhile has been given up: whoever settled its intent would meet a second effect.
      if (this.#deadline.signal.aborted || this.time.now() - asked > this.#deadlineMs) throw tooLate();
      return await send();
    } catch (error) {
      const failure = this.#asFailure(error);
      if (failure?.kind === "not-sent" || failure?.kind === "misconfigured") {
        await this.#settle({ state: "not-sent", reason: failure.detail.code });
        this.#intendedAt = undefined;
      }
      throw error;
    }
  }

  async #failedWrite(error: unknown): Promise<Outcome> {
    const failure = this.#asFailure(error);
    if (this.#intendedAt === undefined && (failure === undefined || failure.kind === "rejected")) {
      // Of what an attempt before this one did, a refusal or a defect of now says nothing.
      const known = this.#fromRows(await this.#rows());
      if (known) return known;
    }
    if (failure?.kind === "rejected") {
      const { code } = failure.detail;
      await this.#settle({ state: "rejected", code, message: failure.message });
      return { kind: "rejected", code, message: failure.message };
    }
    if (failure?.kind === "not-sent" || failure?.kind === "misconfigured") throw await this.#notSent(failure);
    // Kept here: an adapter that outlived the deadline may still find out that it sent nothing.
    const intendedAt = this.#intendedAt;
    if (intendedAt === undefined) {
      // Before the intent nothing can have happened: a defect parks, a lost answer is simply tried again.
      if (failure === undefined) return this.#defect(error);
      throw notSent(failure.detail.code, `before the effect: ${failure.message}`);
    }
    const reason = failure ? `${failure.detail.code}: ${failure.message}` : `INTERNAL: ${nameOf(error)}`;
    if (!failure)
      this.#system.log.error({ operation: this.#operation.id, key: this.#request.key, error: nameOf(error) }, "a defect after the intent");
    await this.#settle({ state: "unknown", reason });
    return this.#unknown(reason, intendedAt);
  }

  /** What the rows of this key already say; undefined when this attempt may go on to send. */
  #fromRows(rows: EffectRow[]): Outcome | undefined {
    return wordOf(rows, this.#request.send, this.#inputHash(), (reason, intendedAt) => this.#unknown(reason, intendedAt));
  }

  #unknown(reason: string, intendedAt: number): Outcome {
    return unknownOf(this.#system, this.#operation, this.#request.send, this.#deadlineMs, reason, intendedAt);
  }

  #defect(error: unknown): Outcome {
    this.#system.log.error(
      { operation: this.#operation.id, key: this.#request.key, error: nameOf(error), stack: stackOf(error) },
      "a defect in an adapter",
    );
    return {
      kind: "failed",
      code: "INTERNAL",
      message: `a defect in the adapter ${this.#system.adapter.name} (${nameOf(error)}); nothing was sent`,
    };
  }

  /** Misconfiguration closes the system's gate and is otherwise "not sent". */
  async #notSent(failure: CallFailure): Promise<CallFailure> {
    if (failure.kind !== "misconfigured") return failure;
    await this.#system.closeGate(this.#system.contract, `${failure.detail.code}: ${failure.message}`);
    return notSent(failure.detail.code, failure.message, failure.detail.retryAfterMs);
  }

  #asFailure(error: unknown): CallFailure | undefined {
    if (error instanceof CallFailure) return (this.failure = error);
    if (isUnreachable(error)) return notSent("REGISTER_UNREACHABLE", "the register cannot be reached");
    return undefined;
  }

  #settle(settlement: Settlement) {
    const { ledger, log } = this.#system;
    if (this.#intendedAt === undefined)
      return settleSurely(() => ledger.record({ ...this.#intent(), settled: settlement }), log, this.time);
    const { key, send } = this.#request;
    return settleSurely(() => ledger.settle(key, send, settlement, this.#attempt.id), log, this.time);
  }

  #rows(): Promise<EffectRow[]> {
    return this.#ledgerOrNotSent(() => this.#system.ledger.rows(this.#request.key));
  }

  async #ledgerOrNotSent<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (isUnreachable(error)) throw notSent("REGISTER_UNREACHABLE", "the effect ledger cannot be reached, so nothing is sent");
      throw error;
    }
  }

  #intent() {
    const { key, send } = this.#request;
    const caseId = key.slice(0, key.indexOf("/"));
    return {
      key,
      send,
      caseId,
      operation: this.#operation.id,
      adapter: this.#system.adapter.name,
      inputHash: this.#inputHash(),
      deadlineMs: this.#deadlineMs,
    };
  }

  #hash: string | undefined;
  #inputHash(): string {
    this.#hash ??= hashOf(this.#input);
    return this.#hash;
  }
}

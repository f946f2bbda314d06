/**
 * A running case: its state, how it rests, parks, stops and is published. Calls, mailbox and clock build on it; so do the
 * interpreter of YAML services and workflows written by hand.
 */
import { type ExpressionError as ExpressionErrorType, ExpressionError } from "../catalogue/json-value.ts";
import type { JsonObject } from "../connectors/json.ts";
import { holdsBack, type Problem } from "./problem.ts";
import { RestartFromState, type Runtime, Stopped } from "./runtime.ts";
import { snapshot } from "./snapshot.ts";
import type { CaseState, StepRecord, Waiting } from "./state.ts";
import type { HistoryEntry, Text } from "./status.ts";
import type { Repair } from "./message.ts";

/** A stretch of calls longer than this is published step by step. */
const STRETCH_MS = 5_000;

export interface OpenCall {
  path: string;
  operation: string;
}

export class Case {
  readonly state: CaseState;
  readonly runtime: Runtime;
  /** The call under way; not part of the state, since a case never restarts with a call open. */
  openCall: OpenCall | undefined;
  #dirty = false;
  #publishing: Promise<void> | undefined;
  #cancelStretch: (() => void) | undefined;
  #slow = false;

  constructor(state: CaseState, runtime: Runtime) {
    this.state = state;
    this.runtime = runtime;
  }

  get id(): string {
    return this.state.id;
  }

  now(): string {
    return new Date(this.runtime.now()).toISOString();
  }

  // Publishing

  /** Publishes the state as it is now, or right after the publication under way; returns the number under which it will appear. */
  touch(): number {
    this.#dirty = true;
    if (this.#publishing) return this.state.number + 1;
    this.#publishing = this.#drain();
    return this.state.number;
  }

  /** True when nothing waits to be published. */
  get quiet(): boolean {
    return this.#publishing === undefined;
  }

  /** Resolves when everything touched so far is in the register. */
  async flush(): Promise<void> {
    while (this.#publishing) await this.#publishing;
  }

  async #drain(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      this.state.number += 1;
      await this.runtime.publish(snapshot(this));
    }
    this.#publishing = undefined;
  }

  /** A stretch of calls begins: if it lasts, each further step is published. */
  beginStretch(): void {
    this.#cancelStretch ??= this.runtime.after(STRETCH_MS, "publish the status of a long stretch", () => {
      this.#slow = true;
      this.touch();
    });
  }

  endStretch(): void {
    this.#cancelStretch?.();
    this.#cancelStretch = undefined;
    this.#slow = false;
  }

  // Steps

  started(path: string, operation?: string): StepRecord {
    const known = this.state.steps[path];
    if (known) return known;
    const record: StepRecord = { state: "running", startedAt: this.now(), ...(operation === undefined ? {} : { operation }) };
    this.state.steps[path] = record;
    if (this.#slow) this.touch();
    return record;
  }

  finished(path: string, state: StepRecord["state"], result?: JsonObject, note?: string): void {
    const record = this.started(path);
    record.state = state;
    record.endedAt = this.now();
    if (result !== undefined) record.result = result;
    if (note !== undefined) record.note = note;
  }

  /** True when the step has come to its end in this run or an earlier one. */
  isFinished(path: string): boolean {
    const record = this.state.steps[path];
    return record !== undefined && record.state !== "running";
  }

  tell(event: HistoryEntry["event"], text: Text, of: { path?: string; public?: boolean; by?: string } = {}): void {
    const entry: HistoryEntry = { at: this.now(), event, text, public: of.public ?? false };
    if (of.path !== undefined) entry.path = of.path;
    if (of.by !== undefined) entry.by = of.by;
    this.state.history.push(entry);
  }

  // Stopping and restarting

  /** A withdrawal or cancellation takes effect only when no call is open and no outcome unknown. */
  stopDue(): boolean {
    return this.state.stop !== undefined && this.state.ending === undefined && this.openCall === undefined && !holdsBack(this.state);
  }

  /** Between two steps: here a withdrawal takes effect. */
  checkpoint(): void {
    if (this.stopDue()) throw new Stopped();
  }

  /** After a finished step or round, with no call open: here a forced restart happens. */
  restartPoint(): void {
    if (this.runtime.restartable && this.state.restart === "every-step") throw new RestartFromState();
  }

  /** Waits at rest. Throws `Stopped` when a withdrawal takes effect meanwhile. */
  async rest(waiting: Waiting, ready: () => boolean, until?: number): Promise<"ready" | "due"> {
    this.checkpoint();
    if (ready()) return "ready";
    if (this.runtime.restartable && this.runtime.restartSuggested()) throw new RestartFromState();
    this.endStretch();
    this.state.waiting = waiting;
    this.touch();
    const woken = await this.runtime.wait(() => ready() || this.stopDue(), until, waiting.text.en);
    if (this.state.waiting) {
      delete this.state.waiting;
      this.touch();
    }
    this.beginStretch();
    this.checkpoint();
    return woken;
  }

  // Parking

  /** Waits until an operator repairs the problem; the same problem is found again after a restart. */
  async park(problem: Omit<Problem, "id" | "since">): Promise<Repair> {
    const known = Object.values(this.state.problems).find((one) => one.path === problem.path && one.code === problem.code);
    const parked = known ?? this.#open(problem);
    try {
      await this.rest(
        { for: "operator", path: parked.path, text: { en: parked.title, it: "in attesa di un operatore" } },
        () => parked.repair !== undefined,
      );
    } catch (error) {
      if (error instanceof Stopped) delete this.state.problems[parked.id];
      throw error;
    }
    delete this.state.problems[parked.id];
    return parked.repair as Repair;
  }

  #open(problem: Omit<Problem, "id" | "since">): Problem {
    this.state.problemCount += 1;
    const parked = { ...problem, id: `${problem.path}.p${this.state.problemCount}`, since: this.now() };
    this.state.problems[parked.id] = parked;
    this.tell("parked", { en: parked.title, it: "La pratica attende un operatore" }, { path: parked.path });
    return parked;
  }

  /** Evaluates something written in the service; a failing expression parks the case instead of failing it. */
  async evaluated<T>(path: string, compute: () => T): Promise<T> {
    for (;;) {
      try {
        return compute();
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        await this.park(expressionProblem(path, error));
      }
    }
  }
}

const expressionProblem = (path: string, error: ExpressionErrorType): Omit<Problem, "id" | "since"> => ({
  path,
  code: `expression:${error.code}`,
  title: `An expression of step ${path} gives no value: ${error.message}`,
  advice: "Correct the service and let the case adopt it, or cancel the case. Retry evaluates the expression again.",
  verbs: ["retry", "cancel"],
});

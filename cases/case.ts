/**
 * A running case: its state, what is published of it, and where its strands stand. Calls, mailbox and clock build on it; so do the
 * interpreter of YAML services and workflows written by hand, each through a `Strand`.
 */
import type { JsonObject } from "../connectors/json.ts";
import { holdsBack } from "./problem.ts";
import type { Ahead, Runtime } from "./runtime.ts";
import { snapshot } from "./snapshot.ts";
import type { CaseState, StepRecord } from "./state.ts";
import type { HistoryEntry, Text } from "./status.ts";

/** A stretch of calls longer than this is published step by step. */
const STRETCH_MS = 5_000;

/** A call under way; not part of the state, since a case never restarts with a call open. */
export interface CallUnderWay {
  path: string;
  operation: string;
}

export class Case {
  readonly state: CaseState;
  readonly runtime: Runtime;
  readonly underWay = new Set<CallUnderWay>();
  /** Strands that work, and those of them that rest or are held at a point where the case may stop or restart. */
  strands = 1;
  held = 0;
  /** Set when the case is to restart from its state as soon as every strand is held. */
  restartWanted = false;
  #dirty = false;
  #publishing: Promise<void> | undefined;
  #cancelStretch: (() => void) | undefined;
  #slow = false;
  #ahead: Promise<Ahead> | undefined;
  #restarting = false;

  constructor(state: CaseState, runtime: Runtime) {
    this.state = state;
    this.runtime = runtime;
    state.waiting = {};
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
      // Numbers follow the clock: a case that was reset in Temporal counts from an earlier state, and must still publish higher ones.
      this.state.number = Math.max(this.state.number + 1, this.runtime.now());
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

  /** A withdrawal or cancellation was recorded and has not taken effect. */
  get stopRequested(): boolean {
    return this.state.stop !== undefined && this.state.ending === undefined;
  }

  /** It takes effect only when no call is open and no outcome unknown. */
  stopDue(): boolean {
    return this.stopRequested && this.underWay.size === 0 && !holdsBack(this.state);
  }

  /**
   * True while the ledger holds effects that the case does not know: a run of it whose history was lost, because its worker died or a message came
   * as it was about to close, had come further on the short way. It goes on until it has caught up, and only then a stop takes effect. Calls that
   * this passes answer from the ledger.
   */
  async isBehind(): Promise<boolean> {
    const { shortWay } = this.state;
    if (!shortWay) return false;
    this.#ahead ??= this.runtime.lookAhead((shortWay.fence += 1));
    const { keys, closed } = await this.#ahead;
    return closed || keys.some((key) => !this.#knows(key));
  }

  /** `<case id>/<path>[~generation]`; an undo comes after every stop. */
  #knows(key: string): boolean {
    return key.endsWith(".undo") || this.isFinished(key.slice(this.id.length + 1).replace(/~\d+$/, ""));
  }

  /** All strands unwind to restart: what they throw meanwhile is that, and nothing of the state is given up. */
  get restarting(): boolean {
    return this.#restarting;
  }

  /** A restart happens with no call open, when every strand is held; once that was so, all of them unwind. */
  restartDue(): boolean {
    this.#restarting ||= this.restartWanted && this.underWay.size === 0 && this.held >= this.strands;
    return this.#restarting;
  }
}

/**
 * Recovers the cases that one cause has parked: one canary, and when that has really gone on the rest at a rate. It never reports a
 * success that it has not seen: what became of each case is read from its status. It needs nothing but a `CasesClient`, and a second run
 * takes what is still parked.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageAnswer } from "../cases/message.ts";
import type { CasesClient } from "./cases-client.ts";
import { DarsenaError, type ErrorCode } from "./errors.ts";
import type { ParkedCase } from "./problem-report.ts";
import { type PlannedRecovery, type RecoveryVerb, refusedNow } from "./recovery-plan.ts";
import { type CaseEnd, endOf, lastEndOf } from "./recovery-watch.ts";

export type { CaseEnd } from "./recovery-watch.ts";

/** So many in a row that park with the same cause again end the recovery. */
const IN_A_ROW = 3;
/** Cases watched at the same time, at most; a system that is slow slows the recovery down. */
const WATCHED = 100;

/** How to recover. */
export interface RecoveryOptions {
  verb: RecoveryVerb;
  by: string;
  reason: string;
  /** Cases a second, once the canary has gone on. */
  rate: number;
  /** How long each case is watched for its going on. */
  withinMs: number;
  /** Said in the name of `by` for each case whose call may have had an effect. */
  nothingWasDone?: boolean;
  /** Stops cleanly: nothing more is tried. */
  signal?: AbortSignal;
  progress?(soFar: RecoveryReport): void;
}

/** Why a recovery ended before its last case. */
export type Stopped = "canary-did-not-go-on" | "cause-came-back" | "interrupted" | "unreachable";

/** What truly happened. */
export interface RecoveryReport {
  cause: string;
  planned: number;
  /** One entry per case that was tried, in the order in which their ends were seen. */
  ends: CaseEnd[];
  counts: Record<CaseEnd["result"], number>;
  /** Cases of the plan that were not tried; they are parked as before. */
  left: number;
  stopped?: Stopped;
}

/** Carries a plan out; rejects only for defects. */
export async function recover(client: CasesClient, plan: PlannedRecovery, options: RecoveryOptions): Promise<RecoveryReport> {
  return new Recovery(client, plan, options).run();
}

class Recovery {
  readonly #client: CasesClient;
  readonly #options: RecoveryOptions;
  readonly #queue: ParkedCase[];
  readonly #report: RecoveryReport;
  readonly #underWay = new Set<Promise<void>>();
  readonly #defects: unknown[] = [];
  readonly #interruption: Promise<undefined>;
  #inARow = 0;

  constructor(client: CasesClient, plan: PlannedRecovery, options: RecoveryOptions) {
    this.#client = client;
    this.#options = options;
    this.#interruption = interruptedBy(options.signal);
    this.#queue = [...plan.cases];
    const counts = { "went-on": 0, "same-cause": 0, "other-cause": 0, undecided: 0, refused: 0 };
    this.#report = { cause: plan.cause, planned: plan.cases.length, ends: [], counts, left: plan.cases.length };
  }

  async run(): Promise<RecoveryReport> {
    if (await this.#canary()) await this.#rest();
    if (this.#report.left > 0 && this.#interrupted) this.#report.stopped ??= "interrupted";
    return this.#report;
  }

  get #interrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** The first that is taken shows whether the cause is gone; one that is refused shows nothing. */
  async #canary(): Promise<boolean> {
    for (;;) {
      const next = this.#next();
      if (!next) return false;
      const end = await this.#tryOne(next);
      this.#note(end);
      if (end.result === "went-on") return true;
      if (end.result !== "refused") {
        if (!this.#interrupted) this.#report.stopped ??= "canary-did-not-go-on";
        return false;
      }
      await this.#pace();
    }
  }

  async #rest(): Promise<void> {
    for (;;) {
      await this.#pace();
      if (this.#underWay.size >= WATCHED) await Promise.race(this.#underWay);
      const next = this.#next();
      if (!next) break;
      const trying: Promise<void> = this.#tryOne(next)
        .then((end) => this.#note(end))
        .catch((defect: unknown) => void this.#defects.push(defect))
        .finally(() => this.#underWay.delete(trying));
      this.#underWay.add(trying);
    }
    await Promise.all(this.#underWay);
    if (this.#defects.length > 0) throw this.#defects[0];
  }

  #next(): ParkedCase | undefined {
    if (this.#report.stopped !== undefined || this.#interrupted || this.#defects.length > 0) return undefined;
    const next = this.#queue.shift();
    this.#report.left = this.#queue.length;
    return next;
  }

  async #pace(): Promise<void> {
    const { rate, signal } = this.#options;
    await sleep(1_000 / rate, undefined, { signal }).catch(() => undefined);
  }

  #note(end: CaseEnd): void {
    const { ends, counts } = this.#report;
    ends.push(end);
    counts[end.result] += 1;
    if (end.result === "same-cause") this.#inARow += 1;
    else if (end.result !== "refused") this.#inARow = 0;
    if (this.#inARow >= IN_A_ROW) this.#report.stopped ??= "cause-came-back";
    this.#options.progress?.(this.#report);
  }

  async #tryOne(one: ParkedCase): Promise<CaseEnd> {
    const { verb, by, reason } = this.#options;
    const why = refusedNow(one, this.#options);
    if (why !== undefined) return { case: one.case, result: "refused", detail: why };
    try {
      const answer = await this.#client.repair(one.case, { problem: one.problem.id, verb, by, reason });
      return await this.#watch(one, answer);
    } catch (error) {
      return this.#failed(one, error);
    }
  }

  /** Reads the status until it says what became of the repair, or the time is over. */
  async #watch(one: ParkedCase, answer: MessageAnswer): Promise<CaseEnd> {
    const { withinMs } = this.#options;
    let last: CaseEnd = { case: one.case, result: "undecided", detail: "nothing was published yet" };
    const seen = this.#client.waitFor(
      one.case,
      (status) => {
        last = lastEndOf(one, answer, status);
        return endOf(one, answer, status) !== undefined;
      },
      { timeoutMs: withinMs },
    );
    try {
      const status = await Promise.race([seen, this.#interruption]);
      if (status) return endOf(one, answer, status) ?? last;
      seen.catch(() => undefined);
      return { case: one.case, result: "undecided", detail: "the repair was taken; interrupted before its end was seen" };
    } catch (error) {
      if (error instanceof DarsenaError && error.code === "WAIT_TIMED_OUT") return last;
      throw error;
    }
  }

  #failed(one: ParkedCase, error: unknown): CaseEnd {
    if (!(error instanceof DarsenaError)) throw error;
    const told = { case: one.case, code: error.code, detail: error.detail ?? error.message };
    if (!isAway(error.code)) return { ...told, result: "refused" };
    this.#report.stopped ??= "unreachable";
    return { ...told, result: "undecided" };
  }
}

const away: readonly ErrorCode[] = ["TEMPORAL_UNAVAILABLE", "REGISTER_UNAVAILABLE", "NO_ANSWER_YET", "UNREACHABLE", "INTERNAL"];
const isAway = (code: ErrorCode): boolean => away.includes(code);

const interruptedBy = (signal: AbortSignal | undefined): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener("abort", () => resolve(undefined), { once: true });
  });

/**
 * A worker's view of one system: it counts what calls come to, and tells the supervisor when the view has changed, at most once a second.
 * A row of failures that grows is told from a quarter of the threshold on, so that the supervisor can add up what several workers see.
 */
import type { Logger } from "pino";
import type { HealthMeter, Meeting } from "../activities/health.ts";
import type { HealthReport } from "../workflows/gates/messages.ts";
import type { GateCache } from "./gate-cache.ts";

const APART_MS = 1_000;
/** The part of the threshold from which on a row of failures is told. */
const TOLD_FROM = 1 / 4;

/** What a meter stands on. */
export interface HealthDeps {
  system: string;
  /** Names this process, over all machines. */
  worker: string;
  /** Failures in a row, over all workers, after which the system counts as failing. */
  after: number;
  tell(report: HealthReport): Promise<void>;
  cache: Pick<GateCache, "of">;
  log: Logger;
}

/** How often a system was met, by what it came to, since the worker began. */
export type Counts = Readonly<Record<Meeting, number>>;

/** The meter of one system. */
export class SystemHealth implements HealthMeter {
  readonly #deps: HealthDeps;
  readonly #counts: Record<Meeting, number> = { done: 0, "not-sent": 0, unknown: 0 };
  #failures = 0;
  #failingSince: number | undefined;
  #code: string | undefined;
  #told = { failing: false, failures: 0, at: 0 };
  /** When anything was told last, and when it was that the system fails or does no more. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #turnedAt = Number.NEGATIVE_INFINITY;
  #busy = false;
  /** Ends the wait of what is to be told, when that has become urgent. */
  #hurry: (() => void) | undefined;
  #again = false;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  get counts(): Counts {
    return { ...this.#counts };
  }

  /** Since when (ms) this worker alone has seen enough failures in a row. */
  get failingSince(): number | undefined {
    return this.#failingSince;
  }

  count(meeting: Meeting, code?: string): void {
    this.#counts[meeting] += 1;
    this.#failures = meeting === "done" ? 0 : this.#failures + 1;
    this.#code = meeting === "done" ? undefined : code;
    this.#failingSince = this.#failing() ? (this.#failingSince ?? Date.now()) : undefined;
    if (this.#failing()) this.#hurry?.();
    this.#consider();
  }

  #consider(): void {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#again = false;
    void this.#tellChange().then(
      () => this.#rest(this.#again),
      (error: unknown) => {
        const name = error instanceof Error ? error.name : typeof error;
        this.#deps.log.warn({ error: name }, "the supervisor could not be told of the system's health");
        setTimeout(() => this.#rest(true), APART_MS).unref();
      },
    );
  }

  #rest(again: boolean): void {
    this.#busy = false;
    if (again) this.#consider();
  }

  async #tellChange(): Promise<void> {
    if (!(await this.#isNews())) return;
    await this.#pause();
    // What holds now is told, which may be no news any more.
    const failing = this.#failing();
    const failures = this.#failures;
    if (!(await this.#isNews())) return;
    this.#lastAt = performance.now();
    if (failing !== this.#told.failing) this.#turnedAt = this.#lastAt;
    const code = this.#code === undefined ? {} : { code: this.#code };
    const at = Date.now();
    await this.#deps.tell({ worker: this.#deps.worker, failing, failures, ...code });
    this.#told = { failing, failures, at };
  }

  #failing(): boolean {
    return this.#failures >= this.#deps.after;
  }

  /** Once a second at most; but that the system fails is told at once, unless that was told within this second. */
  async #pause(): Promise<void> {
    const until = () => (this.#failing() && !this.#told.failing ? this.#turnedAt : this.#lastAt) + APART_MS;
    for (let wait = until() - performance.now(); wait > 0; wait = until() - performance.now()) {
      await new Promise<void>((resolve) => {
        this.#hurry = resolve;
        setTimeout(resolve, wait).unref();
      });
      this.#hurry = undefined;
    }
  }

  /** A canary may go through another worker than those that saw the failures: while the gate trickles, the first view since then is news. */
  async #isNews(): Promise<boolean> {
    const { failing, failures } = this.#told;
    if (this.#failing() !== failing) return true;
    const from = Math.ceil(this.#deps.after * TOLD_FROM);
    // A row shorter than the one that was told is another one.
    if (this.#failures > 0) return !failing && (this.#failures >= from ? this.#failures !== failures : this.#failures < failures);
    if (failures > 0) return true;
    const gate = await this.#deps.cache.of(this.#deps.system);
    return gate?.gate === "trickle" && Date.parse(gate.since) > this.#told.at;
  }
}

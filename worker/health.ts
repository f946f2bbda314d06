/** A worker's view of one system: it counts what calls come to, and tells the supervisor when the view has changed, at most once a second. */
import type { Logger } from "pino";
import type { HealthMeter, Meeting } from "../activities/health.ts";
import type { HealthReport } from "../workflows/gates/messages.ts";
import type { GateCache } from "./gate-cache.ts";

const APART_MS = 1_000;

/** What a meter stands on. */
export interface HealthDeps {
  system: string;
  /** Names this process. */
  worker: string;
  /** Failures in a row after which the system counts as failing. */
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
  #code: string | undefined;
  #told = { failing: false, at: 0 };
  #lastAt = Number.NEGATIVE_INFINITY;
  #busy = false;
  #again = false;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  get counts(): Counts {
    return { ...this.#counts };
  }

  count(meeting: Meeting, code?: string): void {
    this.#counts[meeting] += 1;
    this.#failures = meeting === "done" ? 0 : this.#failures + 1;
    this.#code = meeting === "done" ? undefined : code;
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
    const wait = this.#lastAt + APART_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait).unref());
    // What holds now is told, which may be no news any more.
    const failing = this.#failing();
    if (!(await this.#isNews())) return;
    this.#lastAt = performance.now();
    const code = this.#code === undefined ? {} : { code: this.#code };
    const at = Date.now();
    await this.#deps.tell({ worker: this.#deps.worker, failing, failures: this.#failures, ...code });
    this.#told = { failing, at };
  }

  #failing(): boolean {
    return this.#failures >= this.#deps.after;
  }

  /** A canary may go through another worker than those that saw the failures: while the gate trickles, the first view since then is news. */
  async #isNews(): Promise<boolean> {
    if (this.#failing() !== this.#told.failing) return true;
    if (this.#failures > 0) return false;
    const gate = await this.#deps.cache.of(this.#deps.system);
    return gate?.gate === "trickle" && Date.parse(gate.since) > this.#told.at;
  }
}

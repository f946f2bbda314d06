/**
 * Lets calls of one process go at a system's rate. The server already hands them out at that rate over all workers; a worker that is busy
 * may come to several at once, and this keeps them from leaving together.
 */
import { setTimeout as pause } from "node:timers/promises";

/** What passes the time; `now` in ms, on a clock that never goes back. */
export interface PaceClock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

const real: PaceClock = { now: () => performance.now(), sleep: (ms) => pause(ms) };

/** One system's pace. */
export class Pace {
  readonly #clock: PaceClock;
  /** When the next call is due by the rate; one may go a whole distance before that, so that a late one does not cost its place. */
  #dueAt = Number.NEGATIVE_INFINITY;
  #rate = 0;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: PaceClock = real) {
    this.#clock = clock;
  }

  /** Resolves with true when this call may go, after those that asked before it: at most `rate` + 1 in any second. False at once when that would last too long. */
  async step(rate: number, patienceMs: number): Promise<boolean> {
    const apartMs = 1_000 / rate;
    if (this.#waiting * apartMs > patienceMs) return false;
    this.#waiting += 1;
    const mine = this.#last.then(() => this.#wait(rate, apartMs));
    this.#last = mine;
    await mine;
    this.#waiting -= 1;
    return true;
  }

  async #wait(rate: number, apartMs: number): Promise<void> {
    // Another rate counts from now on: what a slower one had put off is not waited for.
    if (rate !== this.#rate) this.#dueAt = Math.min(this.#dueAt, this.#clock.now() + apartMs);
    this.#rate = rate;
    for (let wait = this.#dueAt - apartMs - this.#clock.now(); wait > 0; wait = this.#dueAt - apartMs - this.#clock.now())
      await this.#clock.sleep(Math.ceil(wait));
    this.#dueAt = Math.max(this.#clock.now(), this.#dueAt) + apartMs;
  }
}

/** The deadline of one call: an abort signal that can be restarted, and a race that ends even when an adapter ignores it. */
import { CallFailure, notSent } from "../connectors/failure.ts";
import { type WorkerTime, wallTime } from "./worker-time.ts";

const GRACE_MS = 1_000;
/** The time was over, and certainly nothing was sent. */
export const tooLate = (): CallFailure => notSent("DEADLINE", "the time was over before the request was sent");

export class Deadline {
  readonly #controller = new AbortController();
  readonly #ms: number;
  readonly #outer: AbortSignal;
  readonly #time: WorkerTime;
  #cancelTimer: () => void;
  #cancelGrace: (() => void) | undefined;
  #over: ((failure: CallFailure) => void) | undefined;

  constructor(ms: number, outer: AbortSignal, time = wallTime) {
    this.#ms = ms;
    this.#outer = outer;
    this.#time = time;
    this.#cancelTimer = this.#arm(ms);
    outer.addEventListener("abort", this.#cancelled, { once: true });
    if (outer.aborted) this.#cancelled();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The deadline begins anew: a call that first waited its turn gets its whole time. `queueMs` bounds the waiting before. */
  restart(ms: number = this.#ms): AbortSignal {
    this.#cancelTimer();
    this.#cancelTimer = this.#arm(ms);
    return this.signal;
  }

  /** The result of `run`, or an unknown outcome a little after the deadline. */
  async race<T>(run: () => Promise<T>): Promise<T> {
    const over = new Promise<never>((_, reject) => {
      this.#over = reject;
    });
    const running = run();
    try {
      return await Promise.race([running, over]);
    } finally {
      running.catch(() => undefined);
      this.end();
    }
  }

  end(): void {
    this.#cancelTimer();
    this.#cancelGrace?.();
    this.#outer.removeEventListener("abort", this.#cancelled);
  }

  #arm(ms: number): () => void {
    return this.#time.after(ms, () => this.#fire("DEADLINE", `no answer within ${ms} ms`));
  }

  readonly #cancelled = () => this.#fire("CANCELLED", "the call was cancelled");

  #fire(code: string, message: string): void {
    const failure = new CallFailure("unknown", message, { code });
    this.#controller.abort(failure);
    this.#cancelGrace = this.#time.after(GRACE_MS, () => this.#over?.(failure));
  }
}

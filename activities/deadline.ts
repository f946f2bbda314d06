/** The deadline of one call: an abort signal that can be restarted, and a race that ends even when an adapter ignores it. */
import { CallFailure } from "../connectors/failure.ts";

const GRACE_MS = 1_000;

export class Deadline {
  readonly #controller = new AbortController();
  readonly #ms: number;
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout;
  #grace: NodeJS.Timeout | undefined;
  #over: ((failure: CallFailure) => void) | undefined;

  constructor(ms: number, outer: AbortSignal) {
    this.#ms = ms;
    this.#outer = outer;
    this.#timer = this.#arm(ms);
    outer.addEventListener("abort", this.#cancelled, { once: true });
    if (outer.aborted) this.#cancelled();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The deadline begins anew: a call that first waited its turn gets its whole time. `queueMs` bounds the waiting before. */
  restart(ms: number = this.#ms): AbortSignal {
    clearTimeout(this.#timer);
    this.#timer = this.#arm(ms);
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
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
    this.#outer.removeEventListener("abort", this.#cancelled);
  }

  #arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#fire("DEADLINE", `no answer within ${ms} ms`), ms);
  }

  readonly #cancelled = () => this.#fire("CANCELLED", "the call was cancelled");

  #fire(code: string, message: string): void {
    const failure = new CallFailure("unknown", message, { code });
    this.#controller.abort(failure);
    this.#grace = setTimeout(() => this.#over?.(failure), GRACE_MS);
  }
}

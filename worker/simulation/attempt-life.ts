/** One attempt at a call, as the process that runs it lives and dies: killed, stopped for a while, or with a clock of its own. */
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import type { WorkerTime } from "../../activities/worker-time.ts";

/** Where an attempt stands, between two acts. */
export type Point = "before-intent" | "before-send" | "after-send" | "before-settle" | "before-report";
export const points: readonly Point[] = ["before-intent", "before-send", "after-send", "before-settle", "before-report"];

/** What befalls it: killed there, or stopped for so long (ms). */
export interface Blow {
  at: Point;
  stopMs?: number;
}

/** A worker that is silent is noticed within this time. */
export const HEARTBEAT_MS = 10_000;

const never = new Promise<never>(() => undefined);

export class AttemptLife {
  readonly clock: VirtualClock;
  /** When the attempt began. */
  readonly began: number;
  dead = false;
  /** Called when it is killed or stopped: from then on no heartbeat is heard. */
  silent: () => void = () => undefined;
  readonly #skewMs: number;
  #blow: Blow | undefined;
  #stoppedUntil = 0;

  constructor(clock: VirtualClock, options: { skewMs?: number; blow?: Blow | undefined } = {}) {
    this.clock = clock;
    this.began = clock.now();
    this.#skewMs = options.skewMs ?? 0;
    this.#blow = options.blow;
  }

  readonly time: WorkerTime = {
    now: () => this.clock.now() + this.#skewMs,
    after: (ms, fire) => this.#after(ms, fire),
  };

  /** Alarms of a process that stands still ring when it goes on. */
  #after(ms: number, fire: () => void): () => void {
    let cancel = this.clock.at(this.clock.now() + ms, () => {
      if (this.dead) return;
      if (this.#stoppedUntil > this.clock.now()) cancel = this.clock.at(this.#stoppedUntil, fire);
      else fire();
    });
    return () => cancel();
  }

  /** Resolves when the attempt may go on from here; never, when it is killed. */
  async reach(point: Point): Promise<void> {
    const blow = this.#blow;
    if (blow?.at === point) {
      this.#blow = undefined;
      if (blow.stopMs === undefined || blow.stopMs >= HEARTBEAT_MS) this.silent();
      if (blow.stopMs === undefined) this.dead = true;
      else await this.#stop(blow.stopMs);
    }
    if (this.dead) await never;
  }

  /** What a dead process waits for never comes. */
  async mortal<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) return never;
    const result = await work();
    return this.dead ? never : result;
  }

  /** Resolves after `ms`. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#after(ms, resolve));
  }

  /** It goes on before its alarms are heard: the worse of the two orders. */
  #stop(ms: number): Promise<void> {
    this.#stoppedUntil = this.clock.now() + ms;
    return new Promise((resolve) => this.clock.at(this.#stoppedUntil, resolve));
  }
}

/** The time by which a worker lives: the process's own, or a simulation's. */

/** A clock and its alarms. */
export interface WorkerTime {
  /** The instant, in ms. */
  now(): number;
  /** Calls `fire` after `ms`, unless the returned function is called first. */
  after(ms: number, fire: () => void): () => void;
}

/** The process's own clock. */
export const wallTime: WorkerTime = {
  now: () => Date.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** How long calls of one system took lately in this worker, whichever way they went. */
import type { CallTimes } from "../activities/system.ts";

const KEPT = 50;
const RECENT_MS = 60_000;
/** A single slow call, the first after a pause for instance, says nothing. */
const ENOUGH = 5;

/** The last calls of each operation. */
export class SystemTimes implements CallTimes {
  readonly #calls = new Map<string, { at: number; ms: number }[]>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  note(operation: string, ms: number): void {
    const calls = this.#calls.get(operation) ?? [];
    calls.push({ at: this.#now(), ms });
    if (calls.length > KEPT) calls.shift();
    this.#calls.set(operation, calls);
  }

  /** The time in ms within which 95 of 100 calls of the last minute ended; undefined while there were few. */
  p95(operation: string): number | undefined {
    const since = this.#now() - RECENT_MS;
    const recent = (this.#calls.get(operation) ?? []).filter(({ at }) => at >= since).map(({ ms }) => ms);
    if (recent.length < ENOUGH) return undefined;
    return recent.toSorted((a, b) => a - b)[Math.ceil(recent.length * 0.95) - 1];
  }
}

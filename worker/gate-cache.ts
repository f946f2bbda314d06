/** The gates as the register holds them, read at most once in two seconds however often they are asked for. */
import type { GateRow, Gates } from "../register/gates.ts";

const FRESH_MS = 2_000;

/** Reads gates, a little late. */
export class GateCache {
  readonly #gates: Pick<Gates, "all">;
  #rows = new Map<string, GateRow>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(gates: Pick<Gates, "all">) {
    this.#gates = gates;
  }

  /** The gate of a system, at most two seconds old; undefined for one that was never set. While the register is away, what was known last. */
  async of(system: string): Promise<GateRow | undefined> {
    if (performance.now() - this.#readAt > FRESH_MS) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return this.#rows.get(system);
  }

  async #read(): Promise<void> {
    try {
      this.#rows = new Map((await this.#gates.all()).map((row) => [row.system, row]));
    } catch {
      // What was known last is better than nothing; the ledger stops calls anyway.
    }
    this.#readAt = performance.now();
  }
}

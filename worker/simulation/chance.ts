/** Which faults strike: each draw comes from the seed, and only faults that were asked for are drawn. */
import { Random } from "../../cases/simulation/random.ts";
import type { FaultName } from "./faults.ts";

/** Most cases meet one or two faults; some meet none, and some everything at once. */
const INTENSITIES = [0, 0.4, 1, 1, 2, 5];

/** The luck of one simulated case. */
export class Chance {
  readonly random: Random;
  /** How often each fault struck. */
  readonly struck = new Map<FaultName, number>();
  /** Told of each fault that strikes. */
  heard: (fault: FaultName) => void = () => undefined;
  readonly #allowed: ReadonlySet<FaultName>;
  readonly #intensity: number;

  constructor(seed: string, allowed: ReadonlySet<FaultName>) {
    this.random = new Random(seed);
    this.#allowed = allowed;
    this.#intensity = this.random.pick(INTENSITIES);
  }

  /** True with this probability, more or less by the case's luck; counts the fault. */
  strikes(fault: FaultName, probability: number): boolean {
    if (!this.#allowed.has(fault) || !this.random.chance(Math.min(0.9, probability * this.#intensity))) return false;
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    this.heard(fault);
    return true;
  }

  /** Whether the fault can strike at all in this life. */
  mayStrike(fault: FaultName): boolean {
    return this.#allowed.has(fault) && this.#intensity > 0;
  }

  /** The first of these faults that strikes, or none. */
  oneOf<F extends FaultName>(faults: Readonly<Record<F, number>>): F | undefined {
    for (const fault in faults) if (this.strikes(fault, faults[fault])) return fault;
    return undefined;
  }
}

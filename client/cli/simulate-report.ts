/** What a simulation is asked and what it answers: the command's side of `worker/simulation/`. */

/** What is to be simulated. */
export interface SimulationOptions {
  /** The project whose services and municipalities are simulated. */
  root: string;
  cases: number;
  seed: number;
  /** Only this case, by its number from 1. */
  only?: number | undefined;
  /** Only this service. */
  service?: string | undefined;
  /** Only these faults. */
  faults?: readonly string[] | undefined;
  /** Told now and then how far it has come. */
  progress?: (figures: SimulationFigures) => void;
  /** Asked between two cases; true ends the run. */
  stopped?: () => boolean;
  /** Told of everything that happens, with its instant of virtual time in ms. */
  told?: ((at: number, line: string) => void) | undefined;
}

/** One invariant that did not hold in one case. */
export interface SimulatedBreach {
  case: number;
  invariant: string;
  what: string;
}

/** The figures of a run. */
export interface SimulationFigures {
  cases: number;
  /** Faults that struck. */
  faults: number;
  breaches: number;
  seed: number;
  casesPerSecond: number;
  /** Per second of processor time: what a machine of its own would do. */
  casesPerCpuSecond: number;
  seconds: number;
  /** Attempts at calls. */
  attempts: number;
  /** Keys under which systems did something. */
  effects: number;
  /** Virtual time, over all cases. */
  simulatedDays: number;
  outcomes: Record<string, number>;
  services: Record<string, number>;
  faultsByKind: Record<string, number>;
  /** The first breaches. */
  breached: SimulatedBreach[];
}

/** The simulation as the command finds it. */
export interface Simulator {
  faults: readonly { name: string; strikes: string; what: string }[];
  scenarios: readonly { number: number; title: string; faults: readonly string[]; elsewhere?: string }[];
  invariants: readonly { name: string; says: string }[];
  /** Rejects with a `UsageError` where there is nothing to simulate. */
  simulate(options: SimulationOptions): Promise<SimulationFigures>;
}

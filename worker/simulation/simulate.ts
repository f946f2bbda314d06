/** Many simulated cases from one seed, each in a world of its own, and what became of them. */
import { setImmediate as breathe } from "node:timers/promises";
import type { SimulationFigures, SimulationOptions, SimulatedBreach } from "../../client/cli/simulate-report.ts";
import { type FaultName, faultNames } from "./faults.ts";
import { breachesOf } from "./invariants.ts";
import { offersOf } from "./offers.ts";
import { type SabotageName, sabotages } from "./sabotage.ts";
import { Town, type TownOptions } from "./town.ts";

/** Breaches beyond these are counted and not told. */
const MOST_TOLD = 20;
const PROGRESS_MS = 1_000;

/** Runs the cases; every case is reproduced by the seed and its number alone. */
export async function simulate(options: SimulationOptions & { sabotage?: SabotageName | undefined }): Promise<SimulationFigures> {
  const { seed, cases, only } = options;
  const town = townOf(options);
  const tally = new Tally(options);
  const numbers = only === undefined ? cases : 1;
  for (let index = 0; index < numbers && options.stopped?.() !== true; index++) {
    const number = only ?? index + 1;
    tally.add(number, await lived(new Town({ ...town, seed: `${seed}/${number}` })));
    if (tally.isTimeToTell()) {
      options.progress?.(tally.figures());
      await breathe();
    }
  }
  return tally.figures();
}

function townOf({
  root,
  service,
  faults,
  sabotage,
  told,
}: SimulationOptions & { sabotage?: SabotageName | undefined }): Omit<TownOptions, "seed"> {
  return {
    offers: offersOf(root, service),
    faults: new Set((faults ?? faultNames) as FaultName[]),
    sabotage: sabotage === undefined ? undefined : sabotages[sabotage],
    tell: told,
  };
}

async function lived(town: Town): Promise<{ town: Town; breaches: { invariant: string; what: string }[] }> {
  await town.live();
  return { town, breaches: await breachesOf(town) };
}

/** Counts what became of the cases. */
class Tally {
  readonly #options: SimulationOptions;
  readonly #began = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #outcomes: Record<string, number> = {};
  readonly #services: Record<string, number> = {};
  readonly #faults: Record<string, number> = {};
  readonly #told: SimulatedBreach[] = [];
  #cases = 0;
  #breaches = 0;
  #calls = 0;
  #effects = 0;
  #days = 0;
  #toldAt = this.#began;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  add(number: number, { town, breaches }: { town: Town; breaches: { invariant: string; what: string }[] }): void {
    this.#cases += 1;
    this.#days += (town.simulation.now() - town.began) / 86_400_000;
    for (const { state, isClosed } of town.simulation.cases.values()) {
      count(this.#outcomes, isClosed ? (state.outcome ?? "closed") : "parked");
      count(this.#services, state.service.service);
    }
    for (const [fault, times] of town.chance.struck) count(this.#faults, fault, times);
    this.#effects += town.city.effects.size;
    this.#calls += town.workers.attempts;
    this.#breaches += breaches.length;
    for (const { invariant, what } of breaches) if (this.#told.length < MOST_TOLD) this.#told.push({ case: number, invariant, what });
  }

  isTimeToTell(): boolean {
    const now = performance.now();
    if (now - this.#toldAt < PROGRESS_MS) return false;
    this.#toldAt = now;
    return true;
  }

  figures(): SimulationFigures {
    const seconds = (performance.now() - this.#began) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const faults = Object.values(this.#faults).reduce((sum, times) => sum + times, 0);
    return {
      cases: this.#cases,
      faults,
      breaches: this.#breaches,
      seed: this.#options.seed,
      casesPerSecond: rounded(this.#cases / seconds),
      casesPerCpuSecond: rounded(this.#cases / ((user + system) / 1e6)),
      seconds: rounded(seconds),
      attempts: this.#calls,
      effects: this.#effects,
      simulatedDays: Math.round(this.#days),
      outcomes: this.#outcomes,
      services: this.#services,
      faultsByKind: this.#faults,
      breached: [...this.#told],
    };
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function count(counts: Record<string, number>, name: string, times = 1): void {
  counts[name] = (counts[name] ?? 0) + times;
}

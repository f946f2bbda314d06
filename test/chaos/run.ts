/** One round of chaos: load, kills and poisoned ways for a while; then all faults end, an operator repairs, everything comes to rest, and is judged. */
import { setMaxListeners } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../cases/simulation/random.ts";
import type { TemporalBinary } from "../../worker/embedded/temporal-binary.ts";
import { type City, startCity, type Victim, victims } from "./city.ts";
import { gather } from "./evidence.ts";
import { GivenUp } from "./insist.ts";
import { type Breach, type Evidence, judge } from "./judge.ts";
import { live, type Stage } from "./life.ts";
import { operate, type Repairs } from "./operator.ts";
import { wishOf } from "./people.ts";
import { planOf, skews, wayTo, type Weather } from "./plan.ts";
import { ClientRecord } from "./record.ts";
import { watchTemporal } from "./watch-temporal.ts";

export interface RoundOptions {
  /** Keeps everything of the round; must exist and be empty. */
  readonly folder: string;
  readonly seed: string;
  readonly minutes: number;
  readonly kills: number;
  /** Requests per second. */
  readonly rate: number;
  /** Cases open at one time, at most. */
  readonly open: number;
  /** How long everything may take to come to rest once all faults are over. */
  readonly settleMinutes: number;
  readonly binaries: { readonly temporal: TemporalBinary; readonly toxiproxy: string };
  readonly signal: AbortSignal;
  readonly sabotage?: string;
  progress?(line: string): void;
}

/** Figures of a round, all of them counted. */
export interface RoundResult {
  readonly seed: string;
  readonly minutes: number;
  /** From the last fault to the end of the last case. */
  readonly settleSeconds: number;
  readonly kills: Readonly<Record<Victim, number>>;
  /** How often Temporal's development server had to be started anew, since its database was interrupted for good; absent where nobody watched. */
  readonly temporalStuck?: number;
  /** Poisoned ways by kind of poison. */
  readonly wire: Readonly<Record<string, number>>;
  /** Lives of the gateway whose clock was wrong. */
  readonly skewedClocks: number;
  readonly cases: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Calls that the clients had to make again. */
  readonly repeatedCalls: number;
  /** Cases that were parked at least once. */
  readonly parked: number;
  readonly repairs: { readonly retry: number; readonly resolve: number };
  readonly effects: Readonly<Record<string, number>>;
  /** Rows of the effect ledger by their last state. */
  readonly entries: Readonly<Record<string, number>>;
  readonly breaches: readonly Breach[];
}

/** Runs one round; rejects when the signal is aborted. Every process that it started is gone afterwards. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { seed, signal, progress = () => {} } = options;
  const clocks = new Random(seed).of("clocks");
  let skewedClocks = 0;
  const skewMs = () => {
    const offset = clocks.pick(skews);
    if (offset !== 0) skewedClocks += 1;
    return offset;
  };
  progress("starting everything");
  const { folder, binaries, sabotage } = options;
  const base = { folder, binaries, skewMs, seed: clocks.int(1, 2 ** 30) };
  const city = await startCity({ ...base, ...(sabotage === undefined ? {} : { sabotage }) });
  const stopped = new AbortController();
  // Everything that waits in a round listens to it.
  setMaxListeners(0, stopped.signal);
  const abort = () => stopped.abort();
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    const round = new Round(city, options, stopped);
    const { evidence, ...figures } = await round.run();
    signal.throwIfAborted();
    return { ...figures, ...counted(evidence), skewedClocks, breaches: judge(evidence) };
  } finally {
    stopped.abort();
    signal.removeEventListener("abort", abort);
    await city.stop();
  }
}

class Round {
  readonly #city: City;
  readonly #options: RoundOptions;
  readonly #stopped: AbortController;
  readonly #record = new ClientRecord();
  readonly #repairs: Repairs = { retry: 0, resolve: 0, defects: new Map() };
  readonly #wire = new Map<string, number>();
  readonly #lives = new Set<Promise<void>>();
  #begun = 0;
  #temporalStuck = 0;

  constructor(city: City, options: RoundOptions, stopped: AbortController) {
    this.#city = city;
    this.#options = options;
    this.#stopped = stopped;
  }

  async run() {
    const { seed, minutes, kills } = this.#options;
    const stage: Stage = { city: this.#city, record: this.#record, signal: this.#stopped.signal };
    const plan = planOf(seed, minutes, kills);
    const endsAt = Date.now() + minutes * 60_000;
    const operator = this.#guarded(operate(stage, this.#repairs));
    const watch = watchTemporal(this.#city.direct.temporal, this.#stopped.signal, () => {
      if (this.#city.processes.temporal.restart()) this.#temporalStuck += 1;
    });
    const telling = setInterval(() => this.#tell(endsAt), 1_000);
    try {
      await Promise.all([this.#load(stage, endsAt), this.#kill(plan.kills), ...plan.weather.map((one) => this.#poison(one))]);
      const settleSeconds = await this.#settle();
      this.#stopped.signal.throwIfAborted();
      writeFileSync(join(this.#options.folder, "requests.json"), `${JSON.stringify(this.#record.requests, null, 1)}\n`);
      const evidence = await gather(this.#city, this.#record, this.#repairs);
      return { seed, minutes, settleSeconds, ...this.#figures(), evidence };
    } finally {
      clearInterval(telling);
      this.#stopped.abort();
      await Promise.all([operator, watch, ...this.#lives]);
    }
  }

  /** New requests at the rate, until the time is over. */
  async #load(stage: Stage, endsAt: number): Promise<void> {
    const { seed, rate, open } = this.#options;
    while (Date.now() < endsAt && !this.#stopped.signal.aborted) {
      if (this.#lives.size < open) {
        const life = this.#guarded(live(stage, wishOf(seed, this.#begun++))).finally(() => this.#lives.delete(life));
        this.#lives.add(life);
      }
      await this.#pause(1_000 / rate);
    }
  }

  async #kill(kills: ReturnType<typeof planOf>["kills"]): Promise<void> {
    const from = Date.now();
    for (const { atMs, victim, downMs, refused } of kills) {
      await this.#pause(from + atMs - Date.now());
      if (this.#stopped.signal.aborted) return;
      const one = this.#city.processes[victim];
      // Between two lives there is nothing to kill: as soon as there is.
      while (!one.kill(downMs) && !this.#stopped.signal.aborted) await this.#pause(50);
      if (refused) for (const way of wayTo[victim] ?? []) void this.#off(way, Math.max(downMs, 500));
    }
  }

  async #poison({ atMs, forMs, way, toxic }: Weather): Promise<void> {
    await this.#pause(atMs);
    if (this.#stopped.signal.aborted) return;
    const kind = toxic === "off" ? "cut" : toxic.type;
    this.#wire.set(kind, (this.#wire.get(kind) ?? 0) + 1);
    if (toxic === "off") return this.#off(way, forMs);
    await this.#city.toxiproxy.poison(way, toxic);
    await this.#pause(forMs);
    await this.#city.toxiproxy.cure(way);
  }

  async #off(way: string, forMs: number): Promise<void> {
    const { toxiproxy } = this.#city;
    await toxiproxy.turn(way, false);
    await this.#pause(forMs);
    await toxiproxy.turn(way, true);
  }

  /** All faults end; resolves with the seconds until the last case had ended, or when the time for it is over. */
  async #settle(): Promise<number> {
    await this.#pause(3_500);
    await this.#city.toxiproxy.cureAll();
    const from = Date.now();
    await this.#city.whole();
    const giveUpAt = from + this.#options.settleMinutes * 60_000;
    while (this.#lives.size > 0 && Date.now() < giveUpAt && !this.#stopped.signal.aborted) await this.#pause(200);
    return Math.round((Date.now() - from) / 1_000);
  }

  /** A life that ends in an error which no client expects is a defect of its own; the round goes on. */
  async #guarded(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (error instanceof GivenUp || this.#stopped.signal.aborted) return;
      this.#record.strangely(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  }

  #figures() {
    const kills = Object.fromEntries(victims.map((name) => [name, this.#city.processes[name].kills])) as Record<Victim, number>;
    return {
      kills,
      temporalStuck: this.#temporalStuck,
      wire: Object.fromEntries([...this.#wire].toSorted()),
      repeatedCalls: this.#record.repeated,
      parked: this.#record.requests.filter(({ problems }) => problems.length > 0).length,
      repairs: { retry: this.#repairs.retry, resolve: this.#repairs.resolve },
    };
  }

  #tell(endsAt: number): void {
    const left = Math.round((endsAt - Date.now()) / 1_000);
    const kills = victims.reduce((sum, name) => sum + this.#city.processes[name].kills, 0);
    const open = this.#lives.size;
    const parked = `${this.#repairs.retry + this.#repairs.resolve} repaired`;
    const phase = left > 0 ? `${left} s of faults left` : `all faults over for ${-left} s`;
    this.#options.progress?.(`${phase}: ${kills} kills, ${this.#begun} requests, ${open} open, ${parked}`);
  }

  async #pause(ms: number): Promise<void> {
    await pause(Math.max(0, ms), undefined, { signal: this.#stopped.signal }).catch(() => {});
  }
}

/** How often each name stands there. */
function timesOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function counted({ cases, effects, ledgers }: Evidence) {
  const all = [...ledgers.protocol, ...ledgers.payments, ...ledgers.messages];
  return {
    cases: cases.length,
    outcomes: timesOf(cases.map(({ outcome }) => outcome ?? "open")),
    effects: timesOf(all.map(({ operation }) => operation)),
    entries: timesOf(effects.map(({ state }) => state)),
  };
}

/** The register in memory as the processes meet it: away now and then, and sometimes it acts and its answer is lost. */
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import type { EvidenceEntry } from "../../register/evidence.ts";
import type { EffectRow } from "../../register/effects.ts";
import { MemoryCases } from "../../register/memory-cases.ts";
import { MemoryEffects } from "../../register/memory-effects.ts";
import type { BoundSystem } from "../../activities/system.ts";
import type { Chance } from "./chance.ts";

/** As the driver says it. */
const away = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" });
const broken = () => Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });

export class FrailRegister {
  /** What it holds, for who looks from outside. */
  readonly held: { cases: MemoryCases; effects: MemoryEffects; evidence: EvidenceEntry[] };
  /** The first result that each row came to, by key and send. */
  readonly firstResults = new Map<string, string>();
  readonly #chance: Chance;
  readonly #clock: VirtualClock;
  #awayUntil = 0;

  constructor(clock: VirtualClock, chance: Chance, ledger = (now: () => number) => new MemoryEffects(now)) {
    const now = () => clock.now();
    this.held = { cases: new MemoryCases(now), effects: ledger(now), evidence: [] };
    this.#chance = chance;
    this.#clock = clock;
  }

  readonly cases: Pick<MemoryCases, "reserve" | "confirm" | "open" | "publish"> = {
    reserve: (reservation) => this.#ask(() => this.held.cases.reserve(reservation)),
    confirm: (caseId) => this.#ask(() => this.held.cases.confirm(caseId)),
    open: (opening) => this.#ask(() => this.held.cases.open(opening)),
    publish: (status) => this.#ask(() => this.held.cases.publish(status)),
  };

  readonly effects: BoundSystem["ledger"] = {
    rows: (key) => this.#ask(() => this.held.effects.rows(key)),
    intend: (intent) => this.#ask(() => this.held.effects.intend(intent)),
    settle: (key, send, settlement, attempt) =>
      this.#ask(() => this.#watched(key, () => this.held.effects.settle(key, send, settlement, attempt))),
    record: (found) => this.#ask(() => this.#watched(found.key, () => this.held.effects.record(found))),
  };

  readonly evidence: BoundSystem["evidence"] = {
    keep: (entry) => this.#ask(async () => void this.held.evidence.push(entry)),
  };

  async #watched<T>(key: string, write: () => Promise<T>): Promise<T> {
    const result = await write();
    for (const row of await this.held.effects.rows(key)) {
      const name = `${row.key}#${row.send}`;
      if (isResult(row) && !this.firstResults.has(name)) this.firstResults.set(name, resultOf(row));
    }
    return result;
  }

  async #ask<T>(act: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    if (now >= this.#awayUntil && this.#chance.strikes("register-away", 0.004)) {
      const { random } = this.#chance;
      this.#awayUntil = now + random.pick([random.int(1, 4_000), random.int(1_000, 120_000)]);
    }
    if (now < this.#awayUntil) throw away();
    const lost = this.#chance.strikes("register-answer-lost", 0.004);
    const result = await act();
    if (lost) throw broken();
    return result;
  }
}

export const isResult = ({ state }: EffectRow): boolean => state === "done" || state === "rejected";

/** State and result as one text. */
export const resultOf = ({ state, output, code }: EffectRow): string => JSON.stringify([state, output ?? null, code ?? null]);

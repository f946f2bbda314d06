/** The legacy systems of a simulated city: each answers by its contract, keeps what it did, and fails as chance has it. */
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Recovery } from "../../connectors/outcome.ts";
import type { Operation } from "../../connectors/contract.ts";
import { sample } from "../../cases/simulation/sample.ts";
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import type { Chance } from "./chance.ts";

/** What a system did under one key. */
export interface SystemEffect {
  key: string;
  operation: string;
  /** As the system received it. */
  input: Json;
  output: Json;
  /** Once is right. */
  times: number;
}

/** What a request met inside its system. */
export type Arrival = { kind: "done"; output: Json } | { kind: "duplicate-refused" };

const baseOf = (key: string): string => key.replace(/~\d+$/, "");

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export class City {
  readonly effects = new Map<string, SystemEffect>();
  /** Requests that are on their way for long, by key: when each arrives. */
  readonly held = new Map<string, number[]>();
  /** Log-ins that were refused although the system had refused one before they began. */
  readonly needlessLogIns: string[] = [];
  /** Told when an operator has put a system's credentials right. */
  mended: (contract: string) => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  readonly #awayUntil = new Map<string, number>();
  /** Since when a system refuses our credentials. */
  readonly #refusing = new Map<string, number>();
  /** Keys that the system has said no to: it stays with that. */
  readonly #refused = new Set<string>();
  /** Operations that fail by a defect, for good. */
  readonly #poisoned = new Set<string>();

  constructor(clock: VirtualClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  /** How long the system is away from now on, in ms; 0 when it is there. */
  away(contract: string): number {
    const now = this.#clock.now();
    const until = this.#awayUntil.get(contract) ?? 0;
    if (until > now) return until - now;
    if (!this.#chance.strikes("outage", 0.008)) return 0;
    const { random } = this.#chance;
    const ms = random.pick([random.int(1_000, 10 * MINUTE), random.int(HOUR, 14 * HOUR), random.int(24 * HOUR, 64 * HOUR)]);
    this.#awayUntil.set(contract, now + ms);
    return ms;
  }

  /** Whether the system refuses our credentials, of an attempt that began at `began`. */
  refusesUs(contract: string, began: number): boolean {
    const since = this.#refusing.get(contract);
    if (since === undefined) {
      if (!this.#chance.strikes("misconfigured", 0.004)) return false;
      const now = this.#clock.now();
      this.#refusing.set(contract, now);
      this.#clock.at(now + this.#chance.random.int(MINUTE, 40 * HOUR), () => {
        this.#refusing.delete(contract);
        this.mended(contract);
      });
      return true;
    }
    if (began > since) this.needlessLogIns.push(contract);
    return true;
  }

  /** Whether the adapter has a defect that this very call always meets. */
  poisons(key: string): boolean {
    if (this.#poisoned.has(key)) return true;
    if (!this.#chance.strikes("poison", 0.003)) return false;
    this.#poisoned.add(key);
    return true;
  }

  /** Whether the system says no to what is asked under this key: never after it has done it. */
  says(no: boolean, key: string): boolean {
    if (no && !this.effects.has(key)) this.#refused.add(key);
    return this.#refused.has(key);
  }

  /** The request is there: it takes effect, once more unless the system knows our keys. */
  arrive(operation: Operation, key: string, input: Json, recovery: Recovery["by"] | undefined): Arrival {
    const known = this.effects.get(key);
    if (!known) {
      const output = this.output(operation, input);
      this.effects.set(key, { key, operation: operation.id, input, output, times: 1 });
      return { kind: "done", output };
    }
    if (recovery !== "key") known.times += 1;
    else if (this.#chance.strikes("duplicate-refused", 0.5)) return { kind: "duplicate-refused" };
    return { kind: "done", output: known.output };
  }

  /** A person does it in the system, by hand. */
  byHand(operation: Operation, key: string, input: Json, output: Json): void {
    if (!this.seenOf(key)) this.effects.set(key, { key, operation: operation.id, input, output, times: 1 });
  }

  /** The request arrives so much later. */
  hold(operation: Operation, key: string, input: Json, recovery: Recovery["by"] | undefined, ms: number): void {
    const at = this.#clock.now() + ms;
    this.held.set(key, [...(this.held.get(key) ?? []), at]);
    this.#clock.at(at, () => {
      if (!this.#refused.has(key)) this.arrive(operation, key, input, recovery);
      this.held.set(
        key,
        (this.held.get(key) ?? []).filter((other) => other !== at),
      );
    });
  }

  /** What a person finds who looks for the case and its step, whatever generation of the key it came under. */
  seenOf(key: string): SystemEffect | undefined {
    const base = baseOf(key);
    return this.effects.get(key) ?? [...this.effects.values()].find((effect) => baseOf(effect.key) === base);
  }

  /** When the last of the requests under this key arrives that is still on its way. */
  awaited(key: string): number | undefined {
    const base = baseOf(key);
    const waiting = [...this.held].flatMap(([other, times]) => (baseOf(other) === base ? times : []));
    return waiting.length > 0 ? Math.max(...waiting) : undefined;
  }

  /** An answer that the contract allows. */
  output(operation: Operation, input: Json): Json {
    const today = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const { random } = this.#chance;
    const made = sample(operation.output, random, { parts: "any", today, echo: input as JsonObject });
    const paid =
      operation.id === "payments.debtStatus" ? { ...(made as JsonObject), state: random.pick(["UNPAID", "UNPAID", "PAID"]) } : made;
    return operation.output.parse(paid) as Json;
  }
}

/** Decides in this worker which calls may go the short way: those to healthy, open, unlimited systems for which nobody waits. */
import type { ShortWayGuard } from "../activities/short-calls.ts";
import type { BoundSystem } from "../activities/system.ts";
import type { SystemSettings } from "../catalogue/systems.ts";
import type { Operation } from "../connectors/contract.ts";
import type { ShortAnswer } from "../connectors/outcome.ts";
import type { Backlogs } from "./backlog.ts";
import type { GateCache } from "./gate-cache.ts";
import type { SystemTimes } from "./call-times.ts";

/** Settings change with a worker's start only; a case need not ask again for an hour. */
const SETTING_MS = 3_600_000;
/** What the system's state forbids is asked again after this time. */
const AGAIN_MS = 10_000;
const SLOW_MS = 1_000;

type Deferred = Extract<ShortAnswer, { kind: "deferred" }>;

/** What the decision stands on. */
export interface ShortWayDeps {
  system: Pick<BoundSystem, "contract" | "adapter">;
  /** The worker's own switch, `DARSENA_SHORT_WAY`. */
  on: boolean;
  settings: Pick<SystemSettings, "shortWay" | "shortCalls" | "maxInFlight">;
  cache: Pick<GateCache, "of">;
  backlogs: Pick<Backlogs, "of">;
  times: Pick<SystemTimes, "p95">;
  /** For tests: calls go also to systems that have just failed or are slow. */
  careless?: boolean;
  now?: () => number;
}

/** The short way to one system. */
export class SystemShortWay implements ShortWayGuard {
  readonly #deps: ShortWayDeps;
  readonly #now: () => number;
  #inFlight = 0;
  #troubleUntil = Number.NEGATIVE_INFINITY;

  constructor(deps: ShortWayDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
  }

  /** Why no call of this system ever goes the short way in this worker; undefined when some may. */
  get closed(): Deferred | undefined {
    const { on, settings, system } = this.#deps;
    if (!on || !settings.shortWay) return deferred("switched off", SETTING_MS);
    if (system.adapter.queueMs > 0) return deferred("calls are sent in order, one at a time", SETTING_MS);
    if (settings.maxInFlight !== undefined) return deferred("calls need a permit", SETTING_MS);
    return undefined;
  }

  async enter(operation: Operation): Promise<(() => void) | Deferred> {
    const refused = this.closed ?? this.#here(operation) ?? (await this.#elsewhere());
    if (refused) return refused;
    // Places may have gone while the gate was asked for.
    if (this.#full()) return busy;
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
    };
  }

  trouble(): void {
    this.#troubleUntil = this.#now() + AGAIN_MS;
  }

  #here(operation: Operation): Deferred | undefined {
    if (this.#full()) return busy;
    if (this.#deps.careless) return undefined;
    if (this.#now() < this.#troubleUntil) return deferred("the system has just failed", AGAIN_MS);
    const p95 = this.#deps.times.p95(operation.id);
    return p95 !== undefined && p95 >= SLOW_MS ? deferred("the operation is slow", AGAIN_MS) : undefined;
  }

  async #elsewhere(): Promise<Deferred | undefined> {
    const { cache, backlogs, system } = this.#deps;
    const gate = await cache.of(system.contract);
    if (gate && gate.gate !== "open") return deferred(`the gate is ${gate.gate === "closed" ? "closed" : "trickling"}`, AGAIN_MS);
    if (gate?.rate !== undefined) return deferred("the gate has a rate", AGAIN_MS);
    const backlog = await backlogs.of(system.contract);
    if (backlog === undefined) return deferred("the server does not tell how many calls wait", AGAIN_MS);
    if (backlog.limited) return deferred("the queue is limited", AGAIN_MS);
    return backlog.waiting > 0 ? deferred("calls wait in the queue", AGAIN_MS) : undefined;
  }

  #full(): boolean {
    return this.#inFlight >= this.#deps.settings.shortCalls;
  }
}

const deferred = (reason: string, forMs: number): Deferred => ({ kind: "deferred", reason, forMs });
/** The next call may find a place. */
const busy = deferred("as many short calls as allowed are in flight", 0);

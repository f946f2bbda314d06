/** Bound systems with what stands before each call, whichever way it takes: limits, health, and the short way's own guard. */
import type { Client } from "@temporalio/client";
import type { BoundSystem } from "../activities/system.ts";
import type { Overlay } from "../catalogue/definition.ts";
import type { Register } from "../register/database.ts";
import { admissionTo } from "./admission.ts";
import type { Backlogs } from "./backlog.ts";
import { healthTeller, settingsOf } from "./gate.ts";
import { GateCache } from "./gate-cache.ts";
import { SystemHealth } from "./health.ts";
import { SystemPace } from "./pace.ts";
import { SystemShortWay } from "./short-way.ts";

/** A system as calls meet it. */
export interface GuardedSystem {
  readonly system: BoundSystem;
  readonly shortWay: SystemShortWay;
}

/** What guards stand on. */
export interface GuardDeps {
  systems: readonly BoundSystem[];
  overlay: Overlay;
  register: Pick<Register, "gates" | "permits">;
  client: Client;
  backlogs: Pick<Backlogs, "waiting">;
  /** The worker's switch. */
  shortWay: boolean;
  /** For tests only (`ShortWayDeps.careless`). */
  careless: boolean;
}

/** One view of each system for all its calls in this worker. */
export function guardedSystems({ systems, overlay, register, client, backlogs, shortWay, careless }: GuardDeps): GuardedSystem[] {
  const cache = new GateCache(register.gates);
  return systems.map((bound) => {
    const { contract, log } = bound;
    const settings = settingsOf(contract, overlay);
    const { maxInFlight, trickle } = settings;
    const limit = maxInFlight === undefined ? {} : { maxInFlight };
    const admission = admissionTo({ system: contract, cache, register, log, ...limit });
    const tell = healthTeller(client, contract);
    const health = new SystemHealth({ system: contract, worker: String(process.pid), after: trickle.after, tell, cache, log });
    const pace = new SystemPace();
    const system = { ...bound, admission, health, pace };
    return { system, shortWay: new SystemShortWay({ system, on: shortWay, settings, cache, backlogs, pace, careless }) };
  });
}

/** Bound systems with what stands before each call, whichever way it takes: limits, health, and the short way's own guard. */
import { hostname } from "node:os";
import type { Client } from "@temporalio/client";
import type { BoundSystem } from "../activities/system.ts";
import type { Overlay } from "../catalogue/definition.ts";
import type { Register } from "../register/database.ts";
import { admissionTo } from "./admission.ts";
import type { Backlogs } from "./backlog.ts";
import { healthTeller, settingsOf } from "./gate.ts";
import { GateCache } from "./gate-cache.ts";
import { SystemHealth } from "./health.ts";
import { SystemTimes } from "./call-times.ts";
import type { Broken } from "./sabotage.ts";
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
  backlogs: Pick<Backlogs, "of">;
  /** The worker's switch. */
  shortWay: boolean;
  /** For tests only (`ShortWayDeps.careless`). */
  careless: boolean;
  /** For tests only. */
  sabotage: Pick<Broken, "admission"> | undefined;
}

/** One view of each system for all its calls in this worker. */
export function guardedSystems({ systems, overlay, register, client, backlogs, shortWay, careless, sabotage }: GuardDeps): GuardedSystem[] {
  const cache = new GateCache(register.gates);
  return systems.map((bound) => {
    const { contract, log } = bound;
    const settings = settingsOf(contract, overlay);
    const { maxInFlight, trickle } = settings;
    const limit = maxInFlight === undefined ? {} : { maxInFlight };
    const tell = healthTeller(client, contract);
    const health = new SystemHealth({ system: contract, worker: `${process.pid}@${hostname()}`, after: trickle.after, tell, cache, log });
    const door = admissionTo({ system: contract, cache, register, health, log, ...limit });
    const admission = sabotage?.admission?.(door) ?? door;
    const times = new SystemTimes();
    const system = { ...bound, admission, health, times };
    return { system, shortWay: new SystemShortWay({ system, on: shortWay, settings, cache, backlogs, times, careless }) };
  });
}

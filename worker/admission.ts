/**
 * Lets calls in, beyond what the task queue keeps: a gate that only the register keeps, permits for calls at one time, canaries that come
 * too often, the pace of calls that a busy worker comes to at once, and a system that this worker has just seen fail.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Admission } from "../activities/system.ts";
import { notSent } from "../connectors/failure.ts";
import type { GateRow } from "../register/gates.ts";
import type { Register } from "../register/database.ts";
import { isUnreachable } from "../register/errors.ts";
import type { Permit } from "../register/permits.ts";
import type { GateCache } from "./gate-cache.ts";
import { Pace } from "./pace.ts";

/** How long a call waits here for its place before it goes back to the queue. */
const PATIENCE_MS = 2_000;
const POLL_MS = 50;
/** A closed gate is asked again after this time at most, so that an operator's opening is soon seen. */
const CLOSED_AGAIN_MS = 30_000;

/** Calls per second from which on this process keeps its pace. */
const PACED_FROM = 1;

/** What this worker alone sees of the system. */
export interface WorkerView {
  /** Since when (ms) it fails; undefined while it does not. */
  readonly failingSince: number | undefined;
}

/** What admission stands on. */
export interface AdmissionDeps {
  system: string;
  cache: Pick<GateCache, "of">;
  /** This worker's own view: calls wait a little for the gate, instead of meeting a dead system until the supervisor has set it. */
  health?: WorkerView;
  register: Pick<Register, "gates" | "permits">;
  /** From the overlay; without it there are no permits. */
  maxInFlight?: number;
  log: Logger;
}

const nothing = async (): Promise<void> => undefined;

/** The admission of one system. */
export function admissionTo(deps: AdmissionDeps): Admission {
  const { system, register, maxInFlight, log } = deps;
  const pace = new Pace();
  const release = (permit: Permit) =>
    register.permits
      .release(permit)
      .catch((error: Error) => log.warn({ error: error.name }, "a permit could not be given back; its lease ends it"));
  return {
    async enter(leaseMs) {
      await passGate(deps, pace);
      if (maxInFlight === undefined) return nothing;
      const permit = await known(() => takePermit(system, register, maxInFlight, leaseMs));
      return () => release(permit);
    },
  };
}

/** Costs nothing where the queue keeps the limit and the system is well. */
async function passGate({ system, cache, health, register: { gates } }: AdmissionDeps, pace: Pace): Promise<void> {
  if (health?.failingSince !== undefined) await gateSet(system, cache, health);
  const row = await cache.of(system);
  if (row === undefined) return;
  if (row.enforcedBy === "register") return passInRegister(row, gates);
  if (row.gate === "trickle") return passAsCanary(row, gates);
  // What comes slower than that cannot come together.
  if (row.rate === undefined || row.rate < PACED_FROM || (await pace.step(row.rate, PATIENCE_MS))) return;
  throw notSent("GATE_RATE", `${system} takes ${row.rate} calls a second: ${row.reason ?? ""}`, jittered(PATIENCE_MS));
}

/** Until the gate has been set anew, or this worker sees the system fail no more. */
async function gateSet(system: string, cache: Pick<GateCache, "of">, health: WorkerView): Promise<void> {
  for (const giveUpAt = performance.now() + PATIENCE_MS; performance.now() < giveUpAt; await pause(POLL_MS)) {
    const { failingSince } = health;
    if (failingSince === undefined) return;
    const row = await cache.of(system);
    if (row && (row.gate !== "open" || Date.parse(row.since) > failingSince)) return;
  }
}

/** The queue lets them through one by one; what comes all the same, such as calls that had been handed out before, goes back. */
async function passAsCanary({ system, reason }: GateRow, gates: Register["gates"]): Promise<void> {
  const wait = await known(() => gates.takeCanary(system));
  if (wait > 0) throw notSent("GATE_RATE", `only single calls go to ${system}: ${reason ?? ""}`, jittered(Math.min(wait, CLOSED_AGAIN_MS)));
}

async function passInRegister(row: GateRow, gates: Register["gates"]): Promise<void> {
  const { system } = row;
  if (row.gate === "closed") {
    const left = row.until === undefined ? CLOSED_AGAIN_MS : Math.max(0, Date.parse(row.until) - Date.now());
    const until = row.until === undefined ? "" : ` until ${row.until}`;
    throw notSent(
      "GATE_CLOSED",
      `the gate of ${system} is closed${until}: ${row.reason ?? ""}`,
      jittered(Math.min(left, CLOSED_AGAIN_MS) + 500),
    );
  }
  if (row.rate === undefined) return;
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const wait = await known(() => gates.takeSlot(system));
    if (wait === 0) return;
    if (performance.now() + wait > giveUpAt)
      throw notSent(
        "GATE_RATE",
        `${system} takes ${row.rate} calls a second: ${row.reason ?? ""}`,
        jittered(Math.min(wait + PATIENCE_MS, CLOSED_AGAIN_MS)),
      );
    await pause(Math.min(wait, POLL_MS) * (0.5 + Math.random()));
  }
}

async function takePermit(system: string, { permits }: Pick<Register, "permits">, max: number, leaseMs: number): Promise<Permit> {
  for (const giveUpAt = performance.now() + PATIENCE_MS; ; await pause(POLL_MS * (0.5 + Math.random()))) {
    const permit = await permits.take(system, max, leaseMs);
    if (permit) return permit;
    if (performance.now() > giveUpAt)
      throw notSent("NO_PERMIT", `${system} takes ${max} calls at one time, and all are under way`, jittered(500));
  }
}

async function known<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw isUnreachable(error)
      ? notSent("REGISTER_UNREACHABLE", "the register, which keeps the system's limits, cannot be reached")
      : error;
  }
}

const jittered = (ms: number): number => Math.round(ms * (0.75 + Math.random() / 2));

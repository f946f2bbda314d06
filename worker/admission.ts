/** Lets calls in where the task queue does not keep a system's limits: a gate that only the register keeps, and permits for calls at one time. */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Admission } from "../activities/system.ts";
import { notSent } from "../connectors/failure.ts";
import type { Register } from "../register/database.ts";
import { isUnreachable } from "../register/errors.ts";
import type { Permit } from "../register/permits.ts";
import type { GateCache } from "./gate-cache.ts";

/** How long a call waits here for its place before it goes back to the queue. */
const PATIENCE_MS = 2_000;
const POLL_MS = 50;
/** A closed gate is asked again after this time at most, so that an operator's opening is soon seen. */
const CLOSED_AGAIN_MS = 30_000;

/** What admission stands on. */
export interface AdmissionDeps {
  system: string;
  cache: Pick<GateCache, "of">;
  register: Pick<Register, "gates" | "permits">;
  /** From the overlay; without it there are no permits. */
  maxInFlight?: number;
  log: Logger;
}

const nothing = async (): Promise<void> => undefined;

/** The admission of one system. */
export function admissionTo({ system, cache, register, maxInFlight, log }: AdmissionDeps): Admission {
  const release = (permit: Permit) =>
    register.permits
      .release(permit)
      .catch((error: Error) => log.warn({ error: error.name }, "a permit could not be given back; its lease ends it"));
  return {
    async enter(leaseMs) {
      await passGate(system, cache, register);
      if (maxInFlight === undefined) return nothing;
      const permit = await known(() => takePermit(system, register, maxInFlight, leaseMs));
      return () => release(permit);
    },
  };
}

/** Costs nothing where the queue keeps the limit. */
async function passGate(system: string, cache: Pick<GateCache, "of">, { gates }: Pick<Register, "gates">): Promise<void> {
  const row = await cache.of(system);
  if (row?.enforcedBy !== "register") return;
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

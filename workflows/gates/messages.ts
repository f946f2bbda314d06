/** What workers, operators and the gateway say to a system's supervisor, and what it answers. Pure. */
import type { Calendar } from "../../cases/calendar.ts";
import type { SystemSettings } from "../../catalogue/systems.ts";

export const GATE_WORKFLOW = "darsena-gate";
/** The supervisors' queue. It is never gated. */
export const CONTROL_QUEUE = "control";
/** Who changes the configuration of task queues. */
export const CONTROL_IDENTITY = "darsena-control";

/** The one supervisor of a contract's system. */
export const gateId = (contract: string): string => `gate.${contract}`;

export const gateSignals = { settings: "settings", health: "health" } as const;
export const gateUpdates = { close: "close", open: "open", misconfigured: "misconfigured" } as const;
export const GATE_QUERY = "gate";
/** The memo that holds the gate as it was set last. */
export const GATE_MEMO = "gate";

/** What a worker tells at its start: the municipality's settings of today. */
export interface GateSettings {
  system: string;
  settings: SystemSettings;
  calendar: Calendar;
}

/** What a worker tells when its view of a system has changed. */
export interface HealthReport {
  /** Names the process, over all machines. */
  worker: string;
  /** Whether this worker alone has seen `trickle.after` failures in a row. */
  failing: boolean;
  /** Failures in a row that this worker has seen; 0 after a success. */
  failures: number;
  /** Code of the last one, such as REFUSED. */
  code?: string;
}

export interface CloseGate {
  /** ISO instant; without it the gate stays closed until somebody opens it. */
  until?: string;
  reason: string;
  by: string;
}

export interface OpenGate {
  /** Calls per second from now on, until the gate is opened anew. */
  rate?: number;
  /** Begins as after an outage, with `trickle.rampFrom`, and doubles at each step up to the rate. */
  ramp?: boolean;
  reason?: string;
  by: string;
}

/** What a gate ought to be at a moment. */
export interface Desired {
  gate: "open" | "closed" | "trickle";
  /** Calls per second; absent without a limit, 0 while closed. */
  rate?: number;
  reason?: string;
  /** ISO instant at which this is over, where that is known. */
  until?: string;
}

/** The gate as its supervisor knows it. */
export interface GateView extends Desired {
  system: string;
  /** Where the limit is kept: in the task queue, or in the register when the server refuses that. */
  enforcedBy: "queue" | "register";
  /** ISO instant of the last change. */
  since?: string;
}

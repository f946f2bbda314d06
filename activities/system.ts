/** A system as the worker binds it: an adapter with its session and what the executor needs around it. */
import type { Logger } from "pino";
import type { Adapter } from "../connectors/adapter.ts";
import type { Ports } from "../connectors/ports.ts";
import type { Effects } from "../register/effects.ts";
import type { HealthMeter } from "./health.ts";
import type { Evidence } from "../register/evidence.ts";
import type { WorkerTime } from "./worker-time.ts";

export interface BoundSystem {
  readonly contract: string;
  readonly adapter: Adapter;
  /** What the adapter's `connect` returned. */
  readonly session: unknown;
  readonly ports: Ports;
  readonly ledger: Pick<Effects, "rows" | "intend" | "settle" | "record">;
  /** What operators are shown of calls without a clear result. */
  readonly evidence: Pick<Evidence, "keep">;
  /** Holds the system's queue: no call is tried until an operator opens it again. */
  closeGate(contract: string, reason: string): Promise<void>;
  /** Asked before each call, and before anything of it is written or sent. */
  readonly admission?: Admission;
  readonly health?: HealthMeter;
  /** Told how long each call took. */
  readonly times?: CallTimes;
  readonly log: Logger;
  /** Shortens the contract's deadline for this system. */
  readonly deadlineMs?: number;
  /** How long, after intent and deadline, a held request may still take effect; longer than start-to-close. */
  readonly settleMs?: number;
  /** The process's own unless told. */
  readonly time?: WorkerTime;
}

/** Lets a call in, where a system has limits that its task queue does not keep. */
export interface Admission {
  /** Resolves with what gives the place back. Throws `CallFailure` "not-sent" when the call may not go now. */
  enter(leaseMs: number): Promise<() => Promise<void>>;
}

/** Keeps how long calls take; must not throw. */
export interface CallTimes {
  note(operation: string, ms: number): void;
}

/** What the executor knows of the attempt that it runs in. */
export interface Attempt {
  /** Names this attempt in the ledger. */
  id: string;
  number: number;
  /** Fires when the activity is cancelled or the worker shuts down. */
  signal: AbortSignal;
  /** Set on the short way. */
  short?: ShortAttempt;
}

/** What is special in an attempt on the short way. */
export interface ShortAttempt {
  /** Bound on reads, in ms. */
  readMs: number;
  /** See `ShortRequest.fence`. */
  fence: number;
  /** Asked immediately before the intent is written, and taken back by nobody: after "no" this attempt sends nothing any more. */
  maySend(): boolean;
}

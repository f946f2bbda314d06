/** What the conformance suite needs of the house, as ports: connectors do not know the executor and the register (`activities/testing.ts` lends them). */
import type { Adapter } from "./adapter.ts";
import type { Json } from "./json.ts";
import type { CallRequest, Found, Outcome } from "./outcome.ts";
import type { Ports } from "./ports.ts";

/** The real executor with a real effect ledger. */
export interface Stage {
  /** What the house lends to adapters, kept in the register. */
  readonly ports: Ports;
  /** Binds the adapter as a worker does. */
  bind(adapter: Adapter, settings: Record<string, unknown>, limits?: Limits): StagedSystem;
  stop(): Promise<void>;
}

/** As `DARSENA_<CONTRACT>_DEADLINE_MS` and `_SETTLE_MS`. */
export interface Limits {
  deadlineMs?: number;
  settleMs?: number;
  /** In place of the stage's own. */
  ports?: Ports;
}

/** A bound system, called as a worker calls it. */
export interface StagedSystem {
  /** One attempt at one send. Throws `CallFailure` "not-sent" only. `attempt` counts from 1, as Temporal's. */
  call(operation: string, request: CallRequest, attempt?: { number?: number; signal?: AbortSignal }): Promise<Outcome>;
  /** One look-up of an earlier send. Throws `CallFailure` "not-sent" only. */
  find(operation: string, request: CallRequest): Promise<Found>;
  rows(key: string): Promise<LedgerRow[]>;
  /** Why the gate was closed, each time. */
  closings(): string[];
  /** All that operators and logs were told so far: log lines, evidence, the ledger's codes, messages and reasons. Without outputs. */
  said(): Promise<string>;
}

/** The part of a ledger's row that the suite looks at. */
export interface LedgerRow {
  readonly send: number;
  readonly state: "intended" | "done" | "rejected" | "not-sent" | "unknown";
  /** How many attempts have set the row to `intended`. */
  readonly attempts: number;
  readonly output?: Json;
}

/** What the rows of a key in the effect ledger say of a call: its outcome, if an attempt at it came to one. */
import { milliseconds, type Operation } from "../connectors/contract.ts";
import { notSent } from "../connectors/failure.ts";
import type { Json } from "../connectors/json.ts";
import type { CallRequest, Outcome, Recovery } from "../connectors/outcome.ts";
import type { EffectRow } from "../register/effects.ts";
import { isUnreachable } from "../register/errors.ts";
import { hashOf } from "./input-hash.ts";
import { longestHeldMs } from "./settle-time.ts";
import type { BoundSystem } from "./system.ts";

export const duplicate: Extract<Outcome, { kind: "conflict" }> = {
  kind: "conflict",
  code: "DUPLICATE_EFFECT",
  message: "two different effects stand under this key in the ledger",
};

/** The bound, in ms, on a call of this operation at this system. */
export const deadlineOf = (system: BoundSystem, operation: Operation): number =>
  Math.min(system.deadlineMs ?? Number.POSITIVE_INFINITY, milliseconds(operation.deadline));

/** What the rows of a key already say of one of its sends; undefined when an attempt may go on to send. */
export function wordOf(
  rows: readonly EffectRow[],
  send: number,
  inputHash: string,
  unknown: (reason: string, intendedAt: number) => Outcome,
): Outcome | undefined {
  const done = rows.find((row) => row.state === "done");
  if (done?.conflict) return duplicate;
  if (done && done.inputHash === inputHash)
    return { kind: "done", output: done.output as Json, ...(done.warnings ? { warnings: done.warnings } : {}) };
  if (rows.some((row) => row.inputHash !== inputHash && row.state !== "not-sent"))
    return { kind: "conflict", code: "INPUT_CHANGED", message: "the same key was sent before with another input" };
  const row = rows.find((one) => one.send === send);
  if (row?.state === "rejected") return { kind: "rejected", code: row.code ?? "", message: row.message ?? "" };
  if (row?.state === "intended" || row?.state === "unknown")
    return unknown(row.reason ?? "ATTEMPT_LOST: an earlier attempt ended without an answer", row.intendedAt.getTime());
  return undefined;
}

/** An unknown outcome, with the adapter's recovery and the end of the settle time. */
export function unknownOf(
  { adapter, settleMs }: BoundSystem,
  operation: Operation,
  send: number,
  deadlineMs: number,
  reason: string,
  intendedAt: number,
): Outcome {
  const recovery: Recovery = adapter.recovery[operation.name] ?? { by: "person" };
  const heldMs = longestHeldMs(deadlineMs, settleMs);
  return {
    kind: "unknown",
    reason,
    send,
    recovery,
    settleUntil: new Date(intendedAt + heldMs).toISOString(),
    settleMs: heldMs,
    adapter: adapter.name,
  };
}

/** What the ledger says of a write that another attempt has begun. `intended`: it may be under way until that instant (ms) and `lastsMs` at most, and is `lost` after it. */
export type Ledgered =
  | Outcome
  | { kind: "nothing" }
  | { kind: "not-sent"; reason: string }
  | { kind: "intended"; until: number; lastsMs: number; lost: Outcome };

/** Reads the ledger's word on a send; sends nothing. Throws `CallFailure` "not-sent" while the register is away. */
export async function readLedger(system: BoundSystem, operation: Operation, request: CallRequest): Promise<Ledgered> {
  const { key, send } = request;
  const parsed = operation.input.safeParse(request.input);
  const inputHash = hashOf(parsed.success ? (parsed.data as Json) : request.input);
  const rows = await readRows(system, key);
  const row = rows.find((one) => one.send === send);
  if (row?.state === "not-sent") return { kind: "not-sent", reason: row.reason ?? "" };
  const outcome = wordOf(rows, send, inputHash, (reason, intendedAt) =>
    unknownOf(system, operation, send, deadlineOf(system, operation), reason, intendedAt),
  );
  if (!outcome) return { kind: "nothing" };
  if (row?.state !== "intended" || outcome.kind !== "unknown") return outcome;
  return { kind: "intended", until: row.intendedAt.getTime() + row.deadlineMs, lastsMs: row.deadlineMs, lost: outcome };
}

async function readRows(system: BoundSystem, key: string): Promise<EffectRow[]> {
  try {
    return await system.ledger.rows(key);
  } catch (error) {
    throw isUnreachable(error) ? notSent("REGISTER_UNREACHABLE", "the effect ledger cannot be reached") : error;
  }
}

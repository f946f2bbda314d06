/** Keeps what a call met, for the operators of a parked case: after the ledger, and never in the way of the call. */
import type { CallFailure } from "../connectors/failure.ts";
import type { CallRequest, Outcome } from "../connectors/outcome.ts";
import type { EvidenceEntry } from "../register/evidence.ts";
import type { Attempt, BoundSystem } from "./system.ts";
import { wallTime } from "./worker-time.ts";

/** One attempt of a call that came to an outcome. */
export interface Met {
  operation: string;
  request: CallRequest;
  attempt: Attempt;
  outcome: Outcome;
  /** What the adapter or the transport said last, if anything. */
  failure: CallFailure | undefined;
  /** When the attempt began, in ms. */
  began: number;
}

/** Writes the entry in the background; a register that is away costs the entry, never the call. */
export function keepEvidence(system: BoundSystem, met: Met): void {
  const entry = entryOf(system, met);
  if (!entry) return;
  system.evidence.keep(entry).catch((error: unknown) => {
    system.log.warn({ key: entry.key, error: error instanceof Error ? error.name : typeof error }, "evidence was not kept");
  });
}

/** Nothing for a clear result. The message of a failure and its detail hold no value of the request or the answer (`failure.ts`). */
export function entryOf(system: Pick<BoundSystem, "contract" | "adapter" | "time">, met: Met): EvidenceEntry | undefined {
  const { operation, request, attempt, outcome, failure, began } = met;
  if (outcome.kind === "done" || outcome.kind === "invalid" || outcome.kind === "expired") return undefined;
  const now = (system.time ?? wallTime).now();
  const { status, contentType, bytes } = failure?.detail ?? { status: undefined, contentType: undefined, bytes: undefined };
  return {
    caseId: request.key.slice(0, request.key.indexOf("/")),
    key: request.key,
    send: request.send,
    attempt: attempt.id,
    operation,
    at: new Date(now),
    kind: outcome.kind,
    ...(outcome.kind === "unknown" ? spoken(outcome.reason) : { code: outcome.code, message: outcome.message }),
    ...(status === undefined ? {} : { status }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(bytes === undefined ? {} : { bytes }),
    system: system.contract,
    adapter: system.adapter.name,
    durationMs: now - began,
  };
}

/** The reason of an unknown outcome is `CODE: words`. */
function spoken(reason: string): { code: string; message: string } {
  const [, code, message] = /^([A-Z][A-Z0-9_]*): ([^]*)$/.exec(reason) ?? [];
  return code === undefined ? { code: "UNKNOWN", message: reason } : { code, message: message ?? "" };
}

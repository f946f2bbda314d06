/** What is known of the calls of a case: rows of the effect ledger, and what systems answered or did not. For operators only. */
import type { EffectRow, EffectState } from "../register/effects.ts";
import type { EvidenceEntry } from "../register/evidence.ts";
import { DarsenaError } from "./errors.ts";
import type { CaseRegister } from "./ports.ts";
import { askRegister } from "./register-calls.ts";

/** A row of the effect ledger without its result: whether something was sent, and what became of it. */
export interface EffectSummary {
  key: string;
  send: number;
  operation: string;
  adapter: string;
  state: EffectState;
  /** How many attempts have sent, or meant to; 0 for a result found without a send. */
  attempts: number;
  intendedAt: string;
  settledAt?: string;
  code?: string;
  message?: string;
  /** Why it is unknown, or was not sent. */
  reason?: string;
  /** True when another effect was found under this key. */
  conflict?: true;
}

/** What one attempt met; no body, no value of a request or an answer. */
export type EvidenceItem = Omit<EvidenceEntry, "caseId" | "at"> & { at: string };

/** Both, of one case, the oldest first. */
export interface CaseEvidence {
  case: string;
  effects: EffectSummary[];
  /** The latest hundred. */
  evidence: EvidenceItem[];
}

/** Reads both from the register; CASE_NOT_FOUND when it knows no such case. */
export async function evidenceOf(register: CaseRegister, caseId: string): Promise<CaseEvidence> {
  if ((await askRegister(() => register.cases.known(caseId))) === undefined) throw new DarsenaError("CASE_NOT_FOUND");
  const [effects, evidence] = await Promise.all([
    askRegister(() => register.effects.ofCase(caseId)),
    askRegister(() => register.evidence.ofCase(caseId)),
  ]);
  return {
    case: caseId,
    effects: effects.map(summaryOf),
    evidence: evidence.map(({ caseId: _case, at, ...item }) => ({ ...item, at: at.toISOString() })),
  };
}

/** Results stay in the ledger: they may hold personal data. */
const summaryOf = (row: EffectRow): EffectSummary => ({
  key: row.key,
  send: row.send,
  operation: row.operation,
  adapter: row.adapter,
  state: row.state,
  attempts: row.attempts,
  intendedAt: row.intendedAt.toISOString(),
  ...(row.settledAt === undefined ? {} : { settledAt: row.settledAt.toISOString() }),
  ...(row.code === undefined ? {} : { code: row.code }),
  ...(row.message === undefined ? {} : { message: row.message }),
  ...(row.reason === undefined ? {} : { reason: row.reason }),
  ...(row.conflict === undefined ? {} : { conflict: true as const }),
});

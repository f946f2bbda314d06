/** The search attributes that all services share: few, and without personal data (the applicant is a pseudonym). */
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  type SearchAttributeUpdatePair,
  type TypedSearchAttributes,
} from "@temporalio/common";
import type { CaseStatus } from "../cases/status.ts";

const keyword = (name: string) => defineSearchAttributeKey(name, "KEYWORD");

/** Ten keywords: the limit of SQL visibility stores. */
export const keywords = {
  CaseState: keyword("CaseState"),
  CaseWaitingFor: keyword("CaseWaitingFor"),
  CaseStep: keyword("CaseStep"),
  CaseOffice: keyword("CaseOffice"),
  CaseChannel: keyword("CaseChannel"),
  CaseApplicant: keyword("CaseApplicant"),
  CaseProtocol: keyword("CaseProtocol"),
  CaseProblem: keyword("CaseProblem"),
  CaseOutcome: keyword("CaseOutcome"),
  CaseVersion: keyword("CaseVersion"),
} as const;
export const instants = {
  CaseDue: defineSearchAttributeKey("CaseDue", "DATETIME"),
  CaseReceived: defineSearchAttributeKey("CaseReceived", "DATETIME"),
} as const;

/** What differs between a status and the attributes that the run has now. */
export function changedAttributes(status: CaseStatus, now: TypedSearchAttributes): SearchAttributeUpdatePair[] {
  const wanted: Record<Exclude<keyof typeof keywords, "CaseApplicant">, string | undefined> = {
    CaseState: status.state,
    CaseWaitingFor: status.waitingFor,
    CaseStep: status.step,
    CaseOffice: status.office,
    CaseChannel: status.channel,
    CaseProtocol: status.protocolNumber,
    CaseProblem: status.problem?.code,
    CaseOutcome: status.outcome,
    CaseVersion: status.version.slice(0, 12),
  };
  const changed: SearchAttributeUpdatePair[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const key = keywords[name as keyof typeof keywords];
    if (now.get(key) !== value) changed.push({ key, value: value ?? null });
  }
  if (!now.get(instants.CaseReceived)) changed.push({ key: instants.CaseReceived, value: new Date(status.receipt.at) });
  const due = status.clock?.due;
  if (due !== undefined && now.get(instants.CaseDue)?.toISOString().slice(0, 10) !== due)
    changed.push({ key: instants.CaseDue, value: new Date(`${due}T12:00:00Z`) });
  return changed;
}

export const applicantAttribute = (pseudonym: string): SearchAttributePair => ({ key: keywords.CaseApplicant, value: pseudonym });

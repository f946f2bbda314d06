/** One status shape for every service and channel (DESIGN section 7). */
import type { Json, JsonObject } from "../connectors/json.ts";
import type { RepairVerb } from "./message.ts";

export type CaseStateName = "received" | "running" | "waiting" | "parked" | "closed";
export type WaitingFor = "applicant" | "office" | "system" | "payment" | "date" | "operator";
export const outcomes = ["granted", "refused", "inadmissible", "completed", "withdrawn", "cancelled"] as const;
export type CaseOutcome = (typeof outcomes)[number];

/** Text in the languages that the municipality speaks to applicants in. */
export interface Text {
  en: string;
  it: string;
}

/** Something a person may do now. `id` (`<step path>.<round>`) is the `for` of the message that answers it. */
export interface Action {
  id: string;
  /** The message's name: `decision`, `correction`, `payment` ... */
  name: string;
  /** Who is asked. */
  who: "applicant" | "office" | "operator";
  title: Text;
  office?: string;
  /** JSON Schema of the message's body. */
  form: JsonObject;
  /** What the person should see before acting: warnings, a proposal, the answers so far. */
  shows?: JsonObject;
  due?: string;
}

/** What the history of a case tells; the API's schema is made from it. */
export const historyEvents = [
  "received",
  "started",
  "done",
  "rejected",
  "skipped",
  "failed",
  "asked",
  "answered",
  "expired",
  "reminded",
  "escalated",
  "adopted",
  "reassigned",
  "undone",
  "parked",
  "repaired",
  "withdrawal",
  "closed",
] as const;
export type HistoryEvent = (typeof historyEvents)[number];

export interface HistoryEntry {
  at: string;
  /** Step path, or absent for what concerns the case as a whole. */
  path?: string;
  event: HistoryEvent;
  /** A sentence for people; no personal data. */
  text: Text;
  /** Shown to the applicant (the step or event has a public label). */
  public: boolean;
  by?: string;
}

export interface StepStatus {
  /** Step path. */
  id: string;
  title: Text;
  state: "running" | "done" | "rejected" | "skipped" | "failed" | "undone";
  ms?: number;
  /** The operation called, `protocol.register`. */
  operation?: string;
  /** What it came to, for operators: "may be doubled", a warning of the system. */
  note?: string;
}

export interface ParkedProblem {
  /** The id that `resolve` names. */
  id: string;
  /** `<contract>.<operation>:<code>`, `expression:<CODE>`. */
  code: string;
  path: string;
  title: string;
  /** What to do about it. */
  advice: string;
  since: string;
  verbs: RepairVerb[];
  /** Key of the call in the effect ledger; absent where no call is meant. */
  key?: string;
  /** Before this instant "retry" is refused: an earlier request may still arrive. */
  notBefore?: string;
  /** An effect may exist that nobody has verified; "retry" then confirms by name that nothing was done. */
  unknown?: true;
}

export interface CaseStatus {
  case: string;
  service: string;
  title: Text;
  office?: string;
  channel: string;
  receipt: { number: string; at: string };
  state: CaseStateName;
  waitingFor?: WaitingFor;
  /** Path of the step where the case stands. */
  step?: string;
  /** What it waits for, in words. */
  waitingText?: Text;
  outcome?: CaseOutcome;
  outcomeText?: Text;
  protocolNumber?: string;
  /** The legal clock; dates are calendar dates of the municipality, `elapsed` and `suspended` are days. */
  clock?: {
    due: string;
    state: "running" | "suspended" | "expired" | "reminded" | "escalated" | "stopped";
    elapsed: number;
    suspended: number;
  };
  /** Rises with each publication; the register ignores a lower one. */
  number: number;
  /** Instant of this publication. */
  updatedAt: string;
  steps: StepStatus[];
  history: HistoryEntry[];
  actions: Action[];
  problem?: ParkedProblem;
  /** Documents that the case issued for the applicant: attachment references. */
  documents: Json[];
  /** SHA-256 of the pinned definition. */
  version: string;
  /** What a service hands on when it ends. */
  result?: JsonObject;
}

/** What an applicant may see: public labels only, no internals, no names of systems. */
export type ApplicantStatus = Omit<CaseStatus, "steps" | "problem" | "version" | "result"> & {
  steps: Pick<StepStatus, "title" | "state">[];
};

/** What a case asks of the register: to be opened with its pinned definition, and to be published. */
import type { FieldIssue, CaseStart, RefusalCode } from "../cases/message.ts";
import type { Opened } from "../cases/new-state.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Ahead, FoundByPerson } from "../cases/runtime.ts";
import type { CaseStatus } from "../cases/status.ts";

export interface OpenRequest {
  caseId: string;
  /** A case id belongs to its first execution; continue-as-new and reset keep this id. */
  firstRunId: string;
  service: string;
  start: CaseStart;
}

/** What a case says to the one that opened it. */
export interface ChildReport {
  parent: { case: string; question: string };
  child: string;
  body: JsonObject;
}

export type OpenResult = ({ kind: "opened" } & Opened) | { kind: "refused"; code: RefusalCode; message: string; errors: FieldIssue[] };

export interface CaseActivities {
  /** Resolves and pins the service, validates the request, confirms the row, draws the receipt number: all once per case id. */
  "case.open": (request: OpenRequest) => Promise<OpenResult>;
  /** Writes into the effect ledger what a person found after an unknown outcome; never over another result. */
  "case.record": (found: FoundByPerson) => Promise<void>;
  /** Tells the case that opened this one how it ended; one that no longer waits for it is left alone. */
  "case.report": (report: ChildReport) => Promise<void>;
  /** Asks the effect ledger what a lost run of the case has done, and keeps such a run from doing more (`Runtime.lookAhead`). */
  "case.ahead": (asked: { caseId: string; fence: number }) => Promise<Ahead>;
  /** Writes a status; a lower number than the register holds is ignored, and so is a run that knows less of the `fence`. */
  "case.publish": (status: CaseStatus, fence?: number) => Promise<void>;
}

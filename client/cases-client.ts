/** The way into Darsena for programs: one interface, over HTTP (`http-client.ts`) and in process (`cases.ts`). */
import type { Readable } from "node:stream";
import type { DefinitionsClient, NewAdoption } from "./definitions-client.ts";
import type { Message, MessageAnswer, Repair } from "../cases/message.ts";
import type { Action, ApplicantStatus, CaseOutcome, CaseStateName, CaseStatus, Text, WaitingFor } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { AttachmentRef } from "../connectors/shared-types.ts";
import type { CaseEvidence } from "./evidence.ts";
import type { ParkedPage, ProblemReport } from "./problem-report.ts";

/** A service as a list shows it. */
export interface ServiceSummary {
  service: string;
  title: Text;
  area: string;
  /** Absent where it depends on the request. */
  office?: string;
  /** The legal term, an ISO duration such as `P30D`. */
  term?: string;
  /** Set when the service is written by hand: the name of its workflow. */
  workflow?: string;
}

/** A service with what a request to it must hold. */
export interface ServiceDescription {
  service: string;
  title: Text;
  area: string;
  /** Absent where it depends on the request. */
  office?: string;
  legal?: JsonObject;
  /** JSON Schema 2020-12 of the request. */
  requestSchema: JsonObject;
}

/** A request to a service. */
export interface StartRequest {
  service: string;
  request: JsonObject;
  /** Where the request came from; `api` unless told. */
  channel?: string;
  /** The same key and body always mean the same case; a fresh UUID unless told. */
  idempotencyKey?: string;
  /** Instant of the presentation, when that was before the start; the legal term runs from it. */
  presentedAt?: string;
}

/** The case of a start; `number` is the status number under which the receipt is published. */
export interface StartAnswer {
  case: string;
  service: string;
  number: number;
  /** False when the same key and body had started it before, and that was known. */
  created: boolean;
}

/** How a status is read. */
export interface StatusOptions {
  /** Wait (30 s at most) until the status has this number or a higher one: read your writes. */
  after?: number;
  view?: "applicant" | "operator";
}

/** A message to a case; an id and the instant are filled in unless told. Use the same id to repeat it. */
export type NewMessage = Pick<Message, "name" | "body"> & Partial<Pick<Message, "id" | "for" | "from" | "at">>;

/** An operator's act on a case; an id is filled in unless told. */
export type NewRepair = Omit<Repair, "id"> & { id?: string };

/** A case as a list shows it. */
export interface CaseSummary {
  case: string;
  service: string;
  /** Absent until the case's first activity has drawn the receipt. */
  receipt?: { number: string; at: string };
  state: CaseStateName;
  waitingFor?: WaitingFor;
  step?: string;
  office?: string;
  /** SHA-256 of the definition that it has pinned. */
  version?: string;
  outcome?: CaseOutcome;
  protocolNumber?: string;
  due?: string;
  /** When the register saw it change last. */
  updatedAt: string;
}

/** Which cases to list, the latest change first. */
export interface CaseFilter {
  service?: string;
  state?: CaseStateName;
  /** Only cases changed at this instant or later. */
  updatedSince?: string;
  /** 1 to 200; 50 unless told. */
  limit?: number;
  /** `next` of the page before. */
  cursor?: string;
}

/** One page of cases; `next` is absent on the last one. */
export interface CasePage {
  items: CaseSummary[];
  next?: string;
}

/** A file to store: its bytes are streamed, never held whole. */
export interface Upload {
  name: string;
  mediaType: string;
  content: Readable;
}

/** What `waitFor` waits for: a state, an outcome, an open action of this name, or whatever a function says. */
export type Condition =
  | { state: CaseStateName }
  | { outcome: CaseOutcome }
  | { action: Action["name"] }
  | ((status: CaseStatus) => boolean);

/** Whether the two halves that Darsena stands on answer. */
export interface Health {
  ok: boolean;
  temporal: boolean;
  register: boolean;
}

/** Starts cases, reads them and speaks to them. Every method rejects with a `DarsenaError` and nothing else. */
export interface CasesClient {
  services(): Promise<ServiceSummary[]>;
  /** Rejects with UNKNOWN_SERVICE. */
  service(id: string): Promise<ServiceDescription>;
  /** Resolves once Temporal has accepted the start. Safe to repeat with the same key and body. */
  startCase(start: StartRequest): Promise<StartAnswer>;
  status(caseId: string, options: StatusOptions & { view: "operator" }): Promise<CaseStatus>;
  status(caseId: string, options?: StatusOptions): Promise<ApplicantStatus>;
  list(filter?: CaseFilter): Promise<CasePage>;
  /** Says something to a case; resolves once the case has recorded it. Safe to repeat with the same id. */
  send(caseId: string, message: NewMessage): Promise<MessageAnswer>;
  /** The applicant withdraws: recorded at once, in effect when no call is open. */
  withdraw(caseId: string, withdrawal?: { id?: string; reason?: string; from?: string }): Promise<MessageAnswer>;
  repair(caseId: string, repair: NewRepair): Promise<MessageAnswer>;
  /** For operators: what is known of the calls of a case. Rejects with CASE_NOT_FOUND. */
  evidence(caseId: string): Promise<CaseEvidence>;
  /** For operators: what needs a person, grouped by cause. */
  problems(): Promise<ProblemReport>;
  /** The cases parked for a cause, in the order of their ids; `limit` 1 to 200. */
  parked(cause: string, page?: { limit?: number; after?: string }): Promise<ParkedPage>;
  /**
   * Moves a waiting case to another version of its service. Rejects with NOT_EXPECTED, with `details.reasons`, where what the case has
   * done does not stand there; a refusal leaves it unchanged. Safe to repeat with the same id.
   */
  adopt(caseId: string, adoption: NewAdoption): Promise<MessageAnswer>;
  readonly definitions: DefinitionsClient;
  /** The operator's view as soon as the condition holds; WAIT_TIMED_OUT after `timeoutMs` (60 s unless told). */
  waitFor(caseId: string, condition: Condition, options?: { timeoutMs?: number }): Promise<CaseStatus>;
  /** Stores a file and gives the reference that a request carries. */
  attach(upload: Upload): Promise<AttachmentRef>;
  attachment(id: string): Promise<{ ref: AttachmentRef; content: Readable }>;
  health(): Promise<Health>;
}

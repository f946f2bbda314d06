/** What people and systems say to a case, and what the case answers. */
import type { Json, JsonObject } from "../connectors/json.ts";

export interface Message {
  /** Chosen by the sender; the same id gets the recorded answer again. */
  id: string;
  /** The question answered (`<step path>.<round>`); absent for an unasked message such as `payment`. */
  for?: string;
  /** `decision`, `correction`, `payment`, `withdraw`. */
  name: string;
  body: JsonObject;
  /** Who says so: `applicant`, `office:<name>`, `system:<name>`, with "(unverified)" until there is authorisation. */
  from: string;
  /** Instant of the presentation. */
  at: string;
}

/** `number` is the status number under which the message's effect will be published. */
export interface MessageAnswer {
  accepted: true;
  number: number;
  /** True when the message was kept for a wait that has not begun. */
  kept?: true;
}

/** What an operator may do: with a parked case, and (`cancel`, `reassign`) with any open one. */
export const repairVerbs = ["retry", "resolve", "skip", "cancel", "reassign"] as const;
export type RepairVerb = (typeof repairVerbs)[number];

/** An operator's act on a case. */
export interface Repair {
  id: string;
  /** Id of the problem (`status.problem.id`); absent only for `cancel` and `reassign`. */
  problem?: string;
  verb: RepairVerb;
  /** For `reassign`: the office that the open decision moves to, one of the municipality's overlay. */
  office?: string;
  /** For `reassign`, where more than one decision is open: the id of the one meant. */
  question?: string;
  /** For `resolve`: the operation's result, validated against its output schema. */
  result?: Json;
  reason: string;
  by: string;
}

/** Argument of a start: `client.workflow.start("<service id>", { taskQueue: "cases", workflowId, args: [start] })`. */
export interface CaseStart {
  request: JsonObject;
  /** Where it came from: `portal`, `app`, `counter`, `api` ... */
  channel: string;
  /** Instant of the presentation, when it was before the start (a form filled in at a counter). */
  presentedAt?: string;
  /** The case that opened this one, and its question that the outcome answers. */
  parent?: { case: string; question: string };
}

/** Names of the workflow's update handlers and queries, the same for every service. */
export const updates = { message: "message", repair: "repair", adopt: "adopt" } as const;
export const queries = { status: "status" } as const;

/** A refusal of a message, start or repair: `type` of the ApplicationFailure; the API maps it to a status. */
export type RefusalCode =
  | "INVALID_BODY" // 400/422: details list `{field, en, it}`
  | "ALREADY_ANSWERED" // 409: details say who and when
  | "NOT_EXPECTED" // 409: details say what the case waits for
  | "CASE_CLOSED" // 409
  | "INVALID_REQUEST" // the start's request does not fit the service
  | "UNKNOWN_SERVICE"
  | "CASE_EXISTS"
  | "NO_SUCH_PROBLEM";

/** One thing wrong with a request or a form. */
export interface FieldIssue {
  /** `applicant.taxCode`, `documents[2]`. */
  field: string;
  en: string;
  it: string;
}

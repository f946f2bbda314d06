/**
 * All that a case is, as plain JSON. A case started with a state goes on from it: nothing else survives, least of all the
 * JavaScript stack. Continue-as-new, adoption of a new definition and the simulator's crash all use this one mechanism.
 */
import type { ConsequenceSpec, Overlay, Service } from "../catalogue/definition.ts";
import type { Fields } from "../catalogue/fields.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import type { Recovery } from "../connectors/outcome.ts";
import type { ClockEvent } from "./clock.ts";
import type { Message, MessageAnswer, Repair, RepairVerb } from "./message.ts";
import type { CaseOutcome, HistoryEntry, StepStatus, Text, WaitingFor } from "./status.ts";

export interface StepRecord {
  state: StepStatus["state"];
  startedAt: string;
  endedAt?: string;
  operation?: string;
  /** What expressions read as `steps.<id>`; absent when the step gave nothing. */
  result?: JsonObject;
  note?: string;
}

/** A call that has not come to a result: where its durable loop stands. */
export interface CallState {
  path: string;
  operation: string;
  input: Json;
  /** Raised only where a further send is allowed. */
  send: number;
  /** Repetitions of a read, or of a send under a key, after an unknown outcome. */
  tries: number;
  unknown?: { reason: string; recovery: Recovery; settleUntil: string };
  /** What a send before this one, under the same key, came to is not known. */
  doubt?: { reason: string; settleUntil: string };
  doubled?: true;
  /** Instant after which the call is given up. */
  until?: string;
}

/** Something that a person, or a system, may answer. Its id is `<step path>.<round>`. */
export interface Question {
  id: string;
  path: string;
  name: string;
  who: "applicant" | "office" | "operator";
  title: Text;
  office?: string;
  accepts: Accepts;
  shows?: JsonObject;
  openedAt: string;
  due?: string;
  /** What happens meanwhile, in order. */
  moments?: Moment[];
  answer?: { body: JsonObject; by: string; at: string };
}

/** Something that comes to pass while a case rests. */
export interface Moment {
  at: string;
  kind: "reminder" | "escalation" | "late";
  /** The office of an escalation. */
  to?: string;
}

/** What a body must look like. */
export type Accepts =
  | { kind: "form"; fields: Fields }
  | {
      kind: "decision";
      outcomes: Record<string, Fields>;
      asks: string[];
      /** Outcomes that may not be chosen yet, with the ask that must come first. */
      blocked: Record<string, string>;
    };

export interface Problem {
  id: string;
  path: string;
  code: string;
  title: string;
  advice: string;
  since: string;
  verbs: RepairVerb[];
  /** Operation whose output schema validates a resolution. */
  operation?: string;
  /** Key of the call in the effect ledger. */
  key?: string;
  /** Before this instant "retry" is refused: a held request might still arrive. */
  notBefore?: string;
  /** True while an effect may exist that nobody has verified: a withdrawal waits. */
  unknown?: true;
  repair?: Repair;
}

export interface UndoEntry {
  path: string;
  key: string;
  call: string;
  input: JsonObject;
  optional?: true;
}

/** Progress inside a step that has more than one moment. */
export interface Progress {
  round: number;
  stage: string;
  /** `decide`: the office that an operator moved it to; it stays there in later rounds. */
  office?: string;
  /** `decide`: the ask under way. */
  ask?: string;
  /** What the office wrote with its ask. */
  note?: string;
  asked?: Record<string, "answered" | "expired">;
  answers?: Record<string, JsonObject>;
  due?: string;
  moments?: Moment[];
  nextAt?: string;
  branch?: number;
  /** What follows from a step that has finished, until it has followed. */
  pending?: { consequence: ConsequenceSpec; more: JsonObject };
  /** `wait`: the system is being asked whether it has come to pass; a restart goes on with that very question. */
  confirming?: true;
  /** `parallel`, `forEach`: what has come to its end. */
  done?: string[];
  items?: Json[];
  /** Fragments: inputs and variables of their own. */
  inputs?: JsonObject;
  vars?: JsonObject;
}

export interface Waiting {
  for: WaitingFor;
  path: string;
  text: Text;
}

export interface Stop {
  kind: "withdrawn" | "cancelled";
  by: string;
  at: string;
  reason?: string;
}

/** What a case knows of the short way of its calls. */
export interface ShortWayState {
  /** Instant (ms) until which it is not worth asking, by contract. */
  queuedUntil: Record<string, number>;
  /** How often the case has looked ahead (`Runtime.lookAhead`). */
  fence: number;
  /** The opening wrote the first status into the register; until the case has published one itself. */
  shown?: true;
}

export interface CaseState {
  darsenaState: 1;
  id: string;
  service: Service;
  overlay: Overlay;
  version: string;
  request: JsonObject;
  channel: string;
  /** The case that opened this one, and its question that the outcome answers. */
  parent?: { case: string; question: string };
  office?: string;
  receipt: { number: string; at: string };
  steps: Record<string, StepRecord>;
  vars: JsonObject;
  undo: UndoEntry[];
  calls: Record<string, CallState>;
  /** Key without generation to generation: raised when a rejected call is made again with new input. */
  generations: Record<string, number>;
  progress: Record<string, Progress>;
  questions: Record<string, Question>;
  /** Times of questions that an adoption asks anew. */
  reopened?: Record<string, Pick<Question, "openedAt" | "due" | "moments">>;
  /** Question id to who closed it and when. */
  answered: Record<string, { by: string; at: string }>;
  /** Message id to its recorded answer. */
  seen: Record<string, MessageAnswer>;
  kept: Message[];
  problems: Record<string, Problem>;
  problemCount: number;
  /** Where strands rest now, by step path; made anew at each restart. */
  waiting: Record<string, Waiting>;
  stop?: Stop;
  ending?: { outcome: CaseOutcome; undo: boolean; stop?: Stop["kind"]; reason?: Text };
  outcome?: CaseOutcome;
  closedAt?: string;
  protocolNumber?: string;
  documents: Json[];
  result?: JsonObject;
  clock: ClockEvent[];
  history: HistoryEntry[];
  /** Number of the last publication. */
  number: number;
  /** Absent in cases that were opened before there was a short way: they never take it. */
  shortWay?: ShortWayState;
  /** Tests force a restart from state after every step. */
  restart?: "every-step";
}

/** The small port through which a case touches the world. `workflows/` binds it to Temporal. */
import type { Json } from "../connectors/json.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import type { CaseStart } from "./message.ts";
import type { Priority } from "./priority.ts";
import type { CaseStatus } from "./status.ts";

export interface CallCommand {
  /** `protocol.register`. */
  operation: string;
  /** A sentence for the row in the Temporal UI. */
  summary: string;
  request: CallRequest;
  /** Among the calls that wait for the same system; 1 goes first. */
  priority: Priority;
  /** Instant (ms) after which the call is given up, unless it is being sent just then. */
  until?: number;
  /** Nothing else of the case is under way that could overtake it: only such a call may go the short way. */
  alone?: true;
}

/** A result that a person found, for the effect ledger. */
export interface FoundByPerson {
  key: string;
  send: number;
  operation: string;
  input: Json;
  output: Json;
}

/** Another service, opened by this case. */
export interface OpenChild {
  service: string;
  caseId: string;
  start: CaseStart;
}

/** What stands in the ledger of a case, maybe without its knowing: a run whose history was lost had come further. */
export interface Ahead {
  /** Keys of effects that stand or may stand. */
  keys: string[];
  /** A closing status was published. */
  closed: boolean;
}

export interface Runtime {
  /** The instant, in ms; the same in every replay. */
  now(): number;
  /** One send, retried without end while it is certainly not sent. */
  call(command: CallCommand): Promise<Outcome>;
  /** Looks the effect of an earlier send up. */
  find(command: CallCommand): Promise<Found>;
  /** Writes into the effect ledger what a person found. */
  record(found: FoundByPerson): Promise<void>;
  /** Asks the ledger what an overtaken run has done. From then on such a run can do no more; `fence` rises with each look. */
  lookAhead(fence: number): Promise<Ahead>;
  /** Starts a case of its own, which outlives this one; one that exists already is the one that was meant. */
  openChild(child: OpenChild): Promise<void>;
  /** Waits until `ready` holds, which is looked at after each message and call result, or until the instant `until` (ms). */
  wait(ready: () => boolean, until: number | undefined, summary: string): Promise<"ready" | "due">;
  /** Calls `then` after `ms`, unless the returned function is called first. */
  after(ms: number, summary: string, then: () => void): () => void;
  /** Publishes a status: register, search attributes, current details. Resolves when the register has it. */
  publish(status: CaseStatus): Promise<void>;
  /** True when history has grown so long that the case should restart from its state at the next rest. */
  restartSuggested(): boolean;
  /** False for a workflow written by hand: it is replayed, never restarted from state. */
  readonly restartable: boolean;
}

/** Thrown through the interpreter to restart from state; caught by `workflows/` only. */
export class RestartFromState extends Error {
  override readonly name = "RestartFromState";
}

/** Thrown in a strand that nobody waits for any more. */
export class Abandoned extends Error {
  override readonly name = "Abandoned";
}

/** Thrown in a step that an operator gives up while the case comes to its end; the steps after it run. */
export class GivenUp extends Error {
  override readonly name = "GivenUp";
}

/** Thrown when a withdrawal or cancellation takes effect. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

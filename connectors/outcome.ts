/**
 * What a call came to, as it stands in a case's history. Outcomes are values, never exceptions;
 * only "certainly not sent" is thrown, so that Temporal retries it without the case noticing.
 */
import type { Json } from "./json.ts";

/** How a write whose outcome is unknown is settled; declared by each adapter, per operation. */
export type Recovery =
  /**
   * The system refuses or replays duplicates of a key that we send: the same key may be sent again. `thenFind`: when that gave no clear
   * answer, it is looked up until it is settled, and then sent once more or given to a person.
   */
  | { by: "key"; thenFind?: true }
  /** The effect can be looked up by our reference. `resend` gives the reason why a second send is safe once it was settled as not found. */
  | { by: "find"; resend?: string }
  /** Neither: a person looks and supplies the result, or confirms that nothing was done. */
  | { by: "person" };

export type Outcome =
  | { kind: "done"; output: Json; warnings?: string[]; doubled?: true }
  /** The system said no, with a code; a declared code is a branch of the service. */
  | { kind: "rejected"; code: string; message: string }
  /**
   * Maybe an effect, maybe none. `settleUntil` (ISO instant, by the worker's clock): after it a held request can no longer be running.
   * `settleMs`: the same, reckoned from the moment when the outcome is heard, whatever the clock says.
   */
  | { kind: "unknown"; reason: string; send: number; recovery: Recovery; settleUntil: string; settleMs?: number; adapter: string }
  /** The input does not fit the contract; nothing was sent. Field paths only, never values. */
  | { kind: "invalid"; issues: string[] }
  /** Two effects, or two inputs, under one key: a person must look. */
  | { kind: "conflict"; code: "DUPLICATE_EFFECT" | "INPUT_CHANGED"; message: string }
  /** A defect or a broken answer: repeating it by itself would not help, so a person looks. Without effect. */
  | { kind: "failed"; code: string; message: string }
  /** The time that the service allows was over before anything was sent. */
  | { kind: "expired" };

/** The answer of a look-up by our reference. */
export type Found = { kind: "found"; output: Json } | { kind: "absent" } | { kind: "unsure"; reason: string };

/**
 * What the short way answers (DESIGN section 3): the call's outcome, or why the call takes another way. `deferred`: decided before anything was
 * written or sent; it need not be tried again for `forMs`. `not-sent`: tried, certainly without effect. `under-way`: longer than a short call may
 * take, or another attempt has it; its answer is collected.
 */
export type ShortAnswer =
  | Outcome
  | { kind: "deferred"; reason: string; forMs: number }
  | { kind: "not-sent"; reason: string }
  | { kind: "under-way" };

/** The argument of every connector activity. */
export interface CallRequest {
  /** `<case id>/<step path>[~generation]`, undo `<key>.undo`: the same in every attempt, run and replay. */
  key: string;
  /** 1, 2, ...: raised only where DESIGN allows a further send. Meaningless for reads. */
  send: number;
  input: Json;
  /** `find` looks the effect of an earlier send up, and sends nothing. */
  verb: "send" | "find";
}

/** The argument of a call on the short way. */
export interface ShortRequest extends Omit<CallRequest, "verb"> {
  /** `collect` waits for the answer to a call that was begun, and sends nothing. */
  verb: "send" | "collect";
  /** How often the case has looked ahead. A run that was overtaken by a look ahead can no longer send. */
  fence: number;
}

/** How a call parks a case: what happened, what is known of the effect, and what an operator may do. */
import { operationById } from "../connectors/contracts.ts";
import type { Call } from "./calls.ts";
import type { Problem } from "./state.ts";

export type NewProblem = Omit<Problem, "id" | "since">;

const problem = (call: Call, code: string, title: string, advice: string): NewProblem => ({
  path: call.path,
  code: `${call.operation}:${code}`,
  title,
  advice,
  verbs: call.optional ? ["retry", "resolve", "skip", "cancel"] : ["retry", "resolve", "cancel"],
  operation: call.operation,
});

export function rejectedProblem(call: Call, { code, message }: { code: string; message: string }): NewProblem {
  const declared = operationById(call.operation)?.rejections.includes(code) ?? false;
  const advice = declared
    ? `The service has no branch for ${code}: add a branch under "rejected". Retry calls again with the input evaluated anew; resolve supplies the result.`
    : `${code} is not a code of the contract (${message}). Look in the system; retry calls again, resolve supplies the result.`;
  const parked = problem(call, code, `${call.operation} was refused: ${code}`, advice);
  // An undo is never forgotten, but a person may decide that it is not to be done.
  return call.key === undefined ? parked : { ...parked, verbs: ["retry", "resolve", "skip"] };
}

export const invalidProblem = (call: Call, issues: readonly string[]): NewProblem =>
  problem(
    call,
    "INPUT_INVALID",
    `The input of ${call.operation} does not fit its contract: ${issues.join("; ")}`,
    "Nothing was sent. Correct the service, or resolve with the result found by hand.",
  );

export const brokenProblem = (call: Call, { code, message }: { code: string; message: string }): NewProblem =>
  problem(call, code, message, "Nothing was sent. Tell the integrator of this connector; retry when it is mended.");

export const conflictProblem = (call: Call, { code, message }: { code: string; message: string }): NewProblem => ({
  ...problem(call, code, message, "Look in the system and in the effect ledger, then resolve with the result that counts."),
  verbs: ["resolve"],
  unknown: true,
});

export const unreadableProblem = (call: Call, times: number, reason: string): NewProblem =>
  problem(
    call,
    "CONTRACT_BROKEN",
    `${call.operation} gave no usable answer ${times} times: ${reason}`,
    "A read changes nothing: retry when the system answers again, or resolve with the result found by hand.",
  );

export const courtesyProblem = (call: Call, reason: string): NewProblem => ({
  ...problem(
    call,
    "OUTCOME_UNKNOWN",
    `${call.operation} was sent twice without a clear answer: ${reason}`,
    "A courtesy message: skip it, or resolve it.",
  ),
  verbs: ["skip", "resolve"],
});

/** `notBefore`: until then a held request might still arrive, so a new send is refused. */
export const unknownProblem = (call: Call, reason: string, notBefore: string): NewProblem => ({
  ...problem(
    call,
    "OUTCOME_UNKNOWN",
    `It is not known whether ${call.operation} took effect: ${reason}`,
    "Look in the system. If the effect is there, resolve with what you found; if it is certainly not there, retry confirms in your name that nothing was done, and it is sent once more.",
  ),
  verbs: ["resolve", "retry"],
  unknown: true,
  notBefore,
});

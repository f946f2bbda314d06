/** Problems that park a case, and what an operator may do about them. */
import { operationById } from "../connectors/contracts.ts";
import type { Repair } from "./message.ts";
import { checkReassignment, reassign } from "./offices.ts";
import { Refusal } from "./refusal.ts";
import type { CaseState, Problem } from "./state.ts";

export type { Problem } from "./state.ts";

/** True while an effect may exist that nobody has verified. */
export const holdsBack = (state: CaseState): boolean =>
  Object.values(state.problems).some((problem) => problem.unknown) || Object.values(state.calls).some((call) => call.unknown !== undefined);

/** Throws `Refusal` when the repair does not fit the problem. `now` in ms. */
export function checkRepair(state: CaseState, repair: Repair, now: number): void {
  if (state.closedAt !== undefined) throw new Refusal("CASE_CLOSED", "The case is closed.");
  if (!repair.by?.trim() || !repair.reason?.trim())
    throw new Refusal("INVALID_BODY", "A repair needs the operator's name and a reason.", {
      errors: [{ field: repair.by?.trim() ? "reason" : "by", en: "is required", it: "è obbligatorio" }],
    });
  if (repair.verb === "cancel" && repair.problem === undefined) {
    if (state.ending) throw new Refusal("NOT_EXPECTED", "The case has come to its outcome and can no longer be cancelled.", {});
    if (holdsBack(state))
      throw new Refusal("NOT_EXPECTED", "The outcome of a call is unknown: settle it before the case is cancelled.", {});
    return;
  }
  if (repair.verb === "reassign") return checkReassignment(state, repair);
  const problem = state.problems[repair.problem ?? ""];
  if (!problem || problem.repair)
    throw new Refusal("NO_SUCH_PROBLEM", "The case has no such open problem.", { open: Object.keys(state.problems) });
  if (!problem.verbs.includes(repair.verb))
    throw new Refusal("NOT_EXPECTED", `"${repair.verb}" is not possible here; possible are: ${problem.verbs.join(", ")}.`, {
      verbs: problem.verbs,
    });
  if (repair.verb === "retry" && problem.notBefore !== undefined && now < Date.parse(problem.notBefore))
    throw new Refusal("NOT_EXPECTED", `The earlier request may still arrive: a new one can be sent after ${problem.notBefore}.`, {
      notBefore: problem.notBefore,
    });
  if (repair.verb === "resolve") checkResolution(problem, repair);
}

function checkResolution(problem: Problem, repair: Repair): void {
  const operation = operationById(problem.operation ?? "");
  const parsed = operation?.output.safeParse(repair.result);
  if (!parsed || parsed.success) return;
  const errors = parsed.error.issues.map((issue) => ({ field: ["result", ...issue.path].join("."), en: issue.message, it: issue.message }));
  throw new Refusal("INVALID_BODY", `The result does not fit ${problem.operation ?? "the operation"}.`, { errors });
}

/** Records the repair; the interpreter wakes on it. */
export function applyRepair(state: CaseState, repair: Repair, at: string): void {
  if (repair.verb === "reassign") return reassign(state, repair, at);
  const problem = state.problems[repair.problem ?? ""];
  if (repair.verb === "cancel") {
    state.stop ??= { kind: "cancelled", by: repair.by, at, reason: repair.reason };
    if (problem) delete state.problems[problem.id];
  } else if (problem) problem.repair = repair;
  // From now on nobody waits for an operator here.
  if (problem) delete state.waiting[problem.path];
  state.history.push({
    at,
    event: "repaired",
    text: { en: `${repair.verb}: ${repair.reason}`, it: `${repair.verb}: ${repair.reason}` },
    public: false,
    by: repair.by,
    ...(problem ? { path: problem.path } : {}),
  });
}

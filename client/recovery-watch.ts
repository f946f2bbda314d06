/** What became of a repaired case, read from its status alone. */
import type { MessageAnswer } from "../cases/message.ts";
import type { CaseStatus, ParkedProblem } from "../cases/status.ts";
import type { ErrorCode } from "./errors.ts";
import type { ParkedCase } from "./problem-report.ts";

/** The end of one try. */
export interface CaseEnd {
  case: string;
  /**
   * `went-on`: its status rose, and the step is behind it. `same-cause`, `other-cause`: parked again. `undecided`: taken, and neither was seen in time.
   * `refused`: the case did not take the repair, or it was not sent; nothing was changed.
   */
  result: "went-on" | "same-cause" | "other-cause" | "undecided" | "refused";
  /** Of the refusal, or of the new problem. */
  code?: ErrorCode | string;
  detail?: string;
}

/** The end, as soon as the status shows one for certain. */
export function endOf(before: ParkedCase, answer: MessageAnswer, status: CaseStatus): CaseEnd | undefined {
  const id = before.case;
  if (status.number < answer.number) return undefined;
  const { problem } = status;
  if (problem?.id === before.problem.id) return undefined;
  if (problem && isNew(problem, before, status)) {
    const result = problem.code === before.problem.code ? "same-cause" : "other-cause";
    return { case: id, result, code: problem.code, detail: problem.title };
  }
  const step = status.steps.find((one) => one.id === before.problem.path);
  return status.state === "closed" || (step && step.state !== "running") ? { case: id, result: "went-on" } : undefined;
}

/** The end when the time is over and this is the last status that was seen. */
export function lastEndOf(before: ParkedCase, answer: MessageAnswer, status: CaseStatus): CaseEnd {
  const end = endOf(before, answer, status);
  if (end) return end;
  const id = before.case;
  if (status.number < answer.number) return { case: id, result: "undecided", detail: "its status did not rise" };
  const isStep = status.steps.some((one) => one.id === before.problem.path);
  const held = status.state === "running" || status.state === "received" || status.problem?.id === before.problem.id;
  // An undo or a defect has no step of its own: that its status rose, the problem stayed away and it rests elsewhere is all there is to see.
  if (!isStep && !held) return { case: id, result: "went-on" };
  return { case: id, result: "undecided", detail: status.waitingText?.en ?? "the step is still under way" };
}

/** A problem that another branch had before is no news. */
function isNew(problem: ParkedProblem, before: ParkedCase, status: CaseStatus): boolean {
  const repaired = status.history.findLast((entry) => entry.event === "repaired" && entry.path === before.problem.path);
  return repaired === undefined || Date.parse(problem.since) >= Date.parse(repaired.at);
}

/** Adopting another version of the service: a restart from state with another definition, at rest only, refused without a trace. */
import { adoptable } from "../catalogue/adoption.ts";
import { isHandWritten, type Overlay, type Service } from "../catalogue/definition.ts";
import type { Case } from "./case.ts";
import type { MessageAnswer } from "./message.ts";
import { holdsBack } from "./problem.ts";
import { Refusal } from "./refusal.ts";

/** Argument of the update `adopt`: the resolved definition with its SHA-256, and who wants it. */
export interface Adoption {
  id: string;
  version: string;
  service: Service;
  /** What the version names beside the service; the case keeps its own when it is left out. */
  overlay?: Overlay;
  by: string;
  reason: string;
}

/** Throws `Refusal` with the reasons when the case cannot go on under this definition now. */
export function checkAdoption(c: Case, adoption: Adoption): void {
  const { state } = c;
  if (state.seen[adoption.id]) return;
  if (state.closedAt !== undefined) throw new Refusal("CASE_CLOSED", "The case is closed.");
  if (!adoption.by?.trim() || !adoption.reason?.trim())
    throw new Refusal("INVALID_BODY", "An adoption needs the operator's name and a reason.", {
      errors: [{ field: adoption.by?.trim() ? "reason" : "by", en: "is required", it: "è obbligatorio" }],
    });
  const reasons = reasonsAgainst(c, adoption);
  if (reasons.length > 0) throw new Refusal("NOT_EXPECTED", `The case cannot adopt this version: ${reasons.join("; ")}.`, { reasons });
}

function reasonsAgainst(c: Case, { service, version }: Adoption): string[] {
  const { state } = c;
  if (isHandWritten(state.service) || isHandWritten(service)) return ["services written by hand are versioned in their code"];
  if (version === state.version) return ["it has this version already"];
  if (state.ending || state.stop) return ["it is coming to its end"];
  if (c.underWay.size > 0 || c.held < c.strands) return ["it is not at rest: a step is being done"];
  if (holdsBack(state)) return ["the outcome of a call is unknown"];
  const verdict = adoptable(state.service, service, Object.keys(state.steps));
  return verdict.ok ? [] : verdict.reasons;
}

/** Takes the definition; the strands unwind, and the case restarts from its state. Open questions are asked anew, with their time as it was. */
export function adopt(c: Case, adoption: Adoption): MessageAnswer {
  const { state } = c;
  const from = state.version;
  state.service = adoption.service;
  if (adoption.overlay) state.overlay = adoption.overlay;
  state.version = adoption.version;
  for (const question of Object.values(state.questions)) {
    if (question.answer) continue;
    const { openedAt, due, moments } = question;
    state.reopened = {
      ...state.reopened,
      [question.id]: { openedAt, ...(due === undefined ? {} : { due }), ...(moments === undefined ? {} : { moments }) },
    };
    delete state.questions[question.id];
  }
  for (const [id, problem] of Object.entries(state.problems)) if (problem.code.startsWith("expression:")) delete state.problems[id];
  const text = `Version ${from.slice(0, 12)} to ${adoption.version.slice(0, 12)}: ${adoption.reason}`;
  c.tell("adopted", { en: text, it: text }, { by: adoption.by });
  const answer: MessageAnswer = { accepted: true, number: c.touch() };
  state.seen[adoption.id] = answer;
  c.restartWanted = true;
  return answer;
}

/** `ask`: the applicant completes or corrects; and the questions of `decide`, which work alike. */
import type { AskSpec, AskStep } from "../../catalogue/definition.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { Case } from "../case.ts";
import { configured, durationMs } from "../duration.ts";
import type { Interpreter } from "../interpreter.ts";
import { publicLabel } from "../snapshot.ts";
import type { Question, Waiting } from "../state.ts";

export async function runAsk(interpreter: Interpreter, path: string, step: AskStep): Promise<void> {
  const { c } = interpreter;
  c.started(path);
  const answer = await askApplicant(c, { id: `${path}.1`, path, name: step.id, spec: step.ask });
  c.finished(path, "done", answer ?? { expired: true });
  const label = publicLabel(c.state, path);
  if (label) c.tell("done", label, { path, public: true });
  if (!answer && step.ask.otherwise) await interpreter.consequence(path, step.ask.otherwise, {});
}

/** Asks the applicant; resolves with the answer's body, or undefined when the time is over. */
export async function askApplicant(
  c: Case,
  ask: { id: string; path: string; name: string; spec: AskSpec; shows?: JsonObject },
): Promise<JsonObject | undefined> {
  const { spec } = ask;
  const within = spec.within === undefined ? undefined : configured(c.state, `${ask.path}.within`, spec.within);
  const isNew = openQuestion(c, {
    id: ask.id,
    path: ask.path,
    name: ask.name,
    who: "applicant",
    title: spec.title,
    accepts: { kind: "form", fields: spec.form },
    openedAt: c.now(),
    ...(within === undefined ? {} : { due: new Date(c.runtime.now() + durationMs(within)).toISOString() }),
    ...(ask.shows === undefined ? {} : { shows: ask.shows }),
  });
  if (isNew) {
    if (spec.clock === "integration") c.state.clock.push({ kind: "integrationRequested", at: c.now() });
    if (spec.clock === "rejectionNotice") c.state.clock.push({ kind: "rejectionNoticeDelivered", at: c.now() });
    c.tell("asked", spec.title, { path: ask.path, public: true });
  }
  const answer = await answered(c, ask.id, { for: "applicant", path: ask.path, text: spec.title });
  const event = answer ? (spec.clock === "integration" ? "integrationAnswered" : "observationsFiled") : "noticeExpired";
  if (spec.clock !== "none") c.state.clock.push({ kind: event, at: answer?.at ?? c.now() });
  c.tell(answer ? "answered" : "expired", spec.title, { path: ask.path, public: true, ...(answer ? { by: answer.by } : {}) });
  return answer?.body;
}

/** Opens the question, or finds it open after a restart; true when it is new. */
export function openQuestion(c: Case, question: Question): boolean {
  if (c.state.questions[question.id]) return false;
  c.state.questions[question.id] = question;
  return true;
}

/** Rests until the question is answered or (unless `endless`) its time is over; then it is closed for good. */
export async function answered(c: Case, id: string, waiting: Waiting, endless = false): Promise<Question["answer"]> {
  const question = c.state.questions[id] as Question;
  const due = endless || question.due === undefined ? undefined : Date.parse(question.due);
  const woken = await c.rest(waiting, () => question.answer !== undefined, due);
  delete c.state.questions[question.id];
  if (woken === "due") c.state.answered[question.id] = { by: "the end of the time allowed", at: c.now() };
  return question.answer;
}

/** `ask`: the applicant completes or corrects; and the questions of `decide`, which work alike. */
import type { AskSpec, AskStep } from "../../catalogue/definition.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { Strand } from "../strand.ts";
import { configured, durationMs } from "../duration.ts";
import type { Interpreter } from "../interpreter.ts";
import { publicLabel } from "../snapshot.ts";
import { answered, openQuestion, reminders } from "./question.ts";

export async function runAsk(interpreter: Interpreter, path: string, step: AskStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path);
  const answer = await askApplicant(c, { id: `${path}.1`, path, name: step.id, spec: step.ask });
  c.case.finished(path, "done", answer ?? { expired: true });
  const label = publicLabel(c.state, path);
  if (label) c.case.tell("done", label, { path, public: true });
  if (!answer && step.ask.otherwise) await interpreter.consequence(path, step.ask.otherwise, {});
}

/** Asks the applicant; resolves with the answer's body, or undefined when the time is over. */
export async function askApplicant(
  c: Strand,
  ask: { id: string; path: string; name: string; spec: AskSpec; shows?: JsonObject },
): Promise<JsonObject | undefined> {
  const { spec } = ask;
  const within = spec.within === undefined ? undefined : configured(c.state, `${ask.path}.within`, spec.within);
  const now = c.runtime.now();
  const due = within === undefined ? undefined : new Date(now + durationMs(within)).toISOString();
  const isNew = openQuestion(c, {
    id: ask.id,
    path: ask.path,
    name: ask.name,
    who: "applicant",
    title: spec.title,
    accepts: { kind: "form", fields: spec.form },
    openedAt: c.now(),
    ...(due === undefined ? {} : { due }),
    moments: reminders(spec.reminders, now, due),
    ...(ask.shows === undefined ? {} : { shows: ask.shows }),
  });
  if (isNew) {
    if (spec.clock === "integration") c.state.clock.push({ kind: "integrationRequested", at: c.now() });
    if (spec.clock === "rejectionNotice") c.state.clock.push({ kind: "rejectionNoticeDelivered", at: c.now() });
    c.case.tell("asked", spec.title, { path: ask.path, public: true });
  }
  const answer = await answered(c, ask.id, { for: "applicant", path: ask.path, text: spec.title });
  const event = answer ? (spec.clock === "integration" ? "integrationAnswered" : "observationsFiled") : "noticeExpired";
  if (spec.clock !== "none") c.state.clock.push({ kind: event, at: answer?.at ?? c.now() });
  c.case.tell(answer ? "answered" : "expired", spec.title, { path: ask.path, public: true, ...(answer ? { by: answer.by } : {}) });
  return answer?.body;
}

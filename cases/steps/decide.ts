/** `decide`: an office chooses an outcome and fills a form; before that it may ask the applicant, as often as it needs. */
import type { DecideStep } from "../../catalogue/definition.ts";
import { fill } from "../../catalogue/expressions.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { Case } from "../case.ts";
import { durationMs } from "../duration.ts";
import type { Interpreter } from "../interpreter.ts";
import { publicLabel, titleOf } from "../snapshot.ts";
import type { Progress, Question } from "../state.ts";
import { answered, askApplicant, openQuestion } from "./ask.ts";

export async function runDecide(interpreter: Interpreter, path: string, step: DecideStep): Promise<void> {
  const { c } = interpreter;
  c.started(path);
  const progress = (c.state.progress[path] ??= { round: 1, stage: "office", answers: {}, asked: {} });
  for (;;) {
    if (progress.stage === "ask") await askRound(c, path, step, progress);
    const office = await c.evaluated(path, () => String(fill(step.decide.office, interpreter.scope())));
    const shows = await c.evaluated(path, () => fill(step.decide.shows, interpreter.scope()) as JsonObject);
    const answer = (await decideRound(c, path, step, progress, office, shows)) as NonNullable<Question["answer"]>;
    const { outcome, form, ask, note } = answer.body;
    if (typeof outcome === "string") {
      const result = {
        outcome,
        form: form ?? {},
        by: answer.by,
        at: answer.at,
        answers: progress.answers ?? {},
        ...(note === undefined ? {} : { note }),
      };
      return endDecision(c, path, step, outcome, result);
    }
    Object.assign(progress, { stage: "ask", ask: String(ask), note: typeof note === "string" ? note : "" });
    c.tell("asked", step.decide.asks[String(ask)]?.title ?? titleOf(c.state, path), { path, by: answer.by });
    c.restartPoint();
  }
}

function endDecision(c: Case, path: string, step: DecideStep, outcome: string, result: JsonObject): void {
  delete c.state.progress[path];
  c.state.clock.push({ kind: "decided", at: String(result["at"]) });
  c.finished(path, "done", result);
  const title = step.decide.outcomes[outcome]?.title;
  const label = publicLabel(c.state, path);
  c.tell("done", label ?? title ?? titleOf(c.state, path), { path, public: label !== undefined, by: String(result["by"]) });
}

/** The office is asked under `<path>.<round>`; when its time is over the question stays open, marked by a past `due`. */
async function decideRound(
  c: Case,
  path: string,
  step: DecideStep,
  progress: Progress,
  office: string,
  shows: JsonObject,
): Promise<Question["answer"]> {
  const { outcomes, asks, requires, within } = step.decide;
  const blocked = Object.fromEntries(Object.entries(requires).filter(([, ask]) => progress.asked?.[ask] === undefined));
  const title = titleOf(c.state, path);
  const id = `${path}.${progress.round}`;
  openQuestion(c, {
    id,
    path,
    name: "decision",
    who: "office",
    title,
    office,
    accepts: {
      kind: "decision",
      outcomes: Object.fromEntries(Object.entries(outcomes).map(([name, one]) => [name, one.form])),
      asks: Object.keys(asks),
      blocked,
    },
    shows: { ...shows, ...(Object.keys(progress.answers ?? {}).length > 0 ? { answers: progress.answers as JsonObject } : {}) },
    openedAt: c.now(),
    ...(within === undefined ? {} : { due: new Date(c.runtime.now() + durationMs(within)).toISOString() }),
  });
  c.state.office = office;
  const open = c.state.questions[id] as Question;
  const name = c.state.overlay.offices[office] ?? { en: office, it: office };
  const waiting = {
    for: "office" as const,
    path,
    text: { en: `waiting for the decision of ${name.en}`, it: `in attesa della decisione di ${name.it}` },
  };
  const due = open.due === undefined ? undefined : Date.parse(open.due);
  if (due !== undefined && c.runtime.now() < due && (await c.rest(waiting, () => open.answer !== undefined, due)) === "due")
    c.tell("expired", { en: `${name.en} has not decided in the time given`, it: `${name.it} non ha deciso nel tempo previsto` }, { path });
  // Without an end of its own: an office's silence never decides.
  return answered(c, id, waiting, true);
}

async function askRound(c: Case, path: string, step: DecideStep, progress: Progress): Promise<void> {
  const ask = progress.ask ?? "";
  const spec = step.decide.asks[ask];
  if (!spec) throw new TypeError(`${path} has no ask "${ask}"`);
  const shows = progress.note ? { note: progress.note } : undefined;
  const body = await askApplicant(c, {
    id: `${path}/${ask}.${progress.round}`,
    path: `${path}/${ask}`,
    name: ask,
    spec,
    ...(shows ? { shows } : {}),
  });
  progress.asked = { ...progress.asked, [ask]: body ? "answered" : "expired" };
  progress.answers = { ...progress.answers, [ask]: body ?? { expired: true } };
  Object.assign(progress, { stage: "office", round: progress.round + 1 });
  c.restartPoint();
}

/** `decide`: an office chooses an outcome and fills a form; before that it may ask the applicant, as often as it needs. */
import type { DecideStep } from "../../catalogue/definition.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { Strand } from "../strand.ts";
import { configured, durationMs } from "../duration.ts";
import type { Interpreter } from "../interpreter.ts";
import { awaitedOf, officeName } from "../offices.ts";
import { publicLabel, titleOf } from "../snapshot.ts";
import type { Moment, Progress, Question, Waiting } from "../state.ts";
import { askApplicant } from "./ask.ts";
import { answered, openQuestion, reminders } from "./question.ts";

export async function runDecide(interpreter: Interpreter, path: string, step: DecideStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path);
  const progress = (c.state.progress[path] ??= { round: 1, stage: "office", answers: {}, asked: {} });
  for (;;) {
    if (progress.stage === "ask") await askRound(c, path, step, progress);
    const office = progress.office ?? (await c.evaluated(path, () => String(interpreter.fill(step.decide.office))));
    const shows = await c.evaluated(path, () => interpreter.fill(step.decide.shows) as JsonObject);
    const answer = await decideRound(c, path, step, progress, office, shows);
    if (!answer) return nobodyDecided(interpreter, path, step);
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
    c.case.tell("asked", step.decide.asks[String(ask)]?.title ?? titleOf(c.state, path), { path, by: answer.by });
    await c.restartPoint();
  }
}

/** The time is over, and the service says what follows. Never a refusal: that needs a person. */
async function nobodyDecided(interpreter: Interpreter, path: string, step: DecideStep): Promise<void> {
  const { c } = interpreter;
  delete c.state.progress[path];
  c.case.finished(path, "done", { expired: true });
  c.case.tell("expired", titleOf(c.state, path), { path });
  if (step.decide.otherwise) await interpreter.consequence(path, step.decide.otherwise, {});
}

function endDecision(c: Strand, path: string, step: DecideStep, outcome: string, result: JsonObject): void {
  delete c.state.progress[path];
  c.state.clock.push({ kind: "decided", at: String(result["at"]) });
  c.case.finished(path, "done", result);
  const title = step.decide.outcomes[outcome]?.title;
  const label = publicLabel(c.state, path);
  c.case.tell("done", label ?? title ?? titleOf(c.state, path), { path, public: label !== undefined, by: String(result["by"]) });
}

/** The office is asked under `<path>.<round>`. Its silence decides nothing: without `otherwise` the question stays open when its time is over. */
async function decideRound(
  c: Strand,
  path: string,
  step: DecideStep,
  progress: Progress,
  office: string,
  shows: JsonObject,
): Promise<Question["answer"]> {
  const { outcomes, asks, requires } = step.decide;
  const blocked = Object.fromEntries(Object.entries(requires).filter(([, ask]) => progress.asked?.[ask] === undefined));
  const id = `${path}.${progress.round}`;
  openQuestion(c, {
    id,
    path,
    name: "decision",
    who: "office",
    title: titleOf(c.state, path),
    office,
    accepts: {
      kind: "decision",
      outcomes: Object.fromEntries(Object.entries(outcomes).map(([name, one]) => [name, one.form])),
      asks: Object.keys(asks),
      blocked,
    },
    shows: { ...shows, ...(Object.keys(progress.answers ?? {}).length > 0 ? { answers: progress.answers as JsonObject } : {}) },
    openedAt: c.now(),
    ...times(c, path, step),
  });
  const present = c.state.questions[id]?.office ?? office;
  c.state.office = present;
  const waiting: Waiting = { for: "office", path, text: awaitedOf(officeName(c.state, present)) };
  return answered(c, id, waiting, step.decide.otherwise === undefined);
}

/** When the decision is due, and what happens on the way. */
function times(c: Strand, path: string, { decide }: DecideStep): Pick<Question, "due" | "moments"> {
  const now = c.runtime.now();
  const after = (duration: string, key: string) => new Date(now + durationMs(configured(c.state, key, duration))).toISOString();
  const due = decide.within === undefined ? undefined : after(decide.within, `${path}.within`);
  const moments: Moment[] = reminders(decide.reminders, now, due);
  if (decide.escalate) moments.push({ at: after(decide.escalate.after, `${path}.escalate`), kind: "escalation", to: decide.escalate.to });
  if (due !== undefined && decide.otherwise === undefined) moments.push({ at: due, kind: "late" });
  moments.sort((a, b) => a.at.localeCompare(b.at));
  return due === undefined ? { moments } : { due, moments };
}

async function askRound(c: Strand, path: string, step: DecideStep, progress: Progress): Promise<void> {
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
  await c.restartPoint();
}

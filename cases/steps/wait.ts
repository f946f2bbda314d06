/**
 * `wait`: for a named message, or for a date. With `confirm` the message is a hint only: the case asks the system, at the message and at
 * each interval, and goes on when the system says so.
 */
import type { WaitStep } from "../../catalogue/definition.ts";
import { condition } from "../../catalogue/expressions.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { performCall } from "../calls.ts";
import type { Strand } from "../strand.ts";
import { configured, durationMs } from "../duration.ts";
import type { Interpreter } from "../interpreter.ts";
import { takeKept } from "../mailbox.ts";
import { publicLabel, titleOf } from "../snapshot.ts";
import type { Progress, Question } from "../state.ts";
import { undoAll } from "../undo.ts";
import { openQuestion, reminders, restUntil } from "./question.ts";

type Spec = WaitStep["wait"];

export async function runWait(interpreter: Interpreter, path: string, step: WaitStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path);
  const progress = c.state.progress[path] ?? (await begin(interpreter, path, step.wait));
  c.state.progress[path] = progress;
  if (progress.stage === "over") return timeIsOver(interpreter, path, step, progress);
  const result =
    step.wait.until === undefined ? await waitForMessage(interpreter, path, step, progress) : await waitForDate(c, path, step, progress);
  closeQuestion(c, path, progress);
  if (!result) return timeIsOver(interpreter, path, step, progress);
  end(c, path, result);
}

async function begin(interpreter: Interpreter, path: string, spec: Spec): Promise<Progress> {
  const { c } = interpreter;
  const now = c.runtime.now();
  const progress: Progress = { round: 1, stage: "waiting" };
  const { until, within } = spec;
  if (until !== undefined) progress.due = await c.evaluated(path, () => instantOf(String(interpreter.fill(until))));
  else if (within !== undefined) progress.due = new Date(now + durationMs(configured(c.state, `${path}.within`, within))).toISOString();
  progress.moments = reminders(spec.reminders, now, progress.due);
  if (spec.confirm) progress.nextAt = new Date(now + everyMs(c, path, spec)).toISOString();
  return progress;
}

const instantOf = (text: string): string => new Date(text).toISOString();
const everyMs = (c: Strand, path: string, spec: Spec): number => durationMs(configured(c.state, path, spec.confirm?.every ?? "PT15M"));

async function waitForDate(c: Strand, path: string, step: WaitStep, progress: Progress): Promise<JsonObject> {
  const title = titleOf(c.state, path);
  await c.rest({ for: "date", path, text: step.public ?? title }, () => false, Date.parse(progress.due as string));
  return { at: c.now() };
}

/** The result, or undefined when the time is over. */
async function waitForMessage(interpreter: Interpreter, path: string, step: WaitStep, progress: Progress): Promise<JsonObject | undefined> {
  const { c } = interpreter;
  const { confirm } = step.wait;
  for (;;) {
    const resumed = progress.confirming ?? false;
    const message = resumed ? undefined : await nextMessage(interpreter, path, step, progress);
    const over = progress.due !== undefined && c.runtime.now() >= Date.parse(progress.due);
    if (!confirm) return message ? { ...message.body, by: message.by, at: message.at } : undefined;
    if (resumed || message || c.runtime.now() >= Date.parse(progress.nextAt as string)) {
      const confirmed = await confirmation(interpreter, path, step.wait, progress);
      progress.nextAt = new Date(c.runtime.now() + everyMs(c, path, step.wait)).toISOString();
      if (confirmed) return confirmed;
    }
    if (over) return undefined;
    await c.restartPoint();
  }
}

/** The next message, or undefined at the interval or the end of the time. */
async function nextMessage(interpreter: Interpreter, path: string, step: WaitStep, progress: Progress): Promise<Question["answer"]> {
  const { c } = interpreter;
  const shows = await c.evaluated(path, () => interpreter.fill(step.wait.shows) as JsonObject);
  const name = step.wait.for ?? "";
  const kept = takeKept(c.state, name);
  if (kept) return { body: kept.body, by: kept.from, at: kept.at };
  const title = step.public ?? titleOf(c.state, path);
  const id = `${path}.${progress.round}`;
  openQuestion(c, {
    id,
    path,
    name,
    who: "applicant",
    title,
    accepts: { kind: "form", fields: step.wait.form },
    openedAt: c.now(),
    ...(Object.keys(shows).length === 0 ? {} : { shows }),
    ...(progress.due === undefined ? {} : { due: progress.due }),
  });
  const question = c.state.questions[id] as Question;
  const due = [progress.due, progress.nextAt].filter((moment) => moment !== undefined).toSorted()[0];
  await restUntil(
    c,
    { for: name === "payment" ? "payment" : "applicant", path, text: title },
    () => question.answer !== undefined,
    due,
    progress,
  );
  if (!question.answer) return undefined;
  delete c.state.questions[id];
  progress.round += 1;
  return question.answer;
}

/** Asks the system; its answer when the condition holds. */
async function confirmation(interpreter: Interpreter, path: string, spec: Spec, progress: Progress): Promise<JsonObject | undefined> {
  const { c } = interpreter;
  const confirm = spec.confirm;
  if (!confirm) return undefined;
  if (!progress.confirming) progress.branch = (progress.branch ?? 0) + 1;
  progress.confirming = true;
  const result = await performCall(c, {
    path: `${path}/confirm.${progress.branch}`,
    operation: confirm.call,
    title: titleOf(c.state, path, confirm.call).en,
    input: () => interpreter.fill(confirm.with) as JsonObject,
    handles: () => false,
    optional: false,
  });
  const holds =
    result.kind === "done" && (await c.evaluated(path, () => condition(confirm.until, { ...interpreter.scope(), result: result.output })));
  delete progress.confirming;
  return holds ? (result.output as JsonObject) : undefined;
}

function closeQuestion(c: Strand, path: string, progress: Progress): void {
  const id = `${path}.${progress.round}`;
  if (!c.state.questions[id]) return;
  delete c.state.questions[id];
  c.state.answered[id] = { by: "the end of the wait", at: c.now() };
}

/** What was promised is undone first; if that is refused and the system confirms after all, the wait is over and the case goes on. */
async function timeIsOver(interpreter: Interpreter, path: string, step: WaitStep, progress: Progress): Promise<void> {
  const { c } = interpreter;
  const { otherwise, confirm } = step.wait;
  progress.stage = "over";
  const label = publicLabel(c.state, path);
  if (otherwise && "end" in otherwise && confirm) {
    const rescued = await undoAll(c, (_code) => confirmation(interpreter, path, step.wait, progress));
    if (rescued) return end(c, path, rescued);
  }
  delete c.state.progress[path];
  c.case.finished(path, "done", { expired: true });
  c.case.tell("expired", label ?? titleOf(c.state, path), { path, public: label !== undefined });
  if (otherwise) await interpreter.consequence(path, otherwise, {});
}

function end(c: Strand, path: string, result: JsonObject): void {
  delete c.state.progress[path];
  c.case.finished(path, "done", result);
  const label = publicLabel(c.state, path);
  c.case.tell("done", label ?? titleOf(c.state, path), { path, public: label !== undefined });
}

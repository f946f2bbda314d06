/** `open`: another service as a case of its own, which reports by a message when it ends. */
import type { OpenStep } from "../../catalogue/definition.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { configured, durationMs } from "../duration.ts";
import type { Interpreter } from "../interpreter.ts";
import { publicLabel, titleOf } from "../snapshot.ts";
import type { Strand } from "../strand.ts";
import type { Progress } from "../state.ts";
import { answered, openQuestion, reminders } from "./question.ts";

/** Name of the message by which a child reports; its body is `{outcome, result?, protocolNumber?}` or `{refused: <code>}`. */
export const CHILD_REPORT = "childReport";

export async function runOpen(interpreter: Interpreter, path: string, step: OpenStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path);
  const progress = (c.state.progress[path] ??= { round: 1, stage: "opening" });
  for (;;) {
    const child = childId(c, path, progress.round);
    if (progress.stage === "opening") await openChild(interpreter, path, step, progress, child);
    if (!step.open.wait) return end(c, path, { case: child });
    if (progress.stage === "opened") {
      const report = await reportOf(c, path, step, progress, child);
      if (!report) return timeIsOver(interpreter, path, step, child);
      if (report["refused"] === undefined) return end(c, path, { case: child, ...report });
      Object.assign(progress, { stage: "refused", note: String(report["refused"]) });
    }
    await c.park({
      path,
      code: `open:${progress.note}`,
      title: `The service ${step.open.service} did not take the request of step ${path}: ${progress.note}`,
      advice: "Correct the request in the service, or cancel the case. Retry opens a new case.",
      verbs: ["retry", "cancel"],
    });
    Object.assign(progress, { stage: "opening", round: progress.round + 1 });
  }
}

/** The same in every run and replay; no `/`, which would break links in the Temporal UI. */
const childId = (c: Strand, path: string, round: number): string =>
  `${c.id}.${path.replaceAll(/[^A-Za-z0-9]+/g, "-")}${round === 1 ? "" : `-${round}`}`;

async function openChild(interpreter: Interpreter, path: string, step: OpenStep, progress: Progress, child: string): Promise<void> {
  const { c } = interpreter;
  const request = await c.evaluated(path, () => interpreter.fill(step.open.request) as JsonObject);
  const question = `${path}.${progress.round}`;
  const { within } = step.open;
  const now = c.runtime.now();
  const due = within === undefined ? undefined : new Date(now + durationMs(configured(c.state, `${path}.within`, within))).toISOString();
  if (step.open.wait)
    openQuestion(c, {
      id: question,
      path,
      name: CHILD_REPORT,
      who: "operator",
      title: titleOf(c.state, path),
      accepts: { kind: "form", fields: { outcome: "Text?", refused: "Text?", result: "Any?", protocolNumber: "Text?" } },
      openedAt: c.now(),
      ...(due === undefined ? {} : { due }),
      moments: reminders(step.open.reminders, now, due),
    });
  await c.runtime.openChild({
    service: step.open.service,
    caseId: child,
    start: { request, channel: "case", ...(step.open.wait ? { parent: { case: c.id, question } } : {}) },
  });
  progress.stage = "opened";
}

async function reportOf(c: Strand, path: string, step: OpenStep, progress: Progress, child: string): Promise<JsonObject | undefined> {
  const title = titleOf(c.state, path);
  const text = { en: `waiting for ${step.open.service}, case ${child}`, it: title.it };
  return (await answered(c, `${path}.${progress.round}`, { for: "system", path, text }))?.body;
}

async function timeIsOver(interpreter: Interpreter, path: string, step: OpenStep, child: string): Promise<void> {
  const { c } = interpreter;
  end(c, path, { case: child, expired: true });
  if (step.open.otherwise) await interpreter.consequence(path, step.open.otherwise, {});
}

function end(c: Strand, path: string, result: JsonObject): void {
  delete c.state.progress[path];
  c.case.finished(path, "done", result);
  const label = publicLabel(c.state, path);
  c.case.tell("done", label ?? titleOf(c.state, path), { path, public: label !== undefined });
}

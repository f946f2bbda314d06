/** Questions that a case rests on: opened once, reminded of, passed on to another office, answered or over. */
import { durationMs } from "../duration.ts";
import { awaitedOf, officeName } from "../offices.ts";
import type { Moment, Question, Waiting } from "../state.ts";
import type { Strand } from "../strand.ts";

/** Opens the question, or finds it open after a restart; true when it is new. */
export function openQuestion(c: Strand, question: Question): boolean {
  if (c.state.questions[question.id]) return false;
  const before = c.state.reopened?.[question.id];
  c.state.questions[question.id] = { ...question, ...before };
  if (!before) return true;
  delete c.state.reopened?.[question.id];
  return false;
}

/** Rests until the question is answered or (unless `endless`) its time is over; then it is closed for good. */
export async function answered(c: Strand, id: string, waiting: Waiting, endless = false): Promise<Question["answer"]> {
  const question = c.state.questions[id] as Question;
  const due = endless ? undefined : question.due;
  const woken = await restUntil(c, waiting, () => question.answer !== undefined, due, question);
  delete c.state.questions[question.id];
  if (woken === "due") c.state.answered[question.id] = { by: "the end of the time allowed", at: c.now() };
  return question.answer;
}

/** Rests until `ready` or `due`; on the way the moments of `holder` come to pass, each once. */
export async function restUntil(
  c: Strand,
  waiting: Waiting,
  ready: () => boolean,
  due: string | undefined,
  holder: Moments,
): Promise<"ready" | "due"> {
  for (;;) {
    const next = holder.moments?.find((moment) => due === undefined || moment.at < due);
    const until = next?.at ?? due;
    const woken = await c.rest(waiting, ready, until === undefined ? undefined : Date.parse(until));
    if (woken === "ready" || !next) return woken;
    holder.moments = holder.moments?.filter((moment) => moment !== next);
    pass(c, waiting, next, holder);
  }
}

interface Moments {
  moments?: Moment[];
  office?: string;
}

function pass(c: Strand, waiting: Waiting, moment: Moment, holder: Moments): void {
  const { path } = waiting;
  if (moment.kind === "reminder")
    c.case.tell("reminded", { en: "Reminder", it: "Promemoria" }, { path, public: waiting.for === "applicant" });
  if (moment.kind === "late") c.case.tell("expired", { en: "The time given is over", it: "Il tempo previsto è scaduto" }, { path });
  if (moment.kind === "escalation" && moment.to !== undefined) {
    const name = officeName(c.state, moment.to);
    holder.office = moment.to;
    c.state.office = moment.to;
    waiting.text = awaitedOf(name);
    c.case.tell("escalated", { en: `Passed on to ${name.en}`, it: `Passata a ${name.it}` }, { path });
  }
}

/** Reminders: durations before the end of the time, or after the beginning when there is no end. */
export function reminders(durations: readonly string[] | undefined, now: number, due: string | undefined): Moment[] {
  return (durations ?? [])
    .map((duration) => (due === undefined ? now + durationMs(duration) : Date.parse(due) - durationMs(duration)))
    .filter((at) => at > now)
    .toSorted((a, b) => a - b)
    .map((at) => ({ at: new Date(at).toISOString(), kind: "reminder" }));
}

/** Offices in words, and an open decision that an operator moves to another one. */
import { openQuestions } from "./mailbox.ts";
import type { Repair } from "./message.ts";
import { Refusal } from "./refusal.ts";
import type { CaseState, Question } from "./state.ts";
import type { Text } from "./status.ts";

/** The name of an office as people read it. */
export const officeName = (state: CaseState, office: string): Text => state.overlay.offices[office] ?? { en: office, it: office };

/** What a case waits for while this office decides. */
export const awaitedOf = (name: Text): Text => ({
  en: `waiting for the decision of ${name.en}`,
  it: `in attesa della decisione di ${name.it}`,
});

/** Throws `Refusal` unless one open decision is meant and the office exists and is another one. */
export function checkReassignment(state: CaseState, repair: Repair): void {
  const { question } = meant(state, repair);
  const offices = Object.keys(state.overlay.offices);
  if (repair.office === undefined || !Object.hasOwn(state.overlay.offices, repair.office)) {
    const text = { en: `must be one of ${offices.join(", ")}`, it: `deve essere uno di ${offices.join(", ")}` };
    throw new Refusal("INVALID_BODY", "There is no such office.", { errors: [{ field: "office", ...text }] });
  }
  if (question.office === repair.office)
    throw new Refusal("NOT_EXPECTED", `The decision lies with ${repair.office} already.`, { office: repair.office });
}

/** Moves the decision; it stays with that office in later rounds too. Its time goes on. */
export function reassign(state: CaseState, repair: Repair, at: string): void {
  const { question } = meant(state, repair);
  const office = repair.office ?? "";
  const name = officeName(state, office);
  question.office = office;
  state.office = office;
  const progress = state.progress[question.path];
  if (progress) progress.office = office;
  const waiting = state.waiting[question.path];
  if (waiting) waiting.text = awaitedOf(name);
  state.history.push({
    at,
    event: "reassigned",
    text: { en: `Moved to ${name.en}: ${repair.reason}`, it: `Assegnata a ${name.it}: ${repair.reason}` },
    public: false,
    by: repair.by,
    path: question.path,
  });
}

function meant(state: CaseState, { question: id }: Repair): { question: Question } {
  const open = openQuestions(state).filter((one) => one.accepts.kind === "decision");
  const found = id === undefined ? open : open.filter((one) => one.id === id);
  const [question] = found;
  if (question && found.length === 1) return { question };
  const ids = open.map((one) => one.id);
  const what = ids.length === 0 ? "No decision is open." : `Say which of the open decisions is meant: ${ids.join(", ")}.`;
  throw new Refusal("NOT_EXPECTED", what, { open: ids });
}

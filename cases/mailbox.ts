/** One mailbox: who may answer what, and what happened to each message. Checks are pure; applying changes the state at once. */
import { issuesOf } from "../catalogue/fields.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { FieldIssue, Message, MessageAnswer } from "./message.ts";
import { Refusal } from "./refusal.ts";
import type { CaseState, Question } from "./state.ts";

export const WITHDRAW = "withdraw";

/** The recorded answer of a message seen before. */
export const recordedAnswer = (state: CaseState, message: Message): MessageAnswer | undefined => state.seen[message.id];

/** Throws `Refusal` unless the message can be taken now. `expected`: names of messages that a later `wait` takes. */
export function checkMessage(state: CaseState, message: Message, expected: readonly string[]): void {
  if (recordedAnswer(state, message)) return;
  checkShape(message);
  if (state.closedAt !== undefined) throw new Refusal("CASE_CLOSED", "The case is closed.");
  if (message.name === WITHDRAW) return checkWithdrawal(state);
  const question = questionFor(state, message);
  if (question) return checkBody(question, message);
  const closed = message.for === undefined ? undefined : state.answered[message.for];
  if (closed)
    throw new Refusal("ALREADY_ANSWERED", `${message.for} was answered by ${closed.by} at ${closed.at}.`, { by: closed.by, at: closed.at });
  if (message.for === undefined && state.ending === undefined && expected.includes(message.name)) return;
  const waitsFor = openQuestions(state).map((one) => `${one.name} (${one.id})`);
  throw new Refusal("NOT_EXPECTED", `The case does not wait for "${message.name}". It waits for: ${waitsFor.join(", ") || "nothing"}.`, {
    waitsFor,
  });
}

/** Takes a message that `checkMessage` let through. `number` is where its effect will be published. */
export function applyMessage(state: CaseState, message: Message, number: number, now: string): MessageAnswer {
  const answer: MessageAnswer = { accepted: true, number };
  const question = message.name === WITHDRAW ? undefined : questionFor(state, message);
  if (message.name === WITHDRAW) withdraw(state, message, now);
  else if (question) close(state, question, message, now);
  else {
    state.kept.push(message);
    answer.kept = true;
  }
  state.seen[message.id] = answer;
  return answer;
}

/** A kept message of this name, taken out of the mailbox. */
export function takeKept(state: CaseState, name: string): Message | undefined {
  const index = state.kept.findIndex((message) => message.name === name);
  return index < 0 ? undefined : state.kept.splice(index, 1)[0];
}

export const openQuestions = (state: CaseState): Question[] =>
  Object.values(state.questions).filter((question) => question.answer === undefined);

function questionFor(state: CaseState, message: Message): Question | undefined {
  if (message.for !== undefined) {
    const named = state.questions[message.for];
    return named && named.answer === undefined && named.name === message.name ? named : undefined;
  }
  // Without `for` only a question that is the one of its name can be meant: hints of systems know no rounds.
  const candidates = openQuestions(state).filter((question) => question.name === message.name && question.accepts.kind === "form");
  return candidates.length === 1 ? candidates[0] : undefined;
}

function close(state: CaseState, question: Question, message: Message, now: string): void {
  question.answer = { body: message.body, by: message.from, at: message.at };
  state.answered[question.id] = { by: message.from, at: now };
  delete state.waiting[question.path];
}

function checkWithdrawal(state: CaseState): void {
  if (state.stop)
    throw new Refusal("ALREADY_ANSWERED", `The case was already stopped by ${state.stop.by} at ${state.stop.at}.`, {
      by: state.stop.by,
      at: state.stop.at,
    });
  if (state.ending) throw new Refusal("CASE_CLOSED", "The case has come to its outcome and can no longer be withdrawn.");
}

function withdraw(state: CaseState, message: Message, now: string): void {
  state.stop = { kind: "withdrawn", by: message.from, at: now };
  const reason = message.body["reason"];
  if (typeof reason === "string") state.stop.reason = reason;
  state.history.push({
    at: now,
    event: "withdrawal",
    text: { en: "Withdrawal received", it: "Rinuncia ricevuta" },
    public: true,
    by: message.from,
  });
}

function checkShape(message: Message): void {
  const errors: FieldIssue[] = [];
  if (typeof message.id !== "string" || !/^[\w.:-]{1,120}$/.test(message.id))
    errors.push({ field: "id", en: "is not a message id", it: "non è il codice di un messaggio" });
  if (typeof message.name !== "string" || message.name === "") errors.push({ field: "name", en: "is required", it: "è obbligatorio" });
  if (typeof message.body !== "object" || message.body === null || Array.isArray(message.body))
    errors.push({ field: "body", en: "is not an object", it: "non è un oggetto" });
  if (typeof message.from !== "string" || message.from === "") errors.push({ field: "from", en: "is required", it: "è obbligatorio" });
  if (Number.isNaN(Date.parse(message.at))) errors.push({ field: "at", en: "is not an instant", it: "non è un istante" });
  refuseIf(errors);
}

function checkBody(question: Question, message: Message): void {
  const { accepts } = question;
  if (accepts.kind === "form") return refuseIf(issuesOf(accepts.fields, message.body));
  const { outcome, ask, form, note } = message.body;
  const choice = "outcome must be one of {outcomes}, or ask one of {asks}"
    .replace("{outcomes}", Object.keys(accepts.outcomes).join(", "))
    .replace("{asks}", accepts.asks.join(", ") || "none");
  if (note !== undefined && typeof note !== "string") return refuseIf([{ field: "note", en: "is not a text", it: "non è un testo" }]);
  if (typeof ask === "string" && outcome === undefined && accepts.asks.includes(ask)) return;
  const fields =
    typeof outcome === "string" && ask === undefined && Object.hasOwn(accepts.outcomes, outcome) ? accepts.outcomes[outcome] : undefined;
  if (!fields) return refuseIf([{ field: "outcome", en: choice, it: choice }]);
  const first = accepts.blocked[outcome as string];
  if (first !== undefined)
    throw new Refusal("NOT_EXPECTED", `"${String(outcome)}" may be chosen only after "${first}" was answered or its time ran out.`, {
      first,
    });
  refuseIf(issuesOf(fields, (form ?? {}) as JsonObject).map((issue) => ({ ...issue, field: `form.${issue.field}` })));
}

function refuseIf(errors: FieldIssue[]): void {
  if (errors.length === 0) return;
  const fields = errors.map((error) => `${error.field} ${error.en}`).join("; ");
  throw new Refusal("INVALID_BODY", `The message does not fit: ${fields}.`, { errors: errors.map((error) => ({ ...error })) });
}

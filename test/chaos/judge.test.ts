/** Each guarantee broken on purpose, in what the judge is shown: it must say so, and say nothing of what is right. */
import { expect, test } from "@jest/globals";
import { iupdOf } from "../../connectors/payments/pagopa-gpd/wire.ts";
import type { LedgerEntry } from "../../connectors/simulator.ts";
import { type EffectRow, type Evidence, type Invariant, judge } from "./judge.ts";
import { showsPerson } from "./evidence.ts";
import type { Act, Request } from "./record.ts";

const CASE = "disabled-parking-pass-20261122-0123456789";
const KEY = "chaos-1-1";
const decision: Act = { id: "m-1", what: "decision:grant", answer: "accepted", tries: 1 };
const request = (parts: Partial<Request> = {}): Request => ({
  key: KEY,
  service: "disabled-parking-pass",
  ending: "grant",
  cases: [CASE, CASE],
  otherBody: ["IDEMPOTENCY_KEY_REUSED"],
  acts: [decision],
  unanswered: 1,
  problems: [],
  ...parts,
});
const row = (parts: Partial<EffectRow> = {}): EffectRow => ({
  key: `${CASE}/registration`,
  send: 1,
  case_id: CASE,
  operation: "protocol.register",
  state: "done",
  output: {},
  conflict: null,
  ...parts,
});
const entry = (operation: string, key: string, reference: string): LedgerEntry => ({ seq: 1, at: "", operation, key, reference });
const fee = `${CASE}/fee`;
const registered = entry("Protocollazione", `${CASE}/registration`, "4711/2026");
const created = entry("create", iupdOf(fee), "347000000000000000");
const told = entry("message", "hash", "01SIM1");

const right: Evidence = {
  requests: [request()],
  cases: [{ case_id: CASE, confirmed: true, state: "closed", outcome: "granted", receipt_number: "MILANO-2026-000001" }],
  effects: [
    row({ send: 1, state: "unknown" }),
    row({ send: 2 }),
    row({ key: fee, operation: "payments.createDebt" }),
    row({ key: `${CASE}/tell/send`, operation: "messages.send" }),
  ],
  executions: [{ id: CASE, status: "COMPLETED" }],
  ledgers: { protocol: [registered], payments: [created], messages: [told] },
  shown: [],
  defects: [],
};

const found = (parts: Partial<Evidence>): [Invariant, string][] =>
  judge({ ...right, ...parts }).map(({ invariant, what }) => [invariant, what]);
const closedAs = (outcome: string, state = "closed") => right.cases.map((one) => ({ ...one, outcome, state }));
const says = (invariant: Invariant, what: string) => [[invariant, expect.stringContaining(what)]];
const ledgers = (parts: Partial<Evidence["ledgers"]>) => ({ ledgers: { ...right.ledgers, ...parts } });

test("where every guarantee holds, nothing is said", () => {
  expect(judge(right)).toEqual([]);
});

test("a request without a case, a case without a request, and a key with two cases are found", () => {
  expect(found({ requests: [request(), request({ key: "chaos-1-2", cases: [], acts: [], otherBody: [] })] })).toEqual(
    says("one-case", "never answered"),
  );
  const ghost = { case_id: "ghost", confirmed: false, state: "received", outcome: null, receipt_number: null };
  expect(found({ cases: [...right.cases, ghost] })).toEqual(says("one-case", "nobody was told"));
  expect(found({ executions: [...right.executions, { id: "ghost", status: "RUNNING" }] })).toEqual(
    says("one-case", "in Temporal, and nobody"),
  );
  expect(found({ cases: right.cases.map((one) => ({ ...one, confirmed: false })) })).toEqual(says("one-case", "not in the register"));
  expect(found({ executions: [] })).toEqual(says("one-case", "not in Temporal"));
  expect(found({ requests: [request(), request({ key: "chaos-1-2" })] })).toEqual(says("one-case", `given to ${KEY}`));
  const twice = { ...right.cases[0], case_id: "other" } as Evidence["cases"][number];
  const other = {
    requests: [request(), request({ key: "chaos-1-2", cases: ["other"] })],
    executions: [...right.executions, { id: "other", status: "COMPLETED" }],
  };
  expect(found({ ...other, cases: [...right.cases, twice] })).toEqual(says("one-case", "was drawn twice"));
});

test("the same key with two cases, and with another body that was accepted, are found", () => {
  const two = { cases: [...right.cases, { ...right.cases[0], case_id: "c-2", receipt_number: "MILANO-2026-000002" }] as Evidence["cases"] };
  expect(found({ ...two, requests: [request({ cases: [CASE, "c-2"] })] })).toContainEqual([
    "same-key",
    expect.stringContaining("also gave c-2"),
  ]);
  expect(found({ requests: [request({ otherBody: ["accepted"] })] })).toEqual(says("same-key", "gave accepted"));
});

test("a case that stands still, a failed workflow, a lost decision and a refused message are found", () => {
  expect(found({ cases: closedAs("", "parked") })).toEqual(says("ended", "still parked"));
  expect(found({ executions: [{ id: CASE, status: "FAILED" }] })).toEqual(says("ended", "FAILED"));
  expect(found({ cases: closedAs("refused") })).toEqual(says("ended", "ended as refused, and not as granted"));
  const withdrawn: Act = { id: "m-2", what: "withdraw", answer: "accepted", tries: 1 };
  expect(found({ requests: [request({ acts: [decision, withdrawn] })] })).toEqual(says("ended", "not as withdrawn"));
  expect(found({ requests: [request({ acts: [decision, { ...withdrawn, answer: "NOT_EXPECTED" }] })] })).toEqual(
    says("ended", "withdraw was answered NOT_EXPECTED"),
  );
  expect(found({ requests: [request({ acts: [decision, { ...withdrawn, answer: undefined }] })] })).toEqual(says("ended", "by nobody"));
});

test("an effect that stands twice is found, and a third courtesy message", () => {
  const again = { ...registered, reference: "4712/2026" };
  expect(found(ledgers({ protocol: [registered, again] }))).toEqual(says("one-effect", "twice in the system's ledger"));
  expect(found(ledgers({ payments: [created, created] }))).toEqual(says("one-effect", "twice in the system's ledger"));
  expect(found(ledgers({ messages: [told, told] }))).toEqual(says("one-effect", "1 messages were doubled, and the ledger says so of 0"));
  expect(found(ledgers({ messages: [told, told, told] }))).toEqual(says("one-effect", "sent 3 times"));
});

test("an effect without an entry, an entry without its effect, and an outcome that nobody knows are found", () => {
  expect(found({ effects: right.effects.filter(({ key }) => key !== fee) })).toEqual(says("one-entry", "an effect without an entry"));
  expect(found(ledgers({ protocol: [] }))).toEqual(says("one-entry", "is done here, and not in the system's ledger"));
  const unknown = right.effects.map((one) => (one.key === fee ? { ...one, state: "unknown" } : one));
  expect(found({ effects: unknown, ...ledgers({ payments: [] }) })).toEqual(says("one-entry", "nobody knows what became of it"));
  expect(found({ effects: [...right.effects, row({ send: 3 })] })).toEqual(says("one-entry", "done 2 times"));
  const conflict = right.effects.map((one) => (one.send === 2 ? { ...one, conflict: { send: 1 } } : one));
  expect(found({ effects: conflict })).toEqual(says("one-entry", "two effects under one key"));
  const cancelled = entry("cancel", iupdOf(fee), "347000000000000000");
  expect(found(ledgers({ payments: [created, cancelled] }))).toEqual(says("one-entry", "a cancellation without an entry"));
  expect(
    found({
      effects: [...right.effects, row({ key: `${fee}.undo`, operation: "payments.cancelDebt" })],
      ...ledgers({ payments: [created, cancelled] }),
    }),
  ).toEqual([]);
});

test("a name, a code, and a defect that was seen are found", () => {
  expect(showsPerson("worker-1.1.log", "case 1 went on")).toEqual([]);
  expect(showsPerson("worker-1.1.log", "for XYLOMARCATA")).toEqual(["worker-1.1.log: Xylomarcata"]);
  expect(showsPerson("worker-1.1.log", '{"taxCode":"prvgli85d45x001t"}')).toEqual(["worker-1.1.log: a tax code"]);
  expect(found({ shown: ["worker-1.1.log: a tax code"] })).toEqual(says("no-personal-data", "a tax code"));
  expect(found({ defects: [{ case: CASE, what: "parked with internal:TypeError" }] })).toEqual(says("no-defect", "internal:TypeError"));
});

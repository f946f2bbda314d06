import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Fault, Simulator } from "../../simulator.ts";
import { checkCharacter } from "../../tax-code.ts";
import { onTrial, type Trial, type TrialRun } from "../../trial.ts";
import { email } from "./adapter.ts";
import { emailSimulator, MAIL_USER } from "./simulator.ts";

const firstFifteen = "NVNNCL80A13Z999";
const to = `${firstFifteen}${checkCharacter(firstFifteen)}`;
const input = {
  to,
  email: "niccolo@example.org",
  subject: "La sua pratica è conclusa",
  markdown: "Può ritirare il contrassegno. ".repeat(4),
};
const settings = {
  username: MAIL_USER,
  password: "mail-test-password",
  encryption: "none",
  fromAddress: "urp@comune.example.it",
  fromName: "Comune",
};

let simulator: Simulator;
let run: TrialRun;
beforeEach(async () => {
  simulator = await emailSimulator();
  run = onTrial(email, { ...settings, baseUrl: simulator.url });
});
afterEach(() => simulator.close());

const verdict = ({ failure, output }: Trial) => (failure ? `${failure.kind} ${failure.detail.code}` : output);

test("logs in, names the receiver, and hands one message over", async () => {
  const result = await run.call("send", input);
  expect(simulator.requests()).toEqual(["login", "recipient", "message"]);
  expect([result.effects, verdict(result)]).toEqual([1, { id: simulator.ledger()[0]?.key }]);
});

test("a message sent once more carries the same Message-ID, made of the key alone", async () => {
  await run.call("send", input);
  await run.call("send", input);
  const keys = simulator.ledger().map(({ key }) => key);
  expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}@comune\.example\.it$/);
});

test("without an address nobody is asked", async () => {
  const { email: _, ...without } = input;
  const result = await run.call("send", without);
  expect([verdict(result), result.effects, simulator.requests()]).toEqual(["rejected NOT_REACHABLE", 0, []]);
});

test.each<[string, string, Fault]>([
  ["a greylisted receiver", "not-sent SMTP_450", { kind: "reject", code: "GREYLISTED", operation: "recipient" }],
  ["a server that does not relay for us", "misconfigured SMTP_550", { kind: "reject", code: "RELAY_DENIED", operation: "recipient" }],
  ["a server that is busy at the log-in", "not-sent SMTP_451", { kind: "unavailable", operation: "login" }],
  ["a log-in that breaks off", "not-sent NO_CONNECTION", { kind: "cut-before", operation: "login" }],
  ["a receiver that never is answered", "not-sent DEADLINE", { kind: "answer-held", operation: "recipient" }],
  ["a message put off", "not-sent SMTP_450", { kind: "reject", code: "GREYLISTED", operation: "message" }],
])("%s is %s", async (_, expected, fault) => {
  simulator.inject(fault);
  const result = await run.call("send", input, { deadlineMs: 400 });
  expect([verdict(result), simulator.ledger()]).toEqual([expected, []]);
});

test("encryption is demanded unless the setting says none", async () => {
  const demanding = onTrial(email, { ...settings, encryption: "required", baseUrl: simulator.url });
  expect(verdict(await demanding.call("send", input))).toMatch(/^misconfigured /);
  expect(simulator.requests()).toEqual([]);
});

test("a subject cannot add a header", async () => {
  await run.call("send", { ...input, subject: "Pratica\r\nBcc: altri@example.org" });
  const [entry] = simulator.ledger();
  expect(entry?.["headers"]).toMatch(/subject/);
  expect(entry?.["headers"]).not.toMatch(/bcc/);
});

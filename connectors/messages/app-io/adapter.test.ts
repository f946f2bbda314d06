import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Fault, Simulator } from "../../simulator.ts";
import { checkCharacter } from "../../tax-code.ts";
import { onTrial, type Trial, type TrialRun } from "../../trial.ts";
import { appIo } from "./adapter.ts";
import { appIoSimulator } from "./simulator.ts";

const firstFifteen = "NVNNCL80A13Z999";
const to = `${firstFifteen}${checkCharacter(firstFifteen)}`;
const markdown = "Il contrassegno che ha chiesto è pronto: **Niccolò Inventato** può ritirarlo allo sportello da domani.";
const input = { to, subject: "La sua pratica è conclusa", markdown };
const settings = { subscriptionKey: "io-test-key" };

let simulator: Simulator;
let run: TrialRun;
beforeEach(async () => {
  simulator = await appIoSimulator();
  run = onTrial(appIo, { ...settings, baseUrl: simulator.url });
});
afterEach(() => simulator.close());

const send = (options = {}, change = {}) => run.call("send", { ...input, ...change }, options);
const verdict = ({ failure, output }: Trial) => (failure ? `${failure.kind} ${failure.detail.code}` : output);

describe("send", () => {
  test("asks for the profile, then sends one message, which is the marked effect", async () => {
    const result = await send();
    expect(simulator.requests()).toEqual(["profile", "message"]);
    expect([result.effects, simulator.ledger().length]).toEqual([1, 1]);
    expect(verdict(result)).toEqual({ id: simulator.ledger()[0]?.reference });
  });

  test.each(["absent", false])("says NOT_REACHABLE, and sends nothing, when the receiver is reachable: %p", async (reachable) => {
    await simulator.control("setReachable", { taxCode: to, reachable });
    const result = await send();
    expect([verdict(result), result.effects, simulator.requests()]).toEqual(["rejected NOT_REACHABLE", 0, ["profile"]]);
    await simulator.control("setReachable", { taxCode: to, reachable: true });
    expect((await send()).failure).toBeUndefined();
  });

  test.each<[string, Fault, string]>([
    ["a quota", { kind: "reject", code: "QUOTA" }, "not-sent HTTP_429"],
    ["a refused message", { kind: "reject" }, "rejected BAD_MESSAGE"],
    ["a key without permission", { kind: "reject", code: "FORBIDDEN" }, "misconfigured HTTP_403"],
    ["a refused key", { kind: "unauthorized" }, "misconfigured HTTP_401"],
    ["a server error", { kind: "reject", code: "SERVER_ERROR" }, "unknown HTTP_500"],
    ["a system that is down", { kind: "unavailable" }, "not-sent HTTP_503"],
    ["a cut before the effect", { kind: "cut-before" }, "unknown RESET"],
    ["a lost answer", { kind: "answer-lost" }, "unknown RESET"],
    ["a held answer", { kind: "answer-held" }, "unknown DEADLINE"],
    ["a proxy's page", { kind: "html" }, "contract-broken NOT_IO"],
    ["garbage", { kind: "garbage" }, "contract-broken NOT_IO"],
  ])("%s at the message is told apart", async (_, fault, expected) => {
    simulator.inject({ ...fault, operation: "message" });
    const result = await send({ deadlineMs: 300 });
    expect([verdict(result), result.effects]).toEqual([expected, 1]);
    expect(simulator.ledger().length).toBeLessThanOrEqual(1);
  });

  test.each<[Fault["kind"], string]>([
    ["unavailable", "not-sent HTTP_503"],
    ["unauthorized", "misconfigured HTTP_401"],
    ["cut-before", "unknown RESET"],
    ["answer-held", "unknown DEADLINE"],
    ["html", "contract-broken SCHEMA"],
    ["garbage", "contract-broken SCHEMA"],
  ])("the fault %s at the profile is %s, and no effect was begun", async (kind, expected) => {
    simulator.inject({ kind, operation: "profile" });
    const result = await send({ deadlineMs: 300 });
    expect([verdict(result), result.effects, simulator.ledger()]).toEqual([expected, 0, []]);
  });

  test("tells how long a quota asks it to wait", async () => {
    simulator.inject({ kind: "reject", code: "QUOTA", operation: "message" });
    expect((await send()).failure?.detail.retryAfterMs).toBe(2_000);
  });

  test("a message sent once more after a lost answer stands in the ledger twice, under one key without personal data", async () => {
    simulator.inject({ kind: "answer-lost", operation: "message" });
    await send();
    await send();
    const keys = simulator.ledger().map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    const ledger = JSON.stringify(simulator.ledger());
    for (const personal of [to, "Niccol", "Inventato"]) expect(ledger).not.toContain(personal);
  });

  test("an address that is not IO's is not taken for a receiver who cannot be reached", async () => {
    const astray = onTrial(appIo, { ...settings, baseUrl: `${simulator.url}/wrong` });
    expect(verdict(await astray.call("send", input))).toBe("contract-broken NOT_IO");
  });
});

const post = async (content: object) => {
  const headers = { "ocp-apim-subscription-key": "io-test-key" };
  return (await fetch(`${simulator.url}/messages`, { method: "POST", headers, body: JSON.stringify({ fiscal_code: to, content }) })).status;
};

describe("the simulated app IO", () => {
  test.each([
    ["a subject of 9", { subject: "x".repeat(9), markdown }, 400],
    ["a subject of 10", { subject: "x".repeat(10), markdown }, 201],
    ["a subject of 120", { subject: "x".repeat(120), markdown }, 201],
    ["a subject of 121", { subject: "x".repeat(121), markdown }, 400],
    ["a text of 79", { subject: input.subject, markdown: "x".repeat(79) }, 400],
    ["a text of 80", { subject: input.subject, markdown: "x".repeat(80) }, 201],
    ["a text of 10000", { subject: input.subject, markdown: "x".repeat(10_000) }, 201],
    ["a text of 10001", { subject: input.subject, markdown: "x".repeat(10_001) }, 400],
    ["a date without milliseconds", { subject: input.subject, markdown, due_date: "2026-12-22T22:59:59Z" }, 400],
    ["a date in UTC", { subject: input.subject, markdown, due_date: "2026-12-22T22:59:59.000Z" }, 201],
  ])("answers %s characters", async (_, content, status) => {
    expect(await post(content)).toBe(status);
  });
});

test("a setting that is missing or wrong is named", () => {
  const { error } = appIo.config.safeParse({ baseUrl: "x", timeToLiveSeconds: "60" });
  expect(error?.issues.map(({ path }) => path[0]).toSorted()).toEqual(["baseUrl", "subscriptionKey", "timeToLiveSeconds"]);
});

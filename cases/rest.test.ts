/** What a case rests on is never lost: found by the random services of properties.test.ts, kept here in plain words. */
import { describe, expect, test } from "@jest/globals";
import { done, good, grant, run, sends, service, unknown } from "./testing.ts";

const MINUTE = 60_000;

describe("a stop that waits", () => {
  test("for an outcome that is looked up does not keep the operator's repair from the case", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("find"), done({ number: "0000002/2026", year: 2026 })] });
    await r.send({ name: "withdraw" });
    await r.pass(10 * MINUTE);
    expect(r.status()).toMatchObject({ state: "parked", waitingFor: "operator", problem: { code: "protocol.register:OUTCOME_UNKNOWN" } });
    await r.repair({ verb: "resolve", result: { number: "0000001/2026", year: 2026 } });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "withdrawn" });
  });

  test("is not forgotten by a crash, nor is what it waits for", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("person"), done({ number: "0000002/2026", year: 2026 })] });
    await r.send({ name: "withdraw" });
    r.crash();
    await r.pass(0);
    await r.repair({ verb: "resolve", result: { number: "0000001/2026", year: 2026 } });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "withdrawn" });
  });
});

/** Withdrawn, and the protocol refuses the withdrawal. */
const parked = async () => {
  const answers = {
    ...good(),
    "protocol.register": [done({ number: "0000001/2026", year: 2026 }), { kind: "rejected", code: "REFUSED", message: "" } as const],
  };
  const r = await run(answers);
  await r.send({ name: "withdraw" });
  return r;
};

describe("a case that comes to its end", () => {
  test("cannot be cancelled; what holds it up is skipped", async () => {
    const r = await parked();
    expect(r.status()).toMatchObject({ state: "parked", step: "withdrawal", problem: { verbs: ["retry", "resolve", "skip"] } });
    await expect(r.repair({ verb: "cancel" })).rejects.toMatchObject({ code: "NOT_EXPECTED" });
    await r.repair({ verb: "skip" });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "withdrawn" });
  });

  test("registers its withdrawal although it crashed meanwhile", async () => {
    const r = await parked();
    r.crash();
    await r.pass(0);
    expect(r.status()).toMatchObject({ state: "parked", step: "withdrawal" });
    await r.repair({ verb: "resolve", result: { number: "0000002/2026", year: 2026 } });
    expect(r.status()).toMatchObject({
      state: "closed",
      outcome: "withdrawn",
      steps: expect.arrayContaining([expect.objectContaining({ id: "withdrawal", state: "done" })]),
    });
  });
});

describe("after a crash", () => {
  test("a confirmation that parked is the same confirmation, and its problem the same problem", async () => {
    const answers = {
      ...good(),
      "payments.debtStatus": [{ kind: "rejected", code: "NOT_FOUND", message: "" } as const, done({ state: "PAID" })],
    };
    const r = await run(answers, { kind: "duplicate" });
    await r.decide(grant);
    await r.send({ name: "payment" });
    const { problem } = r.status();
    expect(problem).toMatchObject({ code: "payments.debtStatus:NOT_FOUND", path: "paid/confirm.1" });
    r.systems.answer("payments.debtStatus", [done({ state: "PAID" })]);
    r.crash();
    await r.pass(0);
    expect(r.status().problem).toEqual(problem);
    await r.repair({ verb: "retry" });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
  });

  test("a child that was refused is not asked for again", async () => {
    const r = await run(good(), {
      service: service('- { id: sub, open: { service: residence-certificate, request: { applicant: "${request.applicant}" } } }'),
    });
    await r.send({ name: "childReport", for: "sub.1", body: { refused: "INVALID_REQUEST" } });
    const { problem } = r.status();
    r.crash();
    await r.pass(0);
    expect(r.status()).toMatchObject({ state: "parked", problem });
    expect(r.simulation.children).toHaveLength(1);
  });

  test("a debt that is being cancelled when the time is over goes on being cancelled", async () => {
    const r = await run({ ...good(), "payments.cancelDebt": [unknown("person")] }, { kind: "duplicate" });
    await r.decide(grant);
    await r.pass(31 * 24 * 60 * MINUTE);
    expect(r.status()).toMatchObject({ state: "parked", problem: { code: "payments.cancelDebt:OUTCOME_UNKNOWN" } });
    r.crash();
    await r.pass(0);
    await r.repair({ verb: "resolve", result: { cancelled: true } });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "inadmissible" });
    expect(sends(r, "payments.cancelDebt")).toBe(1);
  });
});

test("two branches that are parked restart together and keep their problems", async () => {
  const yaml = `
    - id: both
      parallel:
        branches:
          a: [{ id: one, call: protocol.register, with: {} }]
          b: [{ id: two, call: protocol.registerOutgoing, with: {} }]
          c: [{ id: three, ask: { title: { en: Go, it: Vai } } }, { id: four, set: { x: 1 } }]`;
  const answers = { ...good(), "protocol.register": [unknown("person")], "protocol.registerOutgoing": [unknown("person")] };
  const r = await run(answers, { restart: true, service: service(yaml) });
  const before = Object.keys(r.state().problems);
  await r.send({ name: "three", for: "both/c/three.1" });
  expect(r.restarts()).toBeGreaterThan(0);
  expect(Object.keys(r.state().problems)).toEqual(before);
  expect(before).toHaveLength(2);
});

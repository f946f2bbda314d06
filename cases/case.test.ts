import { describe, expect, test } from "@jest/globals";
import { debt, done, good, grant, pass, run, sends, trace, unknown } from "./testing.ts";

describe.each([{ restart: false }, { restart: true }])("a parking pass, restarted after every step: $restart", ({ restart }) => {
  test("is granted", async () => {
    const r = await run(good(), { restart });
    expect(r.status()).toMatchObject({ state: "waiting", waitingFor: "office", step: "decision", protocolNumber: "0000001/2026" });
    await r.decide(grant);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
    expect(r.status().documents).toHaveLength(1);
    expect(trace(r)).toEqual([
      ["registration", "done", null],
      ["resident", "done", null],
      ["fines", "done", null],
      ["decision", "done", "grant"],
      ["fee", "skipped", null],
      ["paid", "skipped", null],
      ["pass", "done", null],
      ["outcomeRegistration", "done", null],
      ["tell", "done", null],
      ["tell/send", "done", null],
    ]);
    if (restart) expect(r.restarts()).toBeGreaterThan(5);
  });

  test("five corrections are asked and answered in one case", async () => {
    const r = await run(good(), { restart });
    for (let round = 1; round <= 5; round++) {
      await r.decide({ ask: "correction", note: `round ${round}` });
      expect(r.status()).toMatchObject({
        waitingFor: "applicant",
        actions: [{ id: `decision/correction.${round}`, name: "correction", shows: { note: `round ${round}` } }],
      });
      await r.send({ name: "correction", for: `decision/correction.${round}`, body: { text: `answer ${round}` } });
    }
    await r.decide(grant);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
  });

  test("is refused only after the notice", async () => {
    const r = await run(good(), { restart });
    await expect(r.decide({ outcome: "refuse", form: { reason: "no" } })).rejects.toMatchObject({
      code: "NOT_EXPECTED",
      details: { first: "rejectionNotice" },
    });
    await r.decide({ ask: "rejectionNotice", note: "we mean to refuse" });
    expect(r.status().clock).toMatchObject({ state: "suspended" });
    await r.pass(10 * 86_400_000 + 1_000);
    expect(r.status()).toMatchObject({ waitingFor: "office" });
    await r.decide({ outcome: "refuse", form: { reason: "no" } });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "refused" });
    expect(sends(r, "documents.issue")).toBe(0);
  });

  test("a non-resident goes to the office with a proposal, and nothing is refused by itself", async () => {
    const r = await run({ ...good(), "registry.findResident": [{ kind: "rejected", code: "NOT_RESIDENT", message: "" }] }, { restart });
    expect(r.status().actions[0]?.shows).toMatchObject({ proposal: { outcome: "refuse", reason: "notResident" } });
    await r.decide(grant);
    expect(r.status()).toMatchObject({ outcome: "granted" });
  });

  test("a duplicate waits until the system says that the debt is paid", async () => {
    const answers = good();
    answers["payments.debtStatus"] = [done({ state: "UNPAID" }), done({ state: "UNPAID" }), done({ state: "PAID" })];
    const r = await run(answers, { restart, kind: "duplicate" });
    await r.decide(grant);
    expect(r.status()).toMatchObject({
      state: "waiting",
      waitingFor: "payment",
      actions: [{ name: "payment", shows: { noticeNumber: debt.noticeNumber } }],
    });
    await r.send({ name: "payment" });
    expect(r.status()).toMatchObject({ waitingFor: "payment" });
    await r.pass(16 * 60_000);
    expect(r.status()).toMatchObject({ waitingFor: "payment" });
    await r.pass(16 * 60_000);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
  });

  test("when the term ends the debt is cancelled and the request lapses", async () => {
    const r = await run(good(), { restart, kind: "duplicate" });
    await r.decide(grant);
    await r.pass(31 * 86_400_000);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "inadmissible" });
    expect(sends(r, "payments.cancelDebt")).toBe(1);
    expect(sends(r, "documents.issue")).toBe(0);
  });

  test("when the cancellation is refused because it was paid, the case goes on as paid", async () => {
    const answers = good();
    let paid = false;
    answers["payments.debtStatus"] = [() => done({ state: paid ? "PAID" : "UNPAID" })];
    answers["payments.cancelDebt"] = [
      () => {
        paid = true;
        return { kind: "rejected", code: "ALREADY_PAID", message: "" };
      },
    ];
    const r = await run(answers, { restart, kind: "duplicate" });
    await r.decide(grant);
    await r.pass(31 * 86_400_000);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
    expect(r.state().undo).toEqual([]);
  });

  test("a withdrawal undoes in reverse and is registered", async () => {
    const r = await run(good(), { restart, kind: "duplicate" });
    await r.decide(grant);
    await r.send({ name: "withdraw", body: { reason: "changed my mind" }, from: "applicant" });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "withdrawn" });
    expect(sends(r, "payments.cancelDebt")).toBe(1);
    expect(sends(r, "protocol.register")).toBe(2);
    expect(r.systems.calls.find((call) => call.operation === "payments.cancelDebt")?.request.key).toBe("case-1/fee.undo");
  });

  test("a write whose outcome is unknown is parked, never sent again by itself, and continues with a person's result", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("person")] }, { restart });
    await r.pass(86_400_000);
    expect(sends(r, "protocol.register")).toBe(1);
    expect(r.status()).toMatchObject({
      state: "parked",
      problem: { code: "protocol.register:OUTCOME_UNKNOWN", verbs: ["resolve", "retry"] },
    });
    await expect(r.repair({ verb: "resolve", result: { numero: 7 } })).rejects.toMatchObject({ code: "INVALID_BODY" });
    await r.repair({ verb: "resolve", result: { number: "0000099/2026", year: 2026 } });
    expect(r.status()).toMatchObject({ state: "waiting", protocolNumber: "0000099/2026" });
  });
});

test("an expression that fails parks the case", async () => {
  const broken = structuredClone(pass);
  Object.assign(broken.steps[2] as object, { when: "steps.nothing.here" });
  const r = await run(good(), { service: broken });
  expect(r.status()).toMatchObject({ state: "parked", problem: { code: "expression:no_such_key", path: "fines" } });
  await r.repair({ verb: "cancel" });
  expect(r.status()).toMatchObject({ state: "closed", outcome: "cancelled" });
});

test("statuses have rising numbers and come to rest", async () => {
  const r = await run(good());
  const numbers = r.published.map((status) => status.number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(r.published.at(-1)).toMatchObject({ state: "waiting" });
});

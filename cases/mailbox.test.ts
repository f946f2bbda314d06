import { describe, expect, test } from "@jest/globals";
import { checkMessage } from "./mailbox.ts";
import { done, good, grant, run, unknown } from "./testing.ts";

describe("the mailbox", () => {
  test("a refusal without a branch parks, and a retry is the next generation of the key", async () => {
    const r = await run({
      ...good(),
      "protocol.register": [{ kind: "rejected", code: "REFUSED", message: "" }, done({ number: "0000003/2026", year: 2026 })],
    });
    expect(r.status()).toMatchObject({
      state: "parked",
      problem: { code: "protocol.register:REFUSED", advice: expect.stringContaining("add a branch") },
    });
    await r.repair({ verb: "retry" });
    expect(r.systems.calls.map((call) => call.request.key).slice(0, 2)).toEqual(["case-1/registration", "case-1/registration~2"]);
  });

  test("a withdrawal waits while an outcome is unknown, and takes effect when it is known", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("person"), done({ number: "0000008/2026", year: 2026 })] });
    await r.send({ name: "withdraw" });
    expect(r.status()).toMatchObject({ state: "parked" });
    await r.repair({ verb: "resolve", result: { number: "0000007/2026", year: 2026 } });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "withdrawn", protocolNumber: "0000007/2026" });
  });

  test("who answers a question that was answered is told by whom and when", async () => {
    const r = await run(good());
    await r.decide({ ask: "correction" });
    await expect(r.send({ name: "decision", for: "decision.1", body: grant })).rejects.toMatchObject({
      code: "ALREADY_ANSWERED",
      details: { by: "office:test" },
    });
    await expect(r.send({ name: "lunch" })).rejects.toMatchObject({
      code: "NOT_EXPECTED",
      details: { waitsFor: ["correction (decision/correction.1)"] },
    });
  });

  test("the same message id gets its recorded answer again", async () => {
    const r = await run(good());
    await r.send({ name: "decision", for: "decision.1", body: { ask: "correction" }, id: "one" });
    const before = r.state().history.length;
    await r.send({ name: "withdraw", id: "two" });
    expect(r.state().outcome).toBe("withdrawn");
    expect(() => checkMessage(r.state(), { id: "one", name: "decision", body: {}, from: "x", at: "" }, [])).not.toThrow();
    expect(r.state().history.length).toBeGreaterThan(before);
  });

  test("a hint that comes early is kept for its wait", async () => {
    const r = await run({ ...good(), "payments.debtStatus": [done({ state: "PAID" })] }, { kind: "duplicate" });
    await r.send({ name: "payment" });
    await r.decide(grant);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
  });

  test("a body that does not fit names the field in both languages", async () => {
    const r = await run(good());
    await expect(r.decide({ outcome: "grant", form: { validUntil: "soon" } })).rejects.toMatchObject({
      code: "INVALID_BODY",
      details: { errors: [{ field: "form.validUntil", en: expect.any(String), it: expect.any(String) }] },
    });
  });
});

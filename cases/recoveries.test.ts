import { describe, expect, test } from "@jest/globals";
import type { Outcome } from "../connectors/outcome.ts";
import { done, good, grant, run, sends, service, unknown } from "./testing.ts";

describe("recoveries of an unknown write", () => {
  test("by key: the same key is sent again with the next number", async () => {
    const r = await run({ ...good(), "documents.issue": [unknown("key"), done({ document: { id: "att-00000001" } })] });
    await r.decide(grant);
    await r.pass(60_000);
    expect(r.status()).toMatchObject({ outcome: "granted" });
    const issues = r.systems.calls.filter((call) => call.operation === "documents.issue").map(({ request }) => [request.key, request.send]);
    expect(issues).toEqual([
      ["case-1/pass", 1],
      ["case-1/pass", 2],
    ]);
  });

  test("by key: a further send that fails without effect says nothing of the first, so a person looks and no new key is drawn", async () => {
    const failed = { kind: "failed" as const, code: "INTERNAL", message: "a defect; nothing was sent" };
    const r = await run({ ...good(), "documents.issue": [unknown("key"), failed, done({ document: { id: "att-00000001" } })] });
    await r.decide(grant);
    await r.pass(60_000);
    expect(r.status()).toMatchObject({ state: "parked", problem: { code: "documents.issue:OUTCOME_UNKNOWN", unknown: true } });
    expect(r.status().problem?.verbs).not.toContain("cancel");
    await r.pass(600_000);
    await r.repair({ verb: "retry" });
    expect(r.status()).toMatchObject({ outcome: "granted" });
    const issues = r.systems.calls.filter((call) => call.operation === "documents.issue").map(({ request }) => [request.key, request.send]);
    expect(issues).toEqual([
      ["case-1/pass", 1],
      ["case-1/pass", 2],
      ["case-1/pass", 3],
    ]);
  });

  test("by key: a further send has no end of its time, since the first is settled however long that takes", async () => {
    const timed = service(
      "[{ id: issue, call: documents.issue, within: PT1H, with: { kind: passCard, title: T, fields: {} }, optional: true }]",
    );
    const r = await run({ "documents.issue": [unknown("key"), done({ document: { id: "att-00000001" } })] }, { service: timed });
    await r.pass(60_000);
    expect(r.systems.calls.map(({ until }) => until !== undefined)).toEqual([true, false]);
  });

  test("by look-up: found is adopted, nothing is sent again", async () => {
    const r = await run({ ...good(), "documents.issue": [unknown("find")] });
    r.systems.finds["documents.issue"] = [{ kind: "absent" }, { kind: "found", output: { document: { id: "att-00000009" } } }];
    await r.decide(grant);
    await r.pass(60_000);
    expect(r.status()).toMatchObject({ outcome: "granted", documents: [{ id: "att-00000009" }] });
    expect(sends(r, "documents.issue")).toBe(1);
  });

  test("by look-up: not found until the settle time is over parks, unless a second send is safe", async () => {
    const parked = await run({ ...good(), "documents.issue": [unknown("find")] });
    await parked.decide(grant);
    await parked.pass(3_600_000);
    expect(parked.status()).toMatchObject({ state: "parked", problem: { code: "documents.issue:OUTCOME_UNKNOWN" } });
    const again = await run({ ...good(), "documents.issue": [unknown("find", "a reason"), unknown("find", "a reason")] });
    await again.decide(grant);
    await again.pass(3_600_000);
    expect(sends(again, "documents.issue")).toBe(2);
    expect(again.status()).toMatchObject({ state: "parked" });
  });

  test("the settle time is reckoned by the case's own clock, since a worker's may be minutes off", async () => {
    const behind = { ...unknown("person"), settleUntil: "2026-03-02T09:50:00.000Z", settleMs: 90_000 } as Outcome;
    const r = await run({ ...good(), "protocol.register": [behind] });
    expect(r.status().problem).toMatchObject({ notBefore: new Date(r.simulation.now() + 90_000).toISOString() });
    await expect(r.repair({ verb: "retry" })).rejects.toMatchObject({ code: "NOT_EXPECTED" });
  });

  test("a person who confirms before the settle time is over is told to wait", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("person"), done({ number: "0000005/2026", year: 2026 })] });
    await expect(r.repair({ verb: "retry" })).rejects.toMatchObject({
      code: "NOT_EXPECTED",
      details: { notBefore: "2026-03-02T10:05:00.000Z" },
    });
    await r.pass(600_000);
    await r.repair({ verb: "retry", id: "r2" });
    expect(r.status()).toMatchObject({ state: "waiting", protocolNumber: "0000005/2026" });
    expect(r.systems.calls.filter((call) => call.operation === "protocol.register").map(({ request }) => request.send)).toEqual([1, 2]);
  });

  test("a courtesy message is sent twice at most, and says that it may be doubled", async () => {
    const r = await run({ ...good(), "messages.send": [unknown("person")] });
    await r.decide(grant);
    expect(sends(r, "messages.send")).toBe(2);
    expect(r.status().steps.find((step) => step.id === "tell/send")).toMatchObject({
      state: "failed",
      note: expect.stringContaining("may be doubled"),
    });
    expect(r.status()).toMatchObject({ outcome: "granted" });
  });

  test("a read without a usable answer is repeated five times, then parks", async () => {
    const r = await run({ ...good(), "tax.openFines": [unknown("person")] });
    await r.pass(3_600_000);
    expect(sends(r, "tax.openFines")).toBe(5);
    expect(r.status()).toMatchObject({ state: "parked", problem: { code: "tax.openFines:CONTRACT_BROKEN" } });
  });
});

import { describe, expect, test } from "@jest/globals";
import { good, grant, type Run, run, service } from "./testing.ts";

const reassign = (r: Run, office: string, more: object = {}) => r.repair({ verb: "reassign", office, id: `to-${office}`, ...more });

const decide = (id: string) => `[{ id: ${id}, decide: { office: culture, outcomes: { yes: { title: { en: Yes, it: Si } } } } }]`;

describe.each([{ restart: false }, { restart: true }])("reassigning a decision, restarted after every step: $restart", ({ restart }) => {
  test("moves it to the other office, with its time, and is recorded with name and reason", async () => {
    const r = await run(good(), { restart });
    const [before] = r.status().actions;
    await reassign(r, "culture", { reason: "the office was merged", by: "A. Bianchi" });
    expect(r.status()).toMatchObject({
      state: "waiting",
      office: "culture",
      waitingFor: "office",
      waitingText: { en: expect.stringContaining("waiting for the decision of") },
      actions: [{ id: before?.id, office: "culture", due: before?.due }],
    });
    expect(r.status().history.at(-1)).toMatchObject({ event: "reassigned", by: "A. Bianchi", path: "decision", public: false });
    expect(r.status().history.at(-1)?.text.en).toContain("the office was merged");
    await r.decide(grant);
    expect(r.status()).toMatchObject({ outcome: "granted" });
  });

  test("holds for the rounds after an ask too", async () => {
    const r = await run(good(), { restart });
    await reassign(r, "culture");
    await r.decide({ ask: "correction" });
    await r.send({ name: "correction", body: {} });
    expect(r.status().actions).toMatchObject([{ name: "decision", id: "decision.2", office: "culture" }]);
  });

  test("is refused for an office that does not exist, the same office, and where no decision is open", async () => {
    const r = await run(good(), { restart });
    await expect(reassign(r, "nowhere")).rejects.toMatchObject({ code: "INVALID_BODY", details: { errors: [{ field: "office" }] } });
    await expect(reassign(r, "mobilityPermits")).rejects.toMatchObject({ code: "NOT_EXPECTED" });
    await expect(reassign(r, "culture", { question: "decision.7" })).rejects.toMatchObject({ details: { open: ["decision.1"] } });
    await expect(reassign(r, "culture", { by: " " })).rejects.toMatchObject({ code: "INVALID_BODY" });
    await r.decide({ ask: "correction" });
    await expect(reassign(r, "culture")).rejects.toMatchObject({ code: "NOT_EXPECTED", details: { open: [] } });
  });

  test("wants to know which one where two are open", async () => {
    const yaml = `
      - id: both
        parallel: { branches: { a: ${decide("one")}, b: ${decide("two")} } }`;
    const r = await run(good(), { restart, service: service(yaml) });
    await expect(reassign(r, "mobilityPermits")).rejects.toMatchObject({
      code: "NOT_EXPECTED",
      details: { open: ["both/a/one.1", "both/b/two.1"] },
    });
    await reassign(r, "mobilityPermits", { question: "both/b/two.1" });
    expect(r.status().actions.map(({ office }) => office)).toEqual(["culture", "mobilityPermits"]);
  });
});

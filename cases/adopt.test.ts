import { describe, expect, test } from "@jest/globals";
import type { YamlService } from "../catalogue/definition.ts";
import { good, grant, pass, run } from "./testing.ts";

const adoption = (service: YamlService, version = "1".repeat(64)) => ({ id: "a1", version, service, by: "Op", reason: "a better form" });

/** The pass with another text of its message and a longer form. */
function better(): YamlService {
  const service = structuredClone(pass);
  const decision = service.steps.find((step) => step.id === "decision");
  if (decision && "decide" in decision)
    decision.decide.outcomes["grant"] = {
      title: { en: "Grant", it: "Rilascia" },
      form: { validUntil: "Date", plate: "Plate?", remark: "Text?" },
    };
  return service;
}

describe("a case that waits for its office", () => {
  test("goes on under another version, with its open question asked anew and its time as it was", async () => {
    const r = await run(good());
    const due = r.status().actions[0]?.due;
    await r.pass(86_400_000);
    await r.adopt(adoption(better()));
    expect(r.restarts()).toBe(1);
    expect(r.status()).toMatchObject({ state: "waiting", version: "1".repeat(64), actions: [{ id: "decision.1", due }] });
    await r.decide({ outcome: "grant", form: { ...grant.form, remark: "new" } });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
    expect(r.systems.calls.filter((call) => call.operation === "protocol.register")).toHaveLength(1);
    expect(r.status().history.some((entry) => entry.event === "adopted" && entry.by === "Op")).toBe(true);
  });

  test("is left as it is when a step that it has done is gone", async () => {
    const r = await run(good());
    const without = structuredClone(pass);
    without.steps = without.steps.filter((step) => step.id !== "fines");
    await expect(r.adopt(adoption(without))).rejects.toMatchObject({
      code: "NOT_EXPECTED",
      details: { reasons: [expect.stringContaining("fines")] },
    });
    expect(r.restarts()).toBe(0);
    expect(r.status()).toMatchObject({ state: "waiting", version: "0".repeat(64) });
  });

  test("does not adopt what it has, nor without a name", async () => {
    const r = await run(good());
    await expect(r.adopt(adoption(pass, "0".repeat(64)))).rejects.toMatchObject({ details: { reasons: ["it has this version already"] } });
    await expect(r.adopt({ ...adoption(better()), by: "" })).rejects.toMatchObject({ code: "INVALID_BODY" });
  });

  test("the same adoption again gives its recorded answer", async () => {
    const r = await run(good());
    await r.adopt(adoption(better()));
    await r.adopt(adoption(better()));
    expect(r.restarts()).toBe(1);
  });
});

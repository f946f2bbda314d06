import { describe, expect, test } from "@jest/globals";
import { CallFailure } from "../connectors/failure.ts";
import type { Outcome } from "../connectors/outcome.ts";
import { entryOf, keepEvidence, type Met } from "./keep-evidence.ts";
import type { BoundSystem } from "./system.ts";

const met = (outcome: Outcome, failure?: CallFailure): Met => ({
  operation: "protocol.register",
  request: { key: "case-1/registration~2", send: 1, input: { secret: "RSSMRA" }, verb: "send" },
  attempt: { id: "run/1/1", number: 1, signal: new AbortController().signal },
  outcome,
  failure,
  began: Date.now() - 40,
});
const unknown = (reason: string): Outcome => ({
  kind: "unknown",
  reason,
  send: 1,
  recovery: { by: "person" },
  settleUntil: "2026-11-22T10:00:00Z",
  adapter: "docarea",
});
const system = { contract: "protocol", adapter: { name: "docarea" } } as unknown as BoundSystem;

describe("evidence of a call", () => {
  test("says what was met, with the detail of the failure and nothing of the request", () => {
    const page = new CallFailure("contract-broken", "a page", { code: "HTML", status: 200, contentType: "text/html", bytes: 90 });
    const entry = entryOf(system, met(unknown("HTML: a page"), page));
    expect(entry).toMatchObject({
      caseId: "case-1",
      key: "case-1/registration~2",
      kind: "unknown",
      code: "HTML",
      message: "a page",
      status: 200,
      contentType: "text/html",
      bytes: 90,
      system: "protocol",
      adapter: "docarea",
    });
    expect(entry?.durationMs).toBeGreaterThanOrEqual(40);
    expect(JSON.stringify(entry)).not.toContain("RSSMRA");
    expect(entryOf(system, met(unknown("another attempt is under way")))).toMatchObject({ code: "UNKNOWN" });
  });

  test("is there for every outcome that is not clear, and for no other", () => {
    const said = { code: "REFUSED", message: "no" };
    const outcomes: Outcome[] = [
      { kind: "rejected", ...said },
      { kind: "failed", ...said },
      { kind: "conflict", code: "INPUT_CHANGED", message: "no" },
      { kind: "done", output: {} },
      { kind: "invalid", issues: [] },
      { kind: "expired" },
    ];
    const kinds = outcomes.map((outcome) => entryOf(system, met(outcome))?.kind);
    expect(kinds).toEqual(["rejected", "failed", "conflict", undefined, undefined, undefined]);
  });

  test("neither delays nor fails the call: a register that is away costs the entry", async () => {
    const warned: string[] = [];
    const log = { warn: (_details: object, message: string) => void warned.push(message) };
    const away = { ...system, log, evidence: { keep: () => Promise.reject(new Error("away")) } } as unknown as BoundSystem;
    keepEvidence(away, met(unknown("DEADLINE: x")));
    await new Promise((resolve) => setImmediate(resolve));
    expect(warned).toEqual(["evidence was not kept"]);
    keepEvidence({ ...away, evidence: { keep: () => new Promise(() => undefined) } }, met(unknown("DEADLINE: x")));
  });
});

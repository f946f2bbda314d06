import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { Overlay, YamlService } from "../catalogue/definition.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Outcome } from "../connectors/outcome.ts";
import { Case } from "./case.ts";
import { Interpreter } from "./interpreter.ts";
import { live } from "./life.ts";
import { applyMessage, checkMessage } from "./mailbox.ts";
import { type Answer, MemoryRuntime } from "./memory-runtime.ts";
import type { Message, Repair } from "./message.ts";
import { newState } from "./new-state.ts";
import { applyRepair, checkRepair } from "./problem.ts";
import { RestartFromState } from "./runtime.ts";
import { snapshot } from "./snapshot.ts";
import type { CaseState } from "./state.ts";
import type { CaseStatus } from "./status.ts";

const read = (file: string): unknown => parse(readFileSync(file, "utf8"));
const overlay = Overlay.parse(read("municipalities/milano.yaml"));
const pass = YamlService.parse(read("services/mobility/disabled-parking-pass.yaml"));

const done = (output: JsonObject): Outcome => ({ kind: "done", output });
const debt = { id: "DRS-1", noticeNumber: "302000100000019414", amount: 1000, dueDate: "2026-04-01" };
const unknown = (by: "person" | "key" | "find", resend?: string): Outcome => ({
  kind: "unknown",
  reason: "DEADLINE: no answer",
  send: 1,
  recovery: by === "find" ? { by, ...(resend === undefined ? {} : { resend }) } : { by },
  settleUntil: "2026-03-02T10:05:00.000Z",
  adapter: "test",
});

const good = (): Record<string, Answer[]> => ({
  "protocol.register": [done({ number: "0000001/2026", year: 2026 })],
  "protocol.registerOutgoing": [done({ number: "0000002/2026", year: 2026 })],
  "registry.findResident": [done({ taxCode: "X", givenName: "A", familyName: "B" })],
  "tax.openFines": [done({ items: [], total: 0 })],
  "payments.createDebt": [done({ debt })],
  "payments.debtStatus": [done({ state: "UNPAID" })],
  "payments.cancelDebt": [done({ cancelled: true })],
  "documents.issue": [done({ document: { id: "att-00000001" } })],
  "messages.send": [done({ id: "1" })],
});

interface Run {
  runtime: MemoryRuntime;
  state(): CaseState;
  status(): CaseStatus;
  send(message: Partial<Message> & { name: string }): Promise<void>;
  decide(body: JsonObject): Promise<void>;
  repair(repair: Partial<Repair> & { verb: Repair["verb"] }): Promise<void>;
  restarts: number;
}

/** Runs a parking pass; with `restart` the case is thrown away and started from its JSON after every step. */
async function run(
  answers: Record<string, Answer[]>,
  options: { kind?: string; restart?: boolean; service?: YamlService } = {},
): Promise<Run> {
  const runtime = new MemoryRuntime(answers);
  const start = {
    request: { applicant: { taxCode: "X", givenName: "A", familyName: "B" }, kind: options.kind ?? "new", medicalCertificate: {} },
    channel: "test",
  };
  const opened = {
    service: options.service ?? pass,
    overlay,
    version: "0".repeat(64),
    receipt: { number: "MILANO-2026-000001", at: "2026-03-02T10:00:00Z" },
  };
  let c = new Case(newState("case-1", start, { ...opened, ...(options.restart ? { restart: "every-step" as const } : {}) }), runtime);
  const running = { restarts: 0 };
  const loop = async (): Promise<void> => {
    for (;;) {
      try {
        const interpreter = new Interpreter(c);
        await live(c, { steps: () => interpreter.run(), withdrawn: () => interpreter.withdrawn() });
        return;
      } catch (error) {
        if (!(error instanceof RestartFromState)) throw error;
        running.restarts += 1;
        c = new Case(JSON.parse(JSON.stringify(c.state)) as CaseState, runtime);
      }
    }
  };
  void loop();
  await runtime.settle();
  const send: Run["send"] = async (message) => {
    const whole = { id: `m${Math.random()}`, body: {}, from: "test", at: new Date(runtime.now()).toISOString(), ...message };
    checkMessage(c.state, whole, new Interpreter(c).expected());
    applyMessage(c.state, whole, 0, c.now());
    c.touch();
    await runtime.settle();
  };
  return Object.assign(running, {
    runtime,
    state: () => c.state,
    status: () => snapshot(c),
    send,
    decide: async (body: JsonObject) => {
      const action = snapshot(c).actions.find((one) => one.name === "decision");
      await send({ name: "decision", body, ...(action ? { for: action.id } : {}), from: "office:test" });
    },
    repair: async (repair: Partial<Repair> & { verb: Repair["verb"] }) => {
      const whole = { id: "r1", reason: "looked", by: "Op", problem: snapshot(c).problem?.id ?? "", ...repair };
      checkRepair(c.state, whole, runtime.now());
      applyRepair(c.state, whole, c.now());
      await runtime.settle();
    },
  });
}

const grant = { outcome: "grant", form: { validUntil: "2031-03-01" } };
const sends = (r: Run, operation: string) =>
  r.runtime.calls.filter((call) => call.operation === operation && call.request.verb === "send").length;
const trace = (r: Run) => Object.entries(r.state().steps).map(([path, record]) => [path, record.state, record.result?.["outcome"] ?? null]);

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
    ]);
    if (restart) expect(r.restarts).toBeGreaterThan(5);
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
    await r.runtime.pass(10 * 86_400_000 + 1_000);
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
    await r.runtime.pass(16 * 60_000);
    expect(r.status()).toMatchObject({ waitingFor: "payment" });
    await r.runtime.pass(16 * 60_000);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "granted" });
  });

  test("when the term ends the debt is cancelled and the request lapses", async () => {
    const r = await run(good(), { restart, kind: "duplicate" });
    await r.decide(grant);
    await r.runtime.pass(31 * 86_400_000);
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
    await r.runtime.pass(31 * 86_400_000);
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
    expect(r.runtime.calls.find((call) => call.operation === "payments.cancelDebt")?.request.key).toBe("case-1/fee.undo");
  });

  test("a write whose outcome is unknown is parked, never sent again by itself, and continues with a person's result", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("person")] }, { restart });
    await r.runtime.pass(86_400_000);
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

describe("recoveries of an unknown write", () => {
  test("by key: the same key is sent again with the next number", async () => {
    const r = await run({ ...good(), "documents.issue": [unknown("key"), done({ document: { id: "att-00000001" } })] });
    await r.decide(grant);
    await r.runtime.pass(60_000);
    expect(r.status()).toMatchObject({ outcome: "granted" });
    const issues = r.runtime.calls.filter((call) => call.operation === "documents.issue").map(({ request }) => [request.key, request.send]);
    expect(issues).toEqual([
      ["case-1/pass", 1],
      ["case-1/pass", 2],
    ]);
  });

  test("by look-up: found is adopted, nothing is sent again", async () => {
    const r = await run({ ...good(), "documents.issue": [unknown("find")] });
    r.runtime.finds["documents.issue"] = [{ kind: "absent" }, { kind: "found", output: { document: { id: "att-00000009" } } }];
    await r.decide(grant);
    await r.runtime.pass(60_000);
    expect(r.status()).toMatchObject({ outcome: "granted", documents: [{ id: "att-00000009" }] });
    expect(sends(r, "documents.issue")).toBe(1);
  });

  test("by look-up: not found until the settle time is over parks, unless a second send is safe", async () => {
    const parked = await run({ ...good(), "documents.issue": [unknown("find")] });
    await parked.decide(grant);
    await parked.runtime.pass(3_600_000);
    expect(parked.status()).toMatchObject({ state: "parked", problem: { code: "documents.issue:OUTCOME_UNKNOWN" } });
    const again = await run({ ...good(), "documents.issue": [unknown("find", "a reason"), unknown("find", "a reason")] });
    await again.decide(grant);
    await again.runtime.pass(3_600_000);
    expect(sends(again, "documents.issue")).toBe(2);
    expect(again.status()).toMatchObject({ state: "parked" });
  });

  test("a person who confirms before the settle time is over is told to wait", async () => {
    const r = await run({ ...good(), "protocol.register": [unknown("person"), done({ number: "0000005/2026", year: 2026 })] });
    await expect(r.repair({ verb: "retry" })).rejects.toMatchObject({
      code: "NOT_EXPECTED",
      details: { notBefore: "2026-03-02T10:05:00.000Z" },
    });
    await r.runtime.pass(600_000);
    await r.repair({ verb: "retry", id: "r2" });
    expect(r.status()).toMatchObject({ state: "waiting", protocolNumber: "0000005/2026" });
    expect(r.runtime.calls.filter((call) => call.operation === "protocol.register").map(({ request }) => request.send)).toEqual([1, 2]);
  });

  test("a courtesy message is sent twice at most, and says that it may be doubled", async () => {
    const r = await run({ ...good(), "messages.send": [unknown("person")] });
    await r.decide(grant);
    expect(sends(r, "messages.send")).toBe(2);
    expect(r.status().steps.find((step) => step.id === "tell")).toMatchObject({
      state: "failed",
      note: expect.stringContaining("may be doubled"),
    });
    expect(r.status()).toMatchObject({ outcome: "granted" });
  });

  test("a read without a usable answer is repeated five times, then parks", async () => {
    const r = await run({ ...good(), "tax.openFines": [unknown("person")] });
    await r.runtime.pass(3_600_000);
    expect(sends(r, "tax.openFines")).toBe(5);
    expect(r.status()).toMatchObject({ state: "parked", problem: { code: "tax.openFines:CONTRACT_BROKEN" } });
  });
});

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
    expect(r.runtime.calls.map((call) => call.request.key).slice(0, 2)).toEqual(["case-1/registration", "case-1/registration~2"]);
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
  const numbers = r.runtime.published.map((status) => status.number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(r.runtime.published.at(-1)).toMatchObject({ state: "waiting" });
});

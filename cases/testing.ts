/** For tests of the case core: a parking pass on a runtime in memory, with the systems' answers given. */
import { readFileSync } from "node:fs";
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
/** The shipped service. */
export const pass = YamlService.parse(read("services/mobility/disabled-parking-pass.yaml"));

/** A good answer. */
export const done = (output: JsonObject): Outcome => ({ kind: "done", output });
/** A debt as the payments system gives it. */
export const debt = { id: "DRS-1", noticeNumber: "302000100000019414", amount: 1000, dueDate: "2026-04-01" };
/** A lost answer of an adapter that recovers this way. */
export const unknown = (by: "person" | "key" | "find", resend?: string): Outcome => ({
  kind: "unknown",
  reason: "DEADLINE: no answer",
  send: 1,
  recovery: by === "find" ? { by, ...(resend === undefined ? {} : { resend }) } : { by },
  settleUntil: "2026-03-02T10:05:00.000Z",
  adapter: "test",
});

/** What all systems answer when all goes well. */
export const good = (): Record<string, Answer[]> => ({
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

/** A parking pass that runs in memory. */
export interface Run {
  runtime: MemoryRuntime;
  state(): CaseState;
  status(): CaseStatus;
  send(message: Partial<Message> & { name: string }): Promise<void>;
  decide(body: JsonObject): Promise<void>;
  repair(repair: Partial<Repair> & { verb: Repair["verb"] }): Promise<void>;
  restarts: number;
}

/** Runs a parking pass; with `restart` the case is thrown away and started from its JSON after every step. */
export async function run(
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

/** The office says yes. */
export const grant = { outcome: "grant", form: { validUntil: "2031-03-01" } };
/** How often an operation was sent. */
export const sends = (r: Run, operation: string) =>
  r.runtime.calls.filter((call) => call.operation === operation && call.request.verb === "send").length;
/** What a case came to, step by step: what must not depend on restarts. */
export const trace = (r: Run) =>
  Object.entries(r.state().steps).map(([path, record]) => [path, record.state, record.result?.["outcome"] ?? null]);

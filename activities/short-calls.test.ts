import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { MockActivityEnvironment } from "@temporalio/testing";
import { pino } from "pino";
import { notSent } from "../connectors/failure.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { ShortAnswer, ShortRequest } from "../connectors/outcome.ts";
import { protocol } from "../connectors/protocol/contract.ts";
import { type TestRegister, testRegister } from "../register/testing.ts";
import { ShortCalls, type ShortWayGuard } from "./short-calls.ts";
import type { BoundSystem } from "./system.ts";

const number: JsonObject = { number: "0000001/2026", year: 2026 };
const input: JsonObject = {
  subject: "Prova",
  sender: { taxCode: "RSSMRA80A01F205X", givenName: "Prova", familyName: "Inventata" },
  documents: [],
};

type Effect = (send: () => Promise<unknown>) => Promise<unknown>;

let db: TestRegister;
let sent: number;
let troubles: number;
/** What the adapter does. */
let register: (effect: Effect) => Promise<unknown>;
let count = 0;
beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());
beforeEach(() => {
  sent = 0;
  troubles = 0;
});

const send = async (): Promise<JsonObject> => {
  sent += 1;
  return number;
};
const guard: ShortWayGuard = { enter: async () => () => undefined, trouble: () => void (troubles += 1) };

function system(): BoundSystem {
  return {
    contract: "protocol",
    adapter: {
      contract: protocol,
      name: "test",
      recovery: { register: { by: "person" } },
      queueMs: 0,
      find: {},
      operations: { register: (_input: unknown, { effect }: { effect: Effect }) => register(effect) },
    } as never,
    session: undefined,
    ports: {} as never,
    ledger: db.register.effects,
    evidence: { keep: async () => {} },
    closeGate: async () => {},
    log: pino({ level: "silent" }),
    deadlineMs: 4_000,
  };
}

async function aRequest(): Promise<ShortRequest> {
  const caseId = `case-${(count += 1)}`;
  await db.register.cases.open({
    caseId,
    firstRunId: "r",
    service: "s",
    municipality: "milano",
    channel: "c",
    applicant: null,
    version: "1",
  });
  return { key: `${caseId}/registration`, send: 1, input, verb: "send", fence: 0 };
}

/** A worker's short calls, as Temporal runs them. */
function aWorker() {
  const calls = new ShortCalls();
  const run = calls.activities(system(), guard)["protocol.register"] as (request: ShortRequest) => Promise<ShortAnswer>;
  const as = (info: { isLocal: boolean; attempt?: number }) => (request: ShortRequest) =>
    new MockActivityEnvironment({ attempt: 1, ...info }).run(run, request) as Promise<ShortAnswer>;
  return { calls, local: as({ isLocal: true }), ordinary: as({ isLocal: false }), again: as({ isLocal: false, attempt: 2 }) };
}

describe("a short call", () => {
  test("sends once, and gives its result again to every later run of its task, in this process and in another", async () => {
    register = (effect) => effect(send);
    const request = await aRequest();
    const worker = aWorker();
    for (const run of [worker.local, worker.local, aWorker().local, aWorker().ordinary])
      expect(await run(request)).toEqual({ kind: "done", output: number });
    expect(sent).toBe(1);
  });

  test("that is under way is joined by another run of its task, and answered once to both", async () => {
    register = (effect) => effect(async () => pause(300).then(send));
    const request = await aRequest();
    const { local } = aWorker();
    const answers = await Promise.all([local(request), pause(100).then(() => local(request))]);
    expect(answers).toEqual([1, 2].map(() => ({ kind: "done", output: number })));
    expect(sent).toBe(1);
  });

  test("that lasts is handed over: its answer is collected, in this process or by the ledger from another", async () => {
    register = (effect) => effect(async () => pause(2_800).then(send));
    const request = await aRequest();
    const worker = aWorker();
    expect(await worker.local(request)).toEqual({ kind: "under-way" });
    // A run of the task elsewhere does not take the intent for lost.
    expect(await aWorker().local(request)).toEqual({ kind: "under-way" });
    const collected = await Promise.all([worker, aWorker()].map(({ ordinary }) => ordinary({ ...request, verb: "collect" })));
    expect(collected).toEqual([1, 2].map(() => ({ kind: "done", output: number })));
    expect(sent).toBe(1);
    await worker.calls.idle();
  }, 20_000);

  test("that has not begun to send in its time never sends", async () => {
    register = async (effect) => {
      await pause(2_300);
      return effect(send);
    };
    const request = await aRequest();
    const { local, calls } = aWorker();
    expect(await local(request)).toMatchObject({ kind: "not-sent", reason: expect.stringContaining("SLOW") });
    await pause(600);
    await calls.idle();
    expect(sent).toBe(0);
    expect(await db.register.effects.rows(request.key)).toEqual([]);
  }, 20_000);

  test("that the system does not take goes to the queue, and the system is not asked on the short way for a while", async () => {
    register = (effect) => effect(() => Promise.reject(notSent("REFUSED", "connection refused")));
    const request = await aRequest();
    expect(await aWorker().local(request)).toEqual({ kind: "not-sent", reason: "REFUSED: connection refused" });
    expect(troubles).toBe(1);
    expect(await aWorker().ordinary({ ...request, verb: "collect" })).toEqual({ kind: "not-sent", reason: "REFUSED" });
  });

  test("of a run that was overtaken by a look ahead sends nothing", async () => {
    register = (effect) => effect(send);
    const request = await aRequest();
    await db.register.effects.lookAhead(request.key.split("/")[0] ?? "", 1);
    expect(await aWorker().local(request)).toEqual({ kind: "under-way" });
    expect(sent).toBe(0);
    expect(await aWorker().local({ ...request, fence: 1 })).toEqual({ kind: "done", output: number });
  });

  test("whose process died after the intent is unknown once its deadline has passed, and not before", async () => {
    const request = await aRequest();
    const [caseId = ""] = request.key.split("/");
    const intent = { key: request.key, send: 1, caseId, operation: "protocol.register", adapter: "test", deadlineMs: 1_000 };
    const { hashOf } = await import("./input-hash.ts");
    await db.register.effects.intend({ ...intent, inputHash: hashOf(protocol.register.input.parse(input) as JsonObject) });
    const began = Date.now();
    expect(await aWorker().local(request)).toEqual({ kind: "under-way" });
    expect(await aWorker().again(request)).toMatchObject({ kind: "unknown", recovery: { by: "person" }, send: 1 });
    expect(Date.now() - began).toBeGreaterThan(3_000);
    expect(sent).toBe(0);
  }, 20_000);
});

/** Attempts that stood still, outlived their deadline or are run again: what they may still do, on the ledger's model in memory. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { z } from "zod";
import { adapter, type CallContext } from "../connectors/adapter.ts";
import { contract, write } from "../connectors/contract.ts";
import { rejected } from "../connectors/failure.ts";
import type { CallRequest } from "../connectors/outcome.ts";
import { MemoryEffects } from "../register/memory-effects.ts";
import { execute } from "./execute.ts";
import type { BoundSystem } from "./system.ts";
import type { WorkerTime } from "./worker-time.ts";

const box = contract("box", {
  put: write({ title: "Put", input: z.strictObject({}), output: z.strictObject({ number: z.string() }), deadline: "10s" }),
});
const request: CallRequest = { key: "case-1/put", send: 1, input: {}, verb: "send" };
const attempt = (number: number, id = `run/1/${number}`) => ({ id, number, signal: new AbortController().signal });

type Put = (context: CallContext<undefined>) => Promise<{ number: string }>;

let now: number;
let alarms: { at: number; fire: () => void }[];
let effects: MemoryEffects;
let sent: number;
const time: WorkerTime = {
  now: () => now,
  after(ms, fire) {
    const alarm = { at: now + ms, fire };
    alarms.push(alarm);
    return () => void alarms.splice(alarms.indexOf(alarm), 1);
  },
};
beforeEach(() => {
  now = 1_000_000;
  alarms = [];
  sent = 0;
  effects = new MemoryEffects(() => now);
});

/** Time passes, and what was due rings. */
async function pass(ms: number): Promise<void> {
  now += ms;
  for (const alarm of alarms.filter(({ at }) => at <= now)) alarm.fire();
  await new Promise((resolve) => setImmediate(resolve));
}

const answer: Put = async ({ effect }) => effect(async () => ({ number: String(++sent) }));

function system(put: Put, ledger: BoundSystem["ledger"] = effects): BoundSystem {
  const made = adapter(box, {
    name: "test",
    title: "Test",
    config: z.object({}),
    connect: () => undefined,
    recovery: { put: { by: "person" } },
    operations: { put: (_input, context) => put(context as CallContext<undefined>) },
  });
  const rest = { session: undefined, ports: {} as never, evidence: { keep: async () => undefined }, closeGate: async () => undefined };
  return { contract: "box", adapter: made, ledger, log: pino({ level: "silent" }), time, ...rest };
}

describe("an attempt that stood still between its intent and its request", () => {
  test("sends nothing once its deadline is over, and says so in the ledger", async () => {
    const stalled: BoundSystem["ledger"] = {
      rows: (key) => effects.rows(key),
      intend: async (intent) => {
        const mine = await effects.intend(intent);
        now += 300_000;
        return mine;
      },
      settle: (...settled) => effects.settle(...settled),
      record: (found) => effects.record(found),
    };
    await expect(execute(system(answer, stalled), box.put, request, attempt(1))).rejects.toMatchObject({ kind: "not-sent" });
    expect(sent).toBe(0);
    expect(await effects.rows(request.key)).toMatchObject([{ state: "not-sent" }]);
  });
});

describe("an attempt that is run again from the start, as a local activity is", () => {
  const before = () =>
    effects.intend({ ...request, caseId: "case-1", operation: "box.put", adapter: "test", inputHash: hash, deadlineMs: 10_000 });
  const hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

  test("does not take a defect of now for proof that nothing was done before", async () => {
    await before();
    const outcome = await execute(
      system(() => Promise.reject(new TypeError("a defect"))),
      box.put,
      request,
      attempt(1, "again"),
    );
    expect(outcome).toMatchObject({ kind: "unknown", reason: expect.stringContaining("ATTEMPT_LOST") });
  });

  test("does not let a refusal before the request replace what stands in the ledger", async () => {
    await before();
    const outcome = await execute(
      system(() => Promise.reject(rejected("CLOSED", "no"))),
      box.put,
      request,
      attempt(1, "again"),
    );
    expect(outcome).toMatchObject({ kind: "unknown" });
    expect(await effects.rows(request.key)).toMatchObject([{ state: "intended" }]);
  });

  test("still refuses what no attempt has begun", async () => {
    const outcome = await execute(
      system(() => Promise.reject(rejected("CLOSED", "no"))),
      box.put,
      request,
      attempt(1),
    );
    expect(outcome).toMatchObject({ kind: "rejected", code: "CLOSED" });
  });
});

test("an adapter that finds out after its deadline that it sent nothing leaves the outcome unknown, with an end of the settle time", async () => {
  let giveUp: (() => void) | undefined;
  const deaf: Put = ({ effect }) =>
    effect(async () => {
      await new Promise<void>((resolve) => (giveUp = resolve));
      throw rejected("LATE", "too late");
    });
  let settling: (() => void) | undefined;
  const slow: BoundSystem["ledger"] = {
    rows: (key) => effects.rows(key),
    intend: (intent) => effects.intend(intent),
    settle: async (...settled) => {
      if (settled[2].state === "unknown") await new Promise<void>((resolve) => (settling = resolve));
      return effects.settle(...settled);
    },
    record: (found) => effects.record(found),
  };
  const outcome = execute(system(deaf, slow), box.put, request, attempt(1));
  await pass(0);
  await pass(10_000);
  await pass(1_000);
  giveUp?.();
  await pass(0);
  settling?.();
  expect(await outcome).toMatchObject({ kind: "unknown", settleUntil: new Date(1_000_000 + 10_000 + 60_000).toISOString() });
});

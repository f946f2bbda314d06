/** Whatever leaves an outcome unknown, and how the operation's declared recovery settles it: with one effect, or by a person. */
import { describe, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import type { Tested } from "./conformance.ts";
import type { Calling, Came, Trial } from "./conformance-trial.ts";
import type { JsonObject } from "./json.ts";
import type { Recovery } from "./outcome.ts";
import type { Fault } from "./simulator.ts";

/** Long enough for a log-in and an upload on a busy machine; only answers that never come take all of it. */
const DEADLINE_MS = 800;
/** Longer than the executor waits for an adapter that ignores its deadline. */
const SETTLE_MS = 700;
/** A request that is held for so long arrives when the settle time has been over for as long again. */
const LATE_MS = DEADLINE_MS + 2 * SETTLE_MS;
const short = { deadlineMs: DEADLINE_MS, settleMs: SETTLE_MS };

interface Doubt {
  name: string;
  fault: Fault;
  /** Whether the effect happens at once, never, or late. */
  effect: "had" | "none" | "late";
  /** Only over a socket. */
  wire?: true;
}

const doubts: Doubt[] = [
  { name: "an answer that is lost after the effect", fault: { kind: "answer-lost" }, effect: "had" },
  { name: "a connection that is lost before the effect", fault: { kind: "cut-before" }, effect: "none" },
  { name: "an answer that is held", fault: { kind: "answer-held" }, effect: "had" },
  { name: "a request that is held for twice the settle time", fault: { kind: "late-arrival", delayMs: LATE_MS }, effect: "late" },
  { name: "an answer that cannot be read", fault: { kind: "garbage" }, effect: "had", wire: true },
  { name: "a proxy's page", fault: { kind: "html" }, effect: "none", wire: true },
];

/** Registers the tests of one operation's doubtful outcomes. */
export function testRecoveries(tested: Tested): void {
  const { of, operation } = tested;
  const own = doubts.filter(({ wire }) => !wire || !of.inProcess);
  if (operation.effect === "read") {
    test.each(own)("$name leaves a read unknown, and it is read again", (doubt) => readsAgain(tested, doubt));
    return;
  }
  const recovery = of.adapter.recovery[operation.name] ?? { by: "person" };
  describe(`recovers by ${operation.effect === "courtesy" ? "sending a courtesy once more" : recovery.by}`, () => {
    test.each(own)("from $name", (doubt) => recovers(tested, recovery, doubt));
    test("whatever stands in the ledger: an attempt lost after its intent is never sent again by itself", () => lost(tested));
  });
}

async function readsAgain({ operation: { name }, sample, now }: Tested, { fault }: Doubt): Promise<void> {
  const { call, inputOf, simulator } = now();
  const input = await inputOf(sample);
  const before = simulator.ledger().length;
  simulator.inject({ ...fault, operation: sample.request });
  expect(await call(name, { input }, short)).toMatchObject({ kind: "unknown", send: 1 });
  expect(await call(name, { input })).toMatchObject({ kind: "done" });
  expect(simulator.ledger()).toHaveLength(before);
}

async function recovers(tested: Tested, recovery: Recovery, { fault, effect }: Doubt): Promise<void> {
  const { of, operation, sample, now } = tested;
  const trial = now();
  const { call, simulator, rows } = trial;
  const input = await trial.inputOf(sample);
  const before = simulator.ledger().length;
  const effects = () => simulator.ledger().length - before;
  simulator.inject({ ...fault, operation: sample.request });
  const began = Date.now();
  const came = await call(operation.name, { input }, short);
  expect(came).toMatchObject({ kind: "unknown", send: 1, recovery, adapter: of.adapter.name });
  if (came.kind !== "unknown") return;
  const given = Date.now();
  expect(Date.parse(came.settleUntil)).toBeGreaterThanOrEqual(began + DEADLINE_MS + SETTLE_MS);
  expect([effects(), await rows()]).toMatchObject([effect === "had" ? 1 : 0, [{ send: 1, state: "unknown", attempts: 1 }]]);

  const requests = simulator.requests().length;
  expect(await call(operation.name, { input, number: 2 }, short)).toMatchObject({ kind: "unknown", send: 1 });
  expect(simulator.requests()).toHaveLength(requests);

  const settled = await settle(tested, { input }, came);
  if (effect === "late") await pause(Math.max(0, given + LATE_MS + 100 - Date.now()));
  if (operation.effect === "courtesy") {
    expect([settled, effects()]).toEqual(["done", effect === "none" ? 1 : 2]);
    return;
  }
  expect([settled, effects()]).toEqual(recovery.by === "person" ? ["person", effect === "none" ? 0 : 1] : ["done", 1]);
}

/** What the case's loop does after an unknown outcome (DESIGN section 5), in short. */
async function settle({ operation, of, now }: Tested, calling: Calling, { settleUntil }: { settleUntil: string }): Promise<string> {
  const { call, find, rows } = now();
  const recovery = of.adapter.recovery[operation.name] ?? { by: "person" };
  const sendAgain = async () => {
    const came = await call(operation.name, { ...calling, send: 2 });
    expect(came).toMatchObject({ kind: "done" });
    expect((await rows()).at(-1)).toMatchObject({ send: 2, state: "done", attempts: 1 });
    return came.kind;
  };
  if (operation.effect === "courtesy" || recovery.by === "key") return sendAgain();
  if (recovery.by === "person") return "person";
  for (;;) {
    const found = await find(operation.name, calling);
    if (found.kind === "found") {
      expect(await rows()).toMatchObject([{ send: 1, state: "done", output: found.output }]);
      return "done";
    }
    expect(found).toEqual({ kind: "absent" });
    if (Date.now() > Date.parse(settleUntil)) return recovery.resend === undefined ? "person" : sendAgain();
    await pause(50);
  }
}

/** As if a worker had been killed: the first attempt never comes to an end, and the second finds its intent. */
async function lost({ operation: { name }, sample, now }: Tested): Promise<void> {
  const trial = now();
  const input = await trial.inputOf(sample);
  const before = trial.simulator.ledger().length;
  const { first } = await heldAfterIntent(trial, { name, request: sample.request, input });
  const requests = trial.simulator.requests().length;
  expect(await trial.call(name, { input, number: 2 })).toMatchObject({ kind: "unknown", send: 1 });
  expect(trial.simulator.requests()).toHaveLength(requests);
  // The first comes back: its late result is kept in its row.
  expect(await first).toMatchObject({ kind: "done" });
  expect([trial.simulator.ledger().length - before, await trial.rows()]).toMatchObject([1, [{ send: 1, state: "done", attempts: 1 }]]);
  expect(await trial.call(name, { input, number: 3 })).toMatchObject({ kind: "done" });
}

interface Begun {
  name: string;
  request: string;
  input: JsonObject;
}

/** Begins a call and returns once its request has reached the system, which answers a little later. */
async function heldAfterIntent({ simulator, call }: Trial, { name, request, input }: Begun): Promise<{ first: Promise<Came> }> {
  const asked = simulator.requests().length;
  simulator.inject({ kind: "delay", delayMs: 400, operation: request });
  const first = call(name, { input });
  while (!simulator.requests().slice(asked).includes(request)) await pause(5);
  return { first };
}

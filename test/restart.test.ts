/** Restart from state: a case that is begun anew from its state after every step leaves the same trace as one that never was. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { MessageAnswer } from "../cases/message.ts";
import { action, expectEachEffectOnce, grant, pay, refusal } from "./acts.ts";
import { ways } from "./both-ways.ts";
import { passRequest } from "./people.ts";
import { type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";
import { runsOf, type Trace, traceOf } from "./trace.ts";

let rig: Rig;
let worker: RunningProcess;
beforeAll(async () => {
  rig = await startRig();
}, 120_000);
afterAll(() => rig?.stop());

/** What a message did, without the number of its publication. */
const effectOf = ({ number: _number, ...rest }: MessageAnswer) => rest;

/** The office's or the applicant's answer to the open question of this name, sent twice: the second time changes nothing. */
async function say(c: TestCase, name: string, body: object): Promise<unknown[]> {
  const { id } = await action(c, name);
  const message = {
    id: `${c.id}-${id}`.replace("/", ":"),
    name,
    for: id,
    body: { ...body },
    from: name === "decision" ? "office:test" : "applicant",
  };
  const effects = [effectOf(await c.send(message)), effectOf(await c.send(message))];
  return [...effects, (await refusal(c.send({ ...message, id: `${message.id}-other` }))).code];
}

interface Told {
  c: TestCase;
  trace: Trace;
  effects: unknown[];
}

/** A duplicate granted and paid. */
async function paidDuplicate(): Promise<Told> {
  const c = await rig.start("disabled-parking-pass", await passRequest(rig.register, "duplicate"));
  await action(c, "decision");
  // A hint before its wait is kept: the state carries it through every restart.
  const early = effectOf(await c.send({ name: "payment", from: "system:payments" }));
  const effects = [early, ...(await say(c, "decision", grant))];
  await pay(rig, c);
  await c.closed();
  return { c, effects, trace: await traceOf(rig.client, c) };
}

/** Five corrections, then a grant, and a withdrawal with the debt open. */
async function correctedAndWithdrawn(): Promise<Told> {
  const c = await rig.start("disabled-parking-pass", await passRequest(rig.register, "duplicate"));
  const effects: unknown[] = [];
  for (let round = 1; round <= 5; round++) {
    effects.push(...(await say(c, "decision", { ask: "correction", note: `Punto ${round}` })));
    effects.push(...(await say(c, "correction", { text: `Risposta ${round}` })));
  }
  effects.push(...(await say(c, "decision", grant)));
  await action(c, "payment");
  effects.push(effectOf(await c.send({ name: "withdraw", from: "applicant" })));
  await c.closed();
  return { c, effects, trace: await traceOf(rig.client, c) };
}

const scenarios = { paidDuplicate, correctedAndWithdrawn };

describe("a case restarted from its state after every step", () => {
  const plain: Partial<Record<string, Told>> = {};
  const queued: Partial<Record<string, Told>> = {};
  beforeAll(async () => {
    for (const [told, env] of [
      [queued, ways["the queued way"]],
      [plain, ways["the short way"]],
    ] as const) {
      worker = await rig.startWorker(env);
      for (const [name, run] of Object.entries(scenarios)) told[name] = await run();
      await worker.kill("SIGTERM");
    }
    await rig.startWorker({ DARSENA_TEST_RESTART: "every-step" });
  }, 180_000);

  test.each([
    ["a duplicate granted and paid", "paidDuplicate", 9],
    ["five corrections and a withdrawal that cancels the debt", "correctedAndWithdrawn", 15],
  ] as const)("leaves the same trace: %s", async (_, name, leastRestarts) => {
    const without = plain[name] as Told;
    const restarted = await scenarios[name]();
    expect(await runsOf(rig.client, without.c)).toHaveLength(1);
    const runs = await runsOf(rig.client, restarted.c);
    expect(runs.length - 1).toBeGreaterThanOrEqual(leastRestarts);
    expect(restarted.effects).toEqual(without.effects);
    expect(restarted.trace).toEqual(without.trace);
    // And the way that calls took is no part of it.
    expect((queued[name] as Told).trace).toEqual(without.trace);
    expect((queued[name] as Told).effects).toEqual(without.effects);
    expect(Object.keys(restarted.trace.calls).length).toBeGreaterThan(4);
    await expectEachEffectOnce(rig);
  });

  test("takes nothing along but its state, as JSON", async () => {
    const { c } = await paidDuplicate();
    const runs = await runsOf(rig.client, c);
    for (const [started] of runs.slice(1)) {
      const { input } = started?.workflowExecutionStartedEventAttributes ?? {};
      expect(input?.payloads).toHaveLength(1);
      const payload = input?.payloads?.[0];
      expect(Buffer.from(payload?.metadata?.["encoding"] ?? []).toString()).toBe("json/plain");
      expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toMatchObject({ darsenaState: 1, id: c.id });
    }
  });
});

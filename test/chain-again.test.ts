/**
 * A chain of short calls stands in the history only when its workflow task ends. It is run again when the task is lost: because a message came as
 * the case was about to close, or because the worker died; then a message may stand before it that came after. Nothing is done twice, and nothing
 * that was done is forgotten.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { action, expectEachEffectOnce, grant, registrations, withdraw } from "./acts.ts";
import { ways } from "./both-ways.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

const NOTICED_MS = 45_000;

let rig: Rig;
let worker: RunningProcess;
beforeAll(async () => {
  rig = await startRig();
  worker = await rig.startWorker(ways["the short way"]);
}, 120_000);
afterAll(() => rig?.stop());

const sent = () => rig.simulators.messages.ledger().length;

/** A case in its last chain of calls: the outcome is registered, and the message to the applicant is on its way. */
async function inLastChain(fault: { kind: "delay" | "answer-held"; delayMs?: number }): Promise<TestCase> {
  const before = sent();
  const c = await rig.start("disabled-parking-pass", await passRequest(rig.register));
  await action(c, "decision");
  rig.simulators.messages.inject({ ...fault, operation: "message" });
  await decide(c, grant);
  const asked = () => rig.simulators.messages.requests().filter((one) => one === "message").length;
  while (registrations(rig, c).length < 2 || asked() <= before) await pause(10);
  return c;
}

async function lostTasks(c: TestCase): Promise<number> {
  const { events } = await c.handle.fetchHistory();
  const lost = events?.filter((event) => event.workflowTaskFailedEventAttributes || event.workflowTaskTimedOutEventAttributes);
  return lost?.length ?? 0;
}

const shortCalls = async (c: TestCase): Promise<string[]> => {
  const { events } = await c.handle.fetchHistory();
  return (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => {
    const data = marker?.details?.["data"]?.payloads?.[0]?.data;
    const name = data ? (JSON.parse(Buffer.from(data).toString()) as { activity_type?: string }).activity_type : undefined;
    return name === undefined || name.startsWith("case.") ? [] : [name];
  });
};

describe("a chain of short calls that is run again", () => {
  test("by a cancellation that comes as the case is about to close has each effect once, and what was published stands", async () => {
    const before = sent();
    const c = await inLastChain({ kind: "delay", delayMs: 1_200 });
    await c.handle.cancel();
    const status = await c.closed(NOTICED_MS);
    await c.handle.result();
    expect(await lostTasks(c)).toBeGreaterThan(0);
    expect(await shortCalls(c)).toEqual(expect.arrayContaining(["protocol.register", "protocol.registerOutgoing", "messages.send"]));
    // "Granted" was published by the run that was lost, and its effects stand: the cancellation came too late.
    expect([status.outcome, (await c.status()).outcome]).toEqual(["granted", "granted"]);
    expect(registrations(rig, c).map(({ flow }) => flow)).toEqual(["E", "U"]);
    expect(sent() - before).toBe(1);
    await expectEachEffectOnce(rig);
  }, 120_000);

  test("after its worker was killed, behind a withdrawal that came meanwhile, first does again what was done", async () => {
    const c = await inLastChain({ kind: "answer-held" });
    await worker.kill("SIGKILL");
    const withdrawn = withdraw(c).catch(() => undefined);
    await pause(1_000);
    worker = await rig.startWorker({ ...ways["the short way"], DARSENA_MESSAGES_DEADLINE_MS: "3000" });
    const status = await c.closed(NOTICED_MS);
    await withdrawn;
    // The outcome stood in the protocol already: a case that forgot it would have been withdrawn behind it.
    expect(status.outcome).toBe("granted");
    expect(status.steps.filter(({ state }) => state === "running")).toEqual([]);
    expect(registrations(rig, c).map(({ flow }) => flow)).toEqual(["E", "U"]);
    await expectEachEffectOnce(rig);
  }, 120_000);
});

import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { CallFailure } from "../connectors/failure.ts";
import type { GateRow } from "../register/gates.ts";
import { type TestRegister, testRegister } from "../register/testing.ts";
import { admissionTo, type WorkerView } from "./admission.ts";
import { GateCache } from "./gate-cache.ts";

const log = pino({ level: "silent" });
let db: TestRegister;
beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

const publish = (row: Partial<GateRow> & { system: string }) =>
  db.register.gates.publish({ gate: "open", enforcedBy: "register", since: new Date().toISOString(), number: 1, ...row });
/** The door of a worker of its own. */
const door = (system: string, maxInFlight?: number, register = db.register, health?: WorkerView) =>
  admissionTo({
    system,
    cache: new GateCache(register.gates),
    register,
    log,
    ...(maxInFlight === undefined ? {} : { maxInFlight }),
    ...(health === undefined ? {} : { health }),
  });
const refused = async (entering: Promise<unknown>): Promise<CallFailure> => {
  const error = await entering.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CallFailure)) throw new Error("it was let in", { cause: error });
  return error;
};

describe("a call", () => {
  test("is let in where no gate was ever set, and where the task queue keeps the limit", async () => {
    await (await door("documents").enter(1_000))();
    await publish({ system: "registry", gate: "closed", rate: 0, enforcedBy: "queue" });
    await (await door("registry").enter(1_000))();
  });

  test("goes back to its queue with the reason while only the register closes the gate", async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    await publish({ system: "protocol", gate: "closed", rate: 0, reason: "outside opening hours", until });
    const failure = await refused(door("protocol").enter(1_000));
    expect(failure).toMatchObject({ kind: "not-sent", detail: { code: "GATE_CLOSED" } });
    expect(failure.message).toBe(`the gate of protocol is closed until ${until}: outside opening hours`);
    expect(failure.detail.retryAfterMs).toBeLessThanOrEqual(40_000);
  });

  test("waits a little for its slot, and goes back when that is too far", async () => {
    await publish({ system: "tax", rate: 5, reason: "the system's rate" });
    const taxes = door("tax");
    const began = Date.now();
    await taxes.enter(1_000);
    await taxes.enter(1_000);
    expect(Date.now() - began).toBeGreaterThanOrEqual(190);
    await publish({ system: "tax", gate: "trickle", rate: 0.05, reason: "failing", number: 2 });
    await pause(300);
    await taxes.enter(1_000);
    expect(await refused(taxes.enter(1_000))).toMatchObject({ kind: "not-sent", detail: { code: "GATE_RATE" } });
  });

  test("has one of the permits of all workers, and goes back when none comes free", async () => {
    const [one, two] = [door("payments", 1), door("payments", 1, db.another())];
    const leave = await one.enter(60_000);
    const waiting = two.enter(60_000);
    await pause(200);
    await leave();
    const leaveToo = await waiting;
    const failure = await refused(one.enter(60_000));
    expect(failure).toMatchObject({ kind: "not-sent", detail: { code: "NO_PERMIT" } });
    expect(failure.detail.retryAfterMs).toBeLessThanOrEqual(1_000);
    await leaveToo();
  });

  test("as a canary is let in at most twice in an interval, by all workers together, however many the queue hands out", async () => {
    await publish({ system: "anagrafe", gate: "trickle", rate: 1, reason: "failing (REFUSED)", enforcedBy: "queue" });
    const doors = [door("anagrafe"), door("anagrafe", undefined, db.another())];
    const letIn: number[] = [];
    for (const end = Date.now() + 3_000; Date.now() < end; await pause(20))
      await Promise.all(
        doors.map((one) =>
          one.enter(1_000).then(
            () => void letIn.push(Date.now()),
            (error) => expect(error).toMatchObject({ kind: "not-sent", detail: { code: "GATE_RATE" } }),
          ),
        ),
      );
    expect(letIn.length).toBeGreaterThanOrEqual(4);
    for (const from of letIn) expect(letIn.filter((at) => at >= from && at < from + 980).length).toBeLessThanOrEqual(2);
    await publish({ system: "anagrafe", gate: "open", enforcedBy: "queue", number: 2 });
    await doors[0]?.enter(1_000);
    await doors[0]?.enter(1_000);
  });

  test("keeps the queue's rate in its process: what a busy worker comes to at once leaves one after the other", async () => {
    await publish({ system: "pace", rate: 10, enforcedBy: "queue" });
    const paced = door("pace");
    const began = Date.now();
    await Promise.all(Array.from({ length: 8 }, () => paced.enter(1_000)));
    expect(Date.now() - began).toBeGreaterThanOrEqual(590);
    const crowd = await Promise.allSettled(Array.from({ length: 40 }, () => paced.enter(1_000)));
    const back = crowd.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    expect(back.length).toBeGreaterThan(10);
    expect(back[0]).toMatchObject({ kind: "not-sent", detail: { code: "GATE_RATE" } });
  });

  test("of a system that this worker has just seen fail waits until the gate is set, and no longer than two seconds", async () => {
    const view: { failingSince: number | undefined } = { failingSince: Date.now() };
    await publish({ system: "failing", enforcedBy: "queue", since: new Date(Date.now() - 1_000).toISOString() });
    const began = Date.now();
    await door("failing", undefined, db.register, view).enter(1_000);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_950);
    const seen = door("failing", undefined, db.register, view).enter(1_000);
    await pause(200);
    view.failingSince = undefined;
    const wellAgain = Date.now();
    await seen;
    expect(Date.now() - wellAgain).toBeLessThan(1_500);
  });

  test("is certainly not sent while the register, which keeps the permits, is away", async () => {
    const messages = door("messages", 1);
    await db.kill();
    expect(await refused(messages.enter(1_000))).toMatchObject({ kind: "not-sent", detail: { code: "REGISTER_UNREACHABLE" } });
    await db.restart();
  });
});

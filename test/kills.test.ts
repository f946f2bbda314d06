/** SIGKILL for the worker in the middle of calls, for Temporal and for PostgreSQL: every case goes on, and every effect stands once. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { action, debts, expectEachEffectOnce, grant, parked, pay, registrations } from "./acts.ts";
import { eitherWay } from "./both-ways.ts";
import { passRequest, patronageRequest, person } from "./people.ts";
import { decide, type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

/** A killed worker is noticed by its missing heartbeat, 10 s; under load a little later. */
const NOTICED_MS = 45_000;

/** Says it again while a server is away. */
async function insistently<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (tries > 20) throw error;
      await pause(500);
    }
  }
}

eitherWay((way) => {
  let rig: Rig;
  let worker: RunningProcess;
  const startWorker = async () => {
    worker = await rig.startWorker({ DARSENA_REGISTRY_DEADLINE_MS: "3000", ...way });
  };
  beforeAll(async () => {
    rig = await startRig();
    await startWorker();
  }, 120_000);
  afterEach(() => expectEachEffectOnce(rig));
  afterAll(() => rig?.stop());

  const begin = async (kind: "new" | "duplicate" = "new") => rig.start("disabled-parking-pass", await passRequest(rig.register, kind));
  /** Seen through the register, as every channel sees it. */
  const beginPublished = async (kind?: "new" | "duplicate") => begin(kind);
  const count = (system: keyof Rig["simulators"], operation: string) =>
    rig.simulators[system].requests().filter((one) => one === operation).length;

  /** Runs until this many requests of the operation have arrived since. */
  async function arrives(system: keyof Rig["simulators"], operation: string, run: () => Promise<unknown>): Promise<void> {
    const before = count(system, operation);
    await run();
    while (count(system, operation) === before) await pause(20);
  }

  async function isGranted(c: TestCase): Promise<void> {
    await insistently(() => decide(c, grant));
    expect(await c.closed(NOTICED_MS)).toMatchObject({ outcome: "granted" });
    expect(registrations(rig, c)).toHaveLength(2);
  }

  function foundNumber(c: TestCase): { number: string; year: number } {
    const [number = "", year = ""] = (registrations(rig, c)[0]?.reference ?? "").split("/");
    return { number: `${number.padStart(7, "0")}/${year}`, year: Number(year) };
  }

  describe("a worker killed in the middle of calls", () => {
    test("repeats what was certainly not sent, parks what may be registered, and repeats what the system knows by its key", async () => {
      const [waiting, creating] = [await beginPublished(), await beginPublished("duplicate")];
      await action(waiting, "decision");
      await action(creating, "decision");

      let beforeTheSend: TestCase | undefined;
      rig.simulators.protocol.inject({ kind: "answer-held", operation: "Inserimento" });
      await arrives("protocol", "Inserimento", async () => {
        beforeTheSend = await beginPublished();
      });
      let afterTheEffect: TestCase | undefined;
      rig.simulators.protocol.inject({ kind: "answer-held", operation: "Protocollazione" });
      await arrives("protocol", "Protocollazione", async () => {
        afterTheEffect = await beginPublished();
      });
      rig.simulators.payments.inject({ kind: "answer-held", operation: "create" });
      await arrives("payments", "create", () => decide(creating, grant));
      let reading: TestCase | undefined;
      rig.simulators.registry.inject({ kind: "answer-held" });
      await arrives("registry", "3002", async () => {
        reading = await beginPublished();
      });

      await worker.kill("SIGKILL");
      expect(registrations(rig, beforeTheSend as TestCase)).toEqual([]);
      expect(registrations(rig, afterTheEffect as TestCase)).toHaveLength(1);
      await startWorker();

      const problem = await parked(afterTheEffect as TestCase, "protocol.register:OUTCOME_UNKNOWN", NOTICED_MS);
      await (afterTheEffect as TestCase).repair({ verb: "resolve", problem: problem.id, result: foundNumber(afterTheEffect as TestCase) });
      await action(creating, "payment", NOTICED_MS);
      await pay(rig, creating);
      expect(await creating.closed(NOTICED_MS)).toMatchObject({ outcome: "granted" });
      expect(debts(rig).map(({ operation }) => operation)).toEqual(["create", "pay"]);
      for (const c of [waiting, beforeTheSend, afterTheEffect, reading]) {
        await action(c as TestCase, "decision", NOTICED_MS);
        await isGranted(c as TestCase);
      }
    }, 180_000);
  });

  describe("Temporal killed and started again", () => {
    test("has kept the open cases: those that wait, and those whose call was under way", async () => {
      const [waiting, paying] = [await beginPublished(), await beginPublished("duplicate")];
      await action(waiting, "decision");
      await decide(paying, grant);
      await action(paying, "payment");
      let calling: TestCase | undefined;
      rig.simulators.protocol.inject({ kind: "delay", operation: "Protocollazione", delayMs: 2_000 });
      await arrives("protocol", "Protocollazione", async () => {
        calling = await beginPublished();
      });
      await rig.restartTemporal();
      await pay(rig, paying);
      expect(await paying.closed(NOTICED_MS)).toMatchObject({ outcome: "granted" });
      await action(calling as TestCase, "decision", NOTICED_MS);
      for (const c of [waiting, calling]) await isGranted(c as TestCase);
    }, 180_000);
  });

  /** Requests with an effect that reached any system. */
  const effects = () =>
    count("protocol", "Protocollazione") + count("payments", "create") + count("payments", "cancel") + count("messages", "message");

  describe("PostgreSQL killed and started again", () => {
    test("has kept the register; while it was away nothing was sent, and afterwards all cases go on", async () => {
      const [deciding, creating, withdrawing] = [await begin(), await begin("duplicate"), await begin("duplicate")];
      for (const c of [deciding, creating]) await action(c, "decision");
      await decide(withdrawing, grant);
      await action(withdrawing, "payment");

      await rig.postgres.kill();
      const before = effects();
      const begun = rig.start("residence-certificate", { applicant: person(), use: "private" });
      const said = [decide(deciding, grant), decide(creating, grant), withdrawing.send({ name: "withdraw", from: "applicant" })];
      await pause(6_000);
      expect(effects()).toBe(before);
      await rig.restartPostgres();

      await Promise.all(said);
      expect(await deciding.closed(NOTICED_MS)).toMatchObject({ outcome: "granted" });
      await action(creating, "payment", NOTICED_MS);
      await pay(rig, creating);
      expect(await creating.closed(NOTICED_MS)).toMatchObject({ outcome: "granted" });
      expect(await withdrawing.closed(NOTICED_MS)).toMatchObject({ outcome: "withdrawn" });
      const certificate = await begun;
      const status = await certificate.closed(NOTICED_MS);
      expect(status.outcome).toBe("completed");
      expect(await rig.register.cases.status(certificate.id)).toMatchObject({ state: "closed", number: status.number });
    }, 180_000);
  });

  describe("a register that does not answer for a while", () => {
    test("leaves a case that another worker can go on with, though a call came back meanwhile", async () => {
      rig.simulators.protocol.inject({ kind: "delay", operation: "Protocollazione", delayMs: 7_000 });
      let calling: TestCase | undefined;
      await arrives("protocol", "Protocollazione", async () => {
        calling = await rig.start("patronage-request", await patronageRequest(rig.register));
      });
      const c = calling as TestCase;
      // Statuses cannot be written: the one of the long stretch (at 5 s) waits longer than a workflow task lasts, and the call's answer comes at 7 s.
      await rig.holding("lock table cases in access exclusive mode", () => pause(17_000));
      await action(c, "decision", NOTICED_MS);
      await worker.kill("SIGKILL");
      await startWorker();
      await insistently(() => decide(c, { outcome: "accept", form: {} }));
      expect(await c.closed(NOTICED_MS)).toMatchObject({ outcome: "granted" });
      const { events } = await c.handle.fetchHistory();
      expect(events?.flatMap((one) => one.workflowTaskFailedEventAttributes ?? [])).toEqual([]);
    }, 180_000);
  });
});

/** A wrong password in the settings of a system is no case's failure: the gate closes, nobody is locked out, and everything goes on. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { connectLazily } from "../client/connection.ts";
import { systemsOf } from "../client/systems.ts";
import { action, expectEachEffectOnce, grant, registrations } from "./acts.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

const CASES = 20;
/** Longer than the pauses between Temporal's retries of a call, 1 s, 2 s and 4 s. */
const WATCH_MS = 8_000;

let rig: Rig;
let worker: RunningProcess;
beforeAll(async () => {
  rig = await startRig();
  await rig.simulators.protocol.control("setPassword", { password: "changed-by-the-vendor" });
  worker = await rig.startWorker();
}, 120_000);
afterAll(() => rig?.stop());

const logIns = () => rig.simulators.protocol.requests().filter((one) => one === "Login").length;

describe("a wrong password of the protocol", () => {
  test("closes its gate with the reason; no log-in is tried after the calls in flight, and after correction all cases finish", async () => {
    const connection = connectLazily({ address: rig.temporal.address });
    const systems = systemsOf(connection, "default", { protocol: "docarea" });
    const gate = async () => (await systems.list()).find(({ system }) => system === "protocol");

    const cases: TestCase[] = [];
    for (let one = 0; one < CASES; one++) cases.push(await rig.start("disabled-parking-pass", await passRequest(rig.register)));
    while ((await gate())?.gate !== "closed") await pause(100);
    expect(await gate()).toMatchObject({
      rate: 0,
      reason: expect.stringMatching(/^misconfigured: CREDENTIALS: Login/),
      by: "darsena-control",
    });
    expect(JSON.stringify(await gate())).not.toContain("docarea-simulator");

    // The calls in flight at closing end; then nobody knocks any more.
    let seen = -1;
    while (seen !== logIns()) {
      seen = logIns();
      await pause(1_500);
    }
    await pause(WATCH_MS);
    expect(logIns()).toBe(seen);
    expect(seen).toBeLessThanOrEqual(CASES);
    expect(rig.simulators.protocol.ledger()).toEqual([]);
    for (const c of cases) {
      const status = await c.until("it waits for the protocol", (now) => now.waitingFor === "system");
      expect(status).toMatchObject({ state: "running", step: "registration" });
      expect(status.problem).toBeUndefined();
    }
    expect(worker.output()).toContain("gate closed; correct the setting, then: darsena systems open protocol");

    await rig.simulators.protocol.control("setPassword", { password: "docarea-simulator" });
    await systems.open("protocol");
    expect(await gate()).toMatchObject({ gate: "open" });
    for (const c of cases) {
      await action(c, "decision", 60_000);
      await decide(c, grant);
    }
    for (const c of cases) {
      expect(await c.closed(60_000)).toMatchObject({ outcome: "granted" });
      expect(registrations(rig, c)).toHaveLength(2);
    }
    await expectEachEffectOnce(rig);
    await connection.close();
  }, 240_000);
});

/** A real server that limits no task queues, Temporal's Java test server: the register keeps the gate, and says why. */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Client, Connection } from "@temporalio/client";
import { connectLazily } from "../client/connection.ts";
import { type Systems, systemsOf } from "../client/systems.ts";
import { freePort } from "../worker/embedded/free-port.ts";
import { dataConverter } from "../workflows/sealing/data-converter.ts";
import { expectEachEffectOnce } from "./acts.ts";
import { mostInASecond } from "./drain.ts";
import { by, catalogueFolder, until, usual } from "./gate-stage.ts";
import { passRequest } from "./people.ts";
import { type Rig, startRig, type TestCase, testCase } from "./rig.ts";
import { suiteNeeding } from "./suite-needing.ts";
import { testServerCommand } from "./time-skipping/java-server.ts";

const CASES = 8;
const RATE = 2;

suiteNeeding("java", "maven")("on a server that limits no task queues", () => {
  let rig: Rig;
  let server: ChildProcess;
  let connection: Connection;
  let systems: Systems;
  let client: Client;

  beforeAll(async () => {
    rig = await startRig();
    const port = await freePort();
    server = spawn(testServerCommand(), [String(port)], { stdio: "ignore" });
    const address = `127.0.0.1:${port}`;
    connection = await connected(address);
    client = new Client({ connection, dataConverter });
    systems = systemsOf(connectLazily({ address }), "default", { protocol: "docarea" });
    await rig.startWorker({ TEMPORAL_ADDRESS: address, DARSENA_CATALOGUE: catalogueFolder(rig, { protocol: usual }) });
  }, 360_000);
  afterAll(async () => {
    await connection?.close();
    await rig?.stop();
    server?.kill("SIGKILL");
  });

  const protocolGate = async () => (await rig.register.gates.all()).find(({ system }) => system === "protocol");
  const start = async (): Promise<TestCase> => {
    const workflowId = `disabled-parking-pass-refused-${Math.random().toString(36).slice(2, 10)}`;
    const args = [{ request: await passRequest(rig.register), channel: "test" }];
    await client.workflow.start("disabled-parking-pass", { taskQueue: "cases", workflowId, args });
    return testCase({ client, register: rig.register }, workflowId);
  };
  const registered = (cases: readonly TestCase[]) => {
    const ids = new Set(cases.map(({ id }) => id));
    return rig.simulators.protocol.ledger().filter(({ key }) => ids.has(key.slice(0, key.indexOf("/"))));
  };

  test("a closed gate holds every call, with the reason at the waiting call; an opened one lets them pass at its rate", async () => {
    await until(
      "the supervisor has set the gate",
      () =>
        systems.list().then(
          (all) => all.find(({ system }) => system === "protocol"),
          () => undefined,
        ),
      (gate) => gate?.enforcedBy === "register",
    );
    await systems.close("protocol", { reason: "new version", by });
    expect(await protocolGate()).toMatchObject({ gate: "closed", enforcedBy: "register", reason: "closed by A. Bianchi: new version" });
    expect((await systems.list()).find(({ system }) => system === "protocol")).toMatchObject({
      gate: "closed",
      enforcedBy: "register",
      reason: "closed by A. Bianchi: new version",
    });
    // Workers see it within two seconds.
    await pause(2_500);
    const cases: TestCase[] = [];
    for (let one = 0; one < CASES; one++) cases.push(await start());
    await until(
      "the call was returned with the reason",
      async () => {
        const { raw } = await (cases[0] as TestCase).handle.describe();
        return JSON.stringify(raw.pendingActivities?.[0]?.lastFailure ?? {});
      },
      (failure) => failure.length > 2,
    );
    await pause(3_000);
    expect(rig.simulators.protocol.requests()).toEqual([]);
    for (const c of cases) expect(await c.status()).not.toHaveProperty("problem");

    await systems.open("protocol", { rate: RATE, by });
    const done = await until(
      "all are registered",
      () => registered(cases),
      (all) => all.length === CASES,
      120_000,
    );
    // The register gives the slots; how long each call then takes to its effect differs.
    expect(mostInASecond(done.map(({ at }) => Date.parse(at)))).toBeLessThanOrEqual(RATE + 2);
    await expectEachEffectOnce(rig);
  }, 240_000);
});

/** Waits for the server, which takes seconds to start. */
async function connected(address: string): Promise<Connection> {
  for (const giveUpAt = Date.now() + 60_000; ; await pause(300)) {
    try {
      return await Connection.connect({ address, connectTimeout: 2_000 });
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
  }
}

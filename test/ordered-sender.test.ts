/** ANPR takes rising ids only: twenty cases over two workers, and the one that holds the section is killed. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ReceivedId } from "../connectors/registry/anpr/simulator.ts";
import { action, expectEachEffectOnce, registrations } from "./acts.ts";
import { passRequest } from "./people.ts";
import { type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

const CASES = 20;
/** ANPR's deadline here; the lease of the section is 5 s longer. */
const DEADLINE_MS = 8_000;
/** The dead worker's request lies in the network so long: others have sent higher ids by then. */
const LATE_MS = 25_000;

let rig: Rig;
let workers: RunningProcess[];
beforeAll(async () => {
  rig = await startRig();
  const settings = { DARSENA_REGISTRY_DEADLINE_MS: String(DEADLINE_MS) };
  workers = await Promise.all([rig.startWorker(settings), rig.startWorker(settings)]);
}, 120_000);
afterAll(() => rig?.stop());

const begin = async (): Promise<TestCase> => rig.start("disabled-parking-pass", await passRequest(rig.register));
const received = async () => (await rig.simulators.registry.control("order")) as ReceivedId[];
const senders = () => rig.sql<{ last_id: string; holder: string | null }>("select last_id::text, holder from senders");

/** Processes that run the registry's calls of these cases now. */
async function callers(cases: TestCase[]): Promise<(number | undefined)[]> {
  const described = await Promise.all(cases.map((c) => c.handle.describe()));
  return described.map(({ raw }) => {
    const identity = raw.pendingActivities?.find(({ activityType }) => activityType?.name === "registry.findResident")?.lastWorkerIdentity;
    return identity ? Number.parseInt(identity, 10) : undefined;
  });
}

describe("twenty cases over two workers", () => {
  test("go on when the worker that holds ANPR's section is killed; no id of a living one is out of order", async () => {
    rig.simulators.registry.inject({ kind: "late-arrival", delayMs: LATE_MS });
    const holding = await begin();
    while (rig.simulators.registry.requests().length === 0) await pause(20);
    const [sender] = await senders();
    expect(sender?.holder).not.toBeNull();
    const [pid] = await callers([holding]);
    const holder = workers.find((one) => one.process.pid === pid) as RunningProcess;

    const others = await Promise.all(Array.from({ length: CASES - 1 }, begin));
    let busy: (number | undefined)[] = [];
    for (let tries = 0; tries < 200 && busy.filter(Boolean).length < CASES - 1; tries++) {
      await pause(50);
      busy = await callers(others);
    }
    // Both workers have calls that wait for the section; ANPR has seen the one request only.
    expect(new Set(busy.filter(Boolean))).toEqual(new Set(workers.map((one) => one.process.pid)));
    expect(rig.simulators.registry.requests()).toHaveLength(1);
    await holder.kill("SIGKILL");

    const all = [holding, ...others];
    for (const c of all) await action(c, "decision", 90_000);
    for (const c of all) expect(registrations(rig, c)).toHaveLength(1);

    // The dead worker's request arrives at last, and is refused: that harms nothing.
    let order = await received();
    while (!order.some(({ verdict }) => verdict === "too-low")) {
      await pause(200);
      order = await received();
    }
    expect(order.filter(({ verdict }) => verdict === "too-low").map(({ id }) => id)).toEqual([sender?.last_id]);
    const living = order.filter(({ verdict }) => verdict === "new").map(({ id }) => Number(id));
    expect(living).toHaveLength(CASES);
    expect(living).toEqual(living.toSorted((a, b) => a - b));
    expect(order).toHaveLength(CASES + 1);
    expect(await senders()).toEqual([{ last_id: String(living.at(-1)), holder: null }]);
    await expectEachEffectOnce(rig);
  }, 180_000);
});

/**
 * Writes under rising ids, on real processes: two workers send for one municipality. The holder of the section is killed at each point, answers
 * are lost and held, requests arrive late; each move takes effect once, ids rise, none is used for two messages, and one case stops nobody.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { compileCatalogue } from "../catalogue/compile.ts";
import { markOf } from "../connectors/registry/anpr/session.ts";
import type { ReceivedId } from "../connectors/registry/anpr/simulator.ts";
import { parked } from "./acts.ts";
import { person } from "./people.ts";
import { type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

const DEADLINE_MS = 3_000;
const SETTLE_MS = 6_000;
/** From the drawing of an id on, others wait for its write at most so long: its deadline and the settle time. */
const HELD_BACK_MS = DEADLINE_MS + SETTLE_MS;
/** A killed worker is noticed by its missing heartbeat, and a workflow task that it had taken later still. */
const NOTICED_MS = 120_000;

let rig: Rig;
let workers: RunningProcess[] = [];
beforeAll(async () => {
  rig = await startRig();
  const folder = join(rig.folder, "catalogue");
  compileCatalogue("test", folder);
  Object.assign(rig.env, {
    DARSENA_CATALOGUE: folder,
    DARSENA_MUNICIPALITY: "prova",
    DARSENA_REGISTRY_DEADLINE_MS: String(DEADLINE_MS),
    DARSENA_REGISTRY_SETTLE_MS: String(SETTLE_MS),
  });
}, 120_000);
afterEach(async () => {
  await fetch(`${rig.simulators.registry.url}/_control/faults`, { method: "DELETE" });
  await Promise.all(workers.map((one) => one.kill()));
  workers = [];
});
afterAll(() => rig?.stop());

const twoWorkers = async (env: Record<string, string> = {}) => {
  workers = await Promise.all([rig.startWorker(env), rig.startWorker(env)]);
};
let households = 700_000_000_000;
const move = (): Promise<TestCase> => rig.start("one-move", { applicant: person(), household: String(++households), since: "2026-11-20" });
const look = (): Promise<TestCase> => rig.start("one-look", { applicant: person() });
const several = (begin: () => Promise<TestCase>, count: number) => Promise.all(Array.from({ length: count }, begin));

const registry = () => rig.simulators.registry;
const effectsOf = (c: TestCase) =>
  registry()
    .ledger()
    .filter(({ key }) => key === markOf(`${c.id}/write`));
const received = async () => (await registry().control("order")) as ReceivedId[];
const writesOf = (c: TestCase) =>
  rig.sql<{ id: string; state: string }>("select id::text, state from sender_writes where key = $1 order by id", [`${c.id}/write`]);

/** New ids rose; every id was sent with one content only; nothing is kept of requests that are settled. */
async function expectOrder(): Promise<void> {
  const order = await received();
  const fresh = order.filter(({ verdict }) => verdict === "new").map(({ id }) => Number(id));
  expect(fresh).toEqual(fresh.toSorted((a, b) => a - b));
  expect(new Set(order.map(({ id, content }) => `${id} ${content}`)).size).toBe(new Set(order.map(({ id }) => id)).size);
  expect(await rig.sql("select id from sender_writes where state = 'open' or (request is not null and state <> 'left')")).toEqual([]);
}

async function expectMovedOnce(cases: TestCase[]): Promise<void> {
  for (const c of cases) expect(await c.closed(NOTICED_MS)).toMatchObject({ outcome: "completed" });
  for (const c of cases) expect(effectsOf(c)).toHaveLength(1);
  await expectOrder();
}

describe("the holder of the section is killed", () => {
  test.each([
    ["before the id is drawn", "before-intent"],
    ["with the intent in the ledger, before the id is drawn", "after-intent"],
    ["after the id is drawn, before it is sent", "after-draw"],
    ["after the answer, before the ledger has it", "after-send"],
    ["before the completion is reported", "before-report"],
  ])(
    "%s",
    async (_, point) => {
      const mortal = await rig.startWorker({ DARSENA_TEST: "1", DARSENA_TEST_KILL_AT: `${point}:registry.changeAddress` });
      workers = [mortal, await rig.startWorker()];
      const [looks, moves] = [await several(look, 2), await several(move, 2)];
      // Until the one that is to die holds the section.
      for (let tries = 0; mortal.process.signalCode === null && tries < 60; tries++) {
        moves.push(await move());
        await pause(300);
      }
      await expectMovedOnce(moves);
      for (const c of looks) await c.closed(NOTICED_MS);
      expect(mortal.process.signalCode).toBe("SIGKILL");
    },
    240_000,
  );

  test("after the request was sent, before its answer", async () => {
    await twoWorkers();
    const before = (await received()).length;
    registry().inject({ kind: "answer-held", operation: "5005" });
    const first = await move();
    while ((await received()).length === before) await pause(20);
    const others = [...(await several(move, 2)), ...(await several(look, 2))];
    const { raw } = await first.handle.describe();
    const pid = Number.parseInt(raw.pendingActivities?.[0]?.lastWorkerIdentity ?? "", 10);
    await workers.find(({ process }) => process.pid === pid)?.kill("SIGKILL");
    await expectMovedOnce([first, ...others.slice(0, 2)]);
    for (const c of others) await c.closed(NOTICED_MS);
    const [mine] = await writesOf(first);
    const order = (await received()).slice(before);
    // Whoever held the section next sent it again, before any higher id.
    expect(order.slice(0, 2).map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([`${mine?.id} new`, `${mine?.id} replayed`]);
  }, 240_000);
});

describe("a write whose answer is lost", () => {
  test("again and again stops nobody for longer than its settle time; its case parks with the evidence, and a retry finds its one effect", async () => {
    await twoWorkers();
    registry().inject({ kind: "answer-lost", operation: "5005", times: 1_000 });
    const lost = await move();
    while (registry().ledger().at(-1)?.key !== markOf(`${lost.id}/write`)) await pause(20);
    const began = Date.now();
    const looks = await several(look, 5);
    for (const c of looks) await c.closed(NOTICED_MS);
    // They waited for it, and then went on without it.
    expect(Date.now() - began).toBeGreaterThan(HELD_BACK_MS / 2);
    expect((await lost.status()).state).not.toBe("closed");
    expect((await writesOf(lost)).map(({ state }) => state)).toEqual(["left"]);

    const problem = await parked(lost, "registry.changeAddress:OUTCOME_UNKNOWN", NOTICED_MS);
    const evidence = await rig.register.evidence.ofCase(lost.id);
    expect(evidence.filter(({ code }) => code === "LOOKED_UP")).toEqual([
      expect.objectContaining({
        key: `${lost.id}/write`,
        message: expect.stringMatching(/ANPR holds id \d+ as operation 9\d+, state 2; others go on/),
      }),
    ]);
    await fetch(`${registry().url}/_control/faults`, { method: "DELETE" });
    await pause(Math.max(0, Date.parse(problem.notBefore ?? "") - Date.now() + 200));
    await lost.repair({ verb: "retry", problem: problem.id });
    await expectMovedOnce([lost]);
    const [row] = (await rig.register.effects.rows(`${lost.id}/write`)).filter(({ state }) => state === "done");
    expect(row?.output).toEqual({ operation: effectsOf(lost)[0]?.reference });
  }, 240_000);

  test("for as long as it takes to give up sending is found by the look-up, and no person is asked", async () => {
    await twoWorkers();
    registry().inject({ kind: "answer-lost", operation: "5005", times: 6 });
    const lost = await move();
    await expectMovedOnce([lost]);
    expect((await writesOf(lost)).map(({ state }) => state)).toEqual(["done"]);
  }, 240_000);

  test("because the request is held for twice the settle time has one effect, and the late arrivals are answered with it", async () => {
    await twoWorkers();
    const before = (await received()).length;
    registry().inject({ kind: "late-arrival", operation: "5005", delayMs: 2 * SETTLE_MS });
    const held = await move();
    await expectMovedOnce([held]);
    const ofHeld = async () => (await received()).slice(before).filter(({ operation }) => operation === "5005");
    while ((await ofHeld()).length < 2) await pause(100);
    expect((await ofHeld()).map(({ verdict }) => verdict)).toEqual(["new", "replayed"]);
    expect(effectsOf(held)).toHaveLength(1);
  }, 240_000);

  test("because every request is held until it was looked up is refused for good under its id, and done once under another", async () => {
    await twoWorkers();
    const before = (await received()).length;
    registry().inject({ kind: "late-arrival", operation: "5005", delayMs: 25_000, times: 4 });
    const held = await move();
    await expectMovedOnce([held]);
    expect((await writesOf(held)).map(({ state }) => state)).toEqual(["absent", "done"]);
    while ((await received()).slice(before).filter(({ verdict }) => verdict === "too-low").length < 4) await pause(200);
    expect(effectsOf(held)).toHaveLength(1);
    await expectOrder();
  }, 240_000);
});

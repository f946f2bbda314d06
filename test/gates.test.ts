/** Gates, end to end: real Temporal, PostgreSQL, workers as processes, and the protocol behind a front that can go away. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { localDate } from "../cases/calendar.ts";
import { openCatalogue } from "../catalogue/catalogue.ts";
import { CurrentCatalogue } from "../catalogue/current-catalogue.ts";
import { openCases } from "../client/cases.ts";
import { expectEachEffectOnce } from "./acts.ts";
import { aheadOfRate, furthestOutOfPlace, inOrderOf, measureLateness, mostInASecond, taskOf } from "./drain.ts";
import { attempts, by, type GateStage, type Registered, startGateStage, until, usual } from "./gate-stage.ts";
import type { TestCase } from "./rig.ts";

const CASES = Number(process.env["DARSENA_TEST_GATE_CASES"] ?? 300);
const N = 10;
/** Calls of one worker at one time. */
const IN_FLIGHT = 20;

let stage: GateStage;
let maintainedUntil: number;

beforeAll(async () => {
  stage = await startGateStage();
  maintainedUntil = Math.ceil((Date.now() + 5_000) / 60_000) * 60_000;
  await startWorker();
}, 120_000);
afterEach(() => expectEachEffectOnce(stage.rig));
afterAll(() => stage?.stop());

/** The tax system is in maintenance for the first minute. */
const startWorker = (protocol: object = {}, env: Record<string, string> = {}) =>
  stage.startWorker(protocol, env, {
    tax: { ...usual, maintenance: [{ from: "2026-01-01T00:00", to: wallClock(maintainedUntil), reason: "new version" }] },
  });

const wallClock = (instant: number): string => {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Rome", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${localDate(instant, "Europe/Rome")}T${time.format(instant)}`;
};

async function replaceWorkers(...started: (() => Promise<unknown>)[]): Promise<void> {
  await stage.killWorkers();
  for (const start of started) await start();
}

const gateOf = (name: string) => stage.gateOf(name);
const startCases = (count: number) => stage.startCases(count);
const registered = (cases: readonly TestCase[]): Registered[] => stage.registered(cases);

describe("a gate that an operator closes", () => {
  test("lets no call through, keeps the order through the death of its worker, and drains at the rate at which it is opened", async () => {
    await stage.systems.close("protocol", { reason: "new version", by });
    const cases = await startCases(CASES);
    await until(
      "all calls wait",
      () => gateOf("protocol"),
      ({ waiting = 0 }) => waiting >= CASES,
    );
    await replaceWorkers(startWorker);
    expect(await gateOf("protocol")).toMatchObject({
      gate: "closed",
      rate: 0,
      reason: "closed by A. Bianchi: new version",
      waiting: expect.any(Number),
    });
    await pause(2_000);
    expect(stage.rig.simulators.protocol.requests()).toEqual([]);

    const lateness = measureLateness(stage.rig);
    const opened = Date.now();
    await stage.systems.open("protocol", { rate: N, by });
    expect(await gateOf("protocol")).toMatchObject({ gate: "limited", rate: N, reason: "rate set by A. Bianchi" });
    const done = await until(
      "all are registered",
      () => registered(cases),
      (all) => all.length === CASES,
      20_000 + (CASES / N) * 2_000,
    );
    const lateMs = await lateness.stop();
    const seconds = ((done.at(-1) as Registered).at - opened) / 1_000;
    const tasks: (Awaited<ReturnType<typeof taskOf>> & { id: string })[] = [];
    for (const c of cases) tasks.push({ id: c.id, ...(await taskOf(c)) });
    const cameIn = inOrderOf(tasks.map(({ id, scheduledAt }) => ({ id, at: scheduledAt })));
    const wentOut = inOrderOf(tasks.map(({ id, startedAt = 0 }) => ({ id, at: startedAt })));
    const started = tasks.map(({ startedAt = 0 }) => startedAt);
    // The first request of each call: what follows it is the adapter's.
    const arrived = stage.front.arrivals.filter(({ what }) => /inserimento/i.test(what)).map(({ at }) => at);
    const figures = {
      seconds,
      firstAfter: (Math.min(...started) - opened) / 1_000,
      lastAfter: (Math.max(...started) - opened) / 1_000,
      mostInASecond: mostInASecond(started),
      aheadOfRate: aheadOfRate(started, N),
      mostArrivingInASecond: mostInASecond(arrived),
      arrivals: arrived.length,
      lateMs,
      attempts: tasks.reduce((sum, { attempt }) => sum + attempt, 0),
      outOfPlace: furthestOutOfPlace(wentOut, cameIn),
    };
    process.stderr.write(`gates, ${CASES} cases at ${N}/s: ${JSON.stringify(figures)}\n`);
    // The server writes down that a call began when it comes to it: what it is late by, on a busy machine, lands in the next second.
    expect(figures.mostInASecond).toBeLessThanOrEqual(N + 1 + Math.ceil((N * lateMs) / 1_000));
    expect(figures.arrivals).toBe(CASES);
    // On its way to the system a call may be late once more, in the worker.
    expect(figures.mostArrivingInASecond).toBeLessThanOrEqual(N + 1 + 2 * Math.ceil((N * lateMs) / 1_000));
    expect(figures.aheadOfRate).toBeLessThanOrEqual(1 + Math.ceil((N * lateMs) / 1_000));
    expect(figures.outOfPlace).toBeLessThanOrEqual(IN_FLIGHT);
    expect(figures.attempts).toBe(CASES);
    expect(seconds).toBeGreaterThan((CASES / N) * 0.8);
    // How near the drain comes to the rate is measured by the bench, on a machine of its own.
    expect(seconds).toBeLessThan((CASES / N) * 3 + 10);
  }, 480_000);

  test("is told in the status: to operators with the system's name, to applicants without", async () => {
    const until_ = new Date(Date.now() + 3_600_000).toISOString();
    await stage.systems.close("protocol", { reason: "new version", by, until: until_ });
    const [c] = (await startCases(1)) as [TestCase];
    const catalogue = new CurrentCatalogue(openCatalogue("dist/catalogue-compiled", "milano"), stage.rig.register.definitions);
    const cases = openCases({ temporal: stage.rig.client, register: stage.rig.register, catalogue, municipality: "milano" });
    const told = await until(
      "the status says so",
      () => cases.status(c.id, { view: "operator" }),
      ({ waitingText }) => waitingText?.en.includes("closed") === true,
    );
    expect(told.waitingText?.en).toMatch(
      /^waiting for the protocol system, closed until .*\d\d:\d\d \(closed by A\. Bianchi: new version\)$/,
    );
    const applicant = await until(
      "the applicant's status says so",
      () => cases.status(c.id),
      ({ waitingText }) => waitingText?.it.includes("riprende") === true,
    );
    expect(applicant.waitingText?.it).toMatch(/^in lavorazione; riprende all[e'] ?\d\d:\d\d/);
    expect(JSON.stringify(applicant.waitingText)).not.toContain("protocol");
    await stage.systems.open("protocol", { by });
    await until(
      "it is registered",
      () => registered([c]),
      (all) => all.length === 1,
    );
  }, 120_000);
});

describe("a system that goes away unannounced", () => {
  test("is met by canaries instead of retries, and goes on by itself when it is back", async () => {
    const count = 20;
    await stage.front.down();
    const cases = await startCases(count);
    const trickle = await until(
      "the gate trickles",
      () => gateOf("protocol"),
      ({ gate }) => gate === "trickle",
    );
    expect(trickle).toMatchObject({ rate: 0.5, reason: "failing (REFUSED): one call each 2 s until one succeeds" });
    // Calls that were in flight end; then only canaries knock.
    await pause(2_000);
    const before = await attempts(cases);
    const watchedMs = 12_000;
    await pause(watchedMs);
    const canaries = (await attempts(cases)) - before;
    process.stderr.write(`gates, outage: ${canaries} canaries in ${watchedMs / 1_000} s at one each 2 s\n`);
    expect(canaries).toBeGreaterThan(0);
    expect(canaries).toBeLessThanOrEqual((watchedMs / 2_000) * 2);
    await stage.front.up();
    await until(
      "all are registered",
      () => registered(cases),
      (all) => all.length === count,
      60_000,
    );
    await until(
      "the gate is open",
      () => gateOf("protocol"),
      ({ gate }) => gate === "open",
      60_000,
    );
    for (const c of cases) expect((await c.status()).problem).toBeUndefined();
  }, 240_000);
});

const limited = () => startWorker({ maxInFlight: 2 });

describe("a system that takes two calls at one time", () => {
  test("has no more from two workers together", async () => {
    await replaceWorkers(limited, limited);
    Object.assign(stage.front, { delayMs: 50, most: 0 });
    const cases = await startCases(24);
    await until(
      "all are registered",
      () => registered(cases),
      (all) => all.length === cases.length,
      90_000,
    );
    stage.front.delayMs = 0;
    expect(stage.front.most).toBe(2);
  }, 180_000);
});

describe("a server that does not limit task queues", () => {
  test("has its gate in the register: closed with the reason, then open at a rate", async () => {
    await replaceWorkers(() => startWorker({}, { DARSENA_TEST_QUEUE_CONFIG: "refused" }));
    await stage.systems.close("protocol", { reason: "new version", by });
    // Workers see it within two seconds.
    await pause(2_500);
    const seen = stage.rig.simulators.protocol.requests().length;
    const cases = await startCases(20);
    expect(await gateOf("protocol")).toMatchObject({ gate: "closed", enforcedBy: "register", reason: "closed by A. Bianchi: new version" });
    const [first] = cases as [TestCase];
    await until(
      "the reason stands at the call",
      async () => (await first.handle.describe()).raw.pendingActivities?.[0],
      (one) => JSON.stringify(one?.lastFailure ?? {}).length > 2,
    );
    await pause(3_000);
    expect(stage.rig.simulators.protocol.requests()).toHaveLength(seen);
    await stage.systems.open("protocol", { rate: 5, by });
    const done = await until(
      "all are registered",
      () => registered(cases),
      (all) => all.length === cases.length,
      120_000,
    );
    // The register gives the slots; how long each call takes to its effect differs.
    expect(mostInASecond(done.map(({ at }) => at))).toBeLessThanOrEqual(5 + 2);
    await stage.systems.open("protocol", { by });
  }, 240_000);
});

describe("a maintenance window", () => {
  test("ends by itself at its minute", async () => {
    await replaceWorkers(startWorker);
    await until(
      "the tax system is open",
      () => gateOf("tax"),
      ({ gate }) => gate === "open",
      90_000,
    );
    expect(Date.now()).toBeGreaterThanOrEqual(maintainedUntil);
  }, 120_000);
});

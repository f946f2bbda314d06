/**
 * Every write of every shipped adapter that has no order of its own, with everything real: its answer lost after the effect, its connection lost before it, its answer
 * held, its request held for longer than the settle time; its worker killed at four points; and a worker that comes back as a zombie. It
 * ends with one effect, or parked. A courtesy message may be sent twice, and the record then says so.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { adapters } from "../connectors/adapters.ts";
import { operationsOf } from "../connectors/contract.ts";
import type { Fault } from "../connectors/simulator.ts";
import { HELD, type KillPoint, killPoints } from "../worker/kill-points.ts";
import { parked } from "./acts.ts";
import { eitherWay } from "./both-ways.ts";
import {
  atRest,
  confirmNothingDone,
  foundNumber,
  rowsOf,
  settledByPerson,
  STEP,
  useTestServices,
  type Write,
  writes,
} from "./one-write.ts";
import { type Rig, type RunningProcess, startRig, type TestCase, testCase } from "./rig.ts";

const byOperation = (operation: string): Write => writes.find((one) => one.operation === operation) as Write;

const noteOf = async (c: TestCase) => (await c.status()).steps.find(({ id }) => id === STEP)?.note ?? "";

eitherWay((way) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
    useTestServices(rig);
  }, 120_000);
  afterAll(() => rig?.stop());

  /** A worker for whose systems these limits hold. */
  function startWorker(limits: { deadlineMs: number; settleMs: number }, given: Record<string, string> = {}): Promise<RunningProcess> {
    const env = { ...way, ...given };
    for (const system of ["PROTOCOL", "PAYMENTS", "MESSAGES", "DOCUMENTS"]) {
      env[`DARSENA_${system}_DEADLINE_MS`] = String(limits.deadlineMs);
      env[`DARSENA_${system}_SETTLE_MS`] = String(limits.settleMs);
    }
    return rig.startWorker(env);
  }

  const OUTCOME_UNKNOWN = expect.stringMatching(/:OUTCOME_UNKNOWN$/);
  const requestsOf = ({ at }: Write): number => (at ? rig.simulators[at.system].requests().filter((one) => one === at.request).length : 0);

  /** Begins a case whose request meets this fault, once the request has arrived. */
  async function beginsWith(write: Write, fault: Fault): Promise<TestCase> {
    const before = requestsOf(write);
    rig.simulators[write.at?.system ?? "protocol"].inject({ ...fault, operation: write.at?.request ?? "" });
    const c = await write.begin(rig);
    while (requestsOf(write) === before) await pause(20);
    return c;
  }

  async function expectEnd(write: Write, c: TestCase, effects: number): Promise<void> {
    expect(await c.closed()).toMatchObject({ outcome: "completed" });
    expect(await write.effects(rig, c)).toBe(effects);
  }

  test("every write of every shipped adapter is tried here, with the recovery that it declares, and the courtesy message of one", () => {
    // Calls under rising ids go one at a time and cannot all be held at once: test/ordered-writes.test.ts has theirs.
    const declared = adapters
      .filter(({ queueMs }) => queueMs === 0)
      .flatMap((adapter) =>
        operationsOf(adapter.contract)
          .filter(({ effect }) => effect !== "read")
          .map(({ id, name, effect }) => `${id}: ${effect === "courtesy" ? effect : adapter.recovery[name]?.by}`),
      );
    expect(writes.map(({ operation, recovers }) => `${operation}: ${recovers}`).toSorted()).toEqual([...new Set(declared)].toSorted());
  });

  describe("a write whose outcome is not known", () => {
    const limits = { deadlineMs: 2_500, settleMs: 1_000 };
    let worker: RunningProcess;
    beforeAll(async () => {
      worker = await startWorker(limits);
    });
    afterAll(() => worker.kill("SIGKILL"));

    const doubts: { name: string; fault: Fault; had: boolean }[] = [
      { name: "its answer is lost after the effect", fault: { kind: "answer-lost" }, had: true },
      { name: "its connection is lost before the effect", fault: { kind: "cut-before" }, had: false },
      { name: "its answer is held until the deadline", fault: { kind: "answer-held" }, had: true },
      {
        name: "its request is held for twice the settle time",
        fault: { kind: "late-arrival", delayMs: limits.deadlineMs + 2 * limits.settleMs },
        had: false,
      },
    ];
    const ofSystems = writes.filter(({ at }) => at !== undefined);

    test.each(doubts.flatMap((doubt) => ofSystems.map((write) => ({ ...doubt, write, operation: write.operation }))))(
      "$operation, because $name, has one effect or parks",
      async ({ fault, had, write }) => {
        const c = await beginsWith(write, fault);
        const before = await atRest(c);
        // The person looks when the request can no longer be on its way.
        if (fault.kind === "late-arrival") while ((await write.effects(rig, c)) === 0) await pause(50);
        expect(before.state).toBe(write.recovers === "person" ? "parked" : "closed");
        if (before.problem) expect(before.problem.code).toEqual(OUTCOME_UNKNOWN);
        const rows = await rowsOf(rig, c);
        expect(rows[0]?.send).toBe(1);
        await settledByPerson(rig, c, write);
        if (write.recovers === "courtesy") {
          expect(await noteOf(c)).toContain("may be doubled");
          const effects = had || fault.kind === "late-arrival" ? 2 : 1;
          while ((await write.effects(rig, c)) < effects) await pause(50);
          return expectEnd(write, c, effects);
        }
        await expectEnd(write, c, 1);
        if (write.recovers !== "find") return;
        // On a busy machine the last look-up may come after the held request, and finds its effect.
        const [first] = rows;
        const cameFirst = fault.delayMs !== undefined && Number(first?.settledAt) - Number(first?.intendedAt) > fault.delayMs;
        expect(rows).toHaveLength(had || cameFirst ? 1 : 2);
      },
      120_000,
    );
  });

  describe("a worker killed in the middle of a write", () => {
    const killed = new Map<string, TestCase>();
    let worker: RunningProcess;

    beforeAll(async () => {
      const stops = writes.flatMap(({ operation }) => killPoints.map((point) => `${point}:${operation}`));
      const limits = { deadlineMs: 15_000, settleMs: 1_000 };
      const first = await startWorker(limits, { DARSENA_TEST: "1", DARSENA_TEST_KILL_AT: stops.join(",") });
      await Promise.all(writes.flatMap((write) => killPoints.map(() => write.begin(rig))));
      await new Promise((resolve) => first.process.once("close", resolve));
      for (const line of first
        .output()
        .split("\n")
        .filter((one) => one.includes(HELD))) {
        const { point, operation, key } = JSON.parse(line) as { point: string; operation: string; key: string };
        killed.set(`${point}:${operation}`, testCase(rig, key.slice(0, key.indexOf("/"))));
      }
      expect([...killed.keys()].toSorted()).toEqual(stops.toSorted());
      worker = await startWorker(limits);
    }, 120_000);
    afterAll(() => worker.kill("SIGKILL"));

    /** What must be true afterwards: whether a person was needed, how often it was sent, and how often the system has it. */
    const expected: Record<KillPoint, Record<Write["recovers"], [person: boolean, sends: number, effects: number]>> = {
      "before-intent": { key: [false, 1, 1], find: [false, 1, 1], person: [false, 1, 1], courtesy: [false, 1, 1] },
      "after-intent": { key: [false, 2, 1], find: [false, 2, 1], person: [true, 2, 1], courtesy: [false, 2, 1] },
      "after-send": { key: [false, 2, 1], find: [false, 1, 1], person: [true, 1, 1], courtesy: [false, 2, 2] },
      "before-report": { key: [false, 1, 1], find: [false, 1, 1], person: [false, 1, 1], courtesy: [false, 1, 1] },
    };
    const all = killPoints.flatMap((point) => writes.map((write) => ({ point, write, operation: write.operation })));

    test.each(all)(
      "$point: $operation is settled by its replacement",
      async ({ point, write }) => {
        const c = killed.get(`${point}:${write.operation}`) as TestCase;
        const [person, sends, effects] = expected[point][write.recovers];
        const before = await settledByPerson(rig, c, write);
        expect(before.problem?.code).toEqual(person ? OUTCOME_UNKNOWN : undefined);
        await expectEnd(write, c, effects);
        expect(await rowsOf(rig, c)).toHaveLength(sends);
        expect((await noteOf(c)).includes("may be doubled")).toBe(write.recovers === "courtesy" && sends === 2);
      },
      150_000,
    );

    test("lives on through a call that takes longer than the heartbeat's timeout: it is sent once", async () => {
      const write = byOperation("protocol.register");
      const before = requestsOf(write);
      const c = await beginsWith(write, { kind: "delay", delayMs: 12_000 });
      await expectEnd(write, c, 1);
      expect(requestsOf(write) - before).toBe(1);
      expect(await rowsOf(rig, c)).toMatchObject([{ send: 1, state: "done", attempts: 1 }]);
    }, 60_000);
  });

  describe("a worker that stands still in the middle of its calls, and comes back when another has settled them", () => {
    const cases = new Map<string, TestCase>();
    const registration = byOperation("protocol.register");
    let [zombie, replacement]: (RunningProcess | undefined)[] = [];
    let twice: TestCase;

    beforeAll(async () => {
      const limits = { deadlineMs: 8_000, settleMs: 1_000 };
      const stops = [...writes, registration].map(({ operation }) => `after-send:${operation}`);
      zombie = await startWorker(limits, { DARSENA_TEST: "1", DARSENA_TEST_STALL_AT: stops.join(",") });
      for (const write of writes) cases.set(write.operation, await write.begin(rig));
      twice = await registration.begin(rig);
      while (zombie.output().split(HELD).length <= stops.length) await pause(50);
      // It takes no more work, so that its replacement need not wait until Temporal gives up what it was given.
      zombie.process.kill("SIGTERM");
      replacement = await startWorker(limits);
      zombie.process.kill("SIGSTOP");
      for (const write of writes) await settledByPerson(rig, cases.get(write.operation) as TestCase, write);
      const status = await atRest(twice);
      // Somebody confirms that nothing was done, although it was; while it is sent once more, the zombie comes back with its answer.
      const before = requestsOf(registration);
      rig.simulators.protocol.inject({ kind: "delay", delayMs: 5_000, operation: "Protocollazione" });
      await confirmNothingDone(twice, status);
      while (requestsOf(registration) === before) await pause(20);
      zombie.process.kill("SIGCONT");
    }, 180_000);
    afterAll(() => Promise.all([zombie?.kill("SIGKILL"), replacement?.kill("SIGKILL")]));

    test("its late answer, while another is on its way, parks the case as a duplicate effect, and neither result is lost", async () => {
      const problem = await parked(twice, "protocol.register:DUPLICATE_EFFECT", 60_000);
      expect(problem.verbs).toEqual(["resolve"]);
      expect(await registration.effects(rig, twice)).toBe(2);
      const rows = await rowsOf(rig, twice);
      expect(rows.map(({ state }) => state)).toEqual(["done", "done"]);
      expect(rows[0]?.output).not.toEqual(rows[1]?.output);
      expect(rows[1]?.conflict).toEqual({ send: 1, output: rows[0]?.output });
      await twice.repair({ verb: "resolve", problem: problem.id, result: foundNumber(rig, twice) });
      expect(await twice.closed()).toMatchObject({ outcome: "completed" });
    }, 90_000);

    test.each(writes.map((write) => ({ write, operation: write.operation })))(
      "$operation stands once, and the late result is kept in its row, not over another",
      async ({ write }) => {
        const c = cases.get(write.operation) as TestCase;
        await expectEnd(write, c, write.recovers === "courtesy" ? 2 : 1);
        let rows = await rowsOf(rig, c);
        for (; rows[0]?.state !== "done"; rows = await rowsOf(rig, c)) await pause(50);
        expect(rows).toHaveLength({ key: 2, find: 1, person: 1, courtesy: 2 }[write.recovers]);
        expect(rows.map(({ state }) => state)).toEqual(rows.map(() => "done"));
        // What the person supplied stands; the late answer says a little more, and is noted beside it.
        if (write.recovers === "person")
          expect(rows[0]).toMatchObject({ output: foundNumber(rig, c), conflict: { send: 1, output: foundNumber(rig, c) } });
        if (write.recovers === "key" || write.recovers === "find") expect(rows.some(({ conflict }) => conflict)).toBe(false);
        if (write.recovers === "key") expect(rows[0]?.output).toEqual(rows[1]?.output);
      },
      30_000,
    );
  });
});

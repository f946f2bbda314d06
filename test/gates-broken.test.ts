/**
 * Gates broken on purpose: each scenario is run with the worker as it is shipped, and with one that breaks the guarantee which the scenario is
 * about. The same check finds nothing with the first and something with the second (see sabotage.test.ts for the other guarantees).
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { SabotageName } from "../worker/sabotage.ts";
import { mostInASecond } from "./drain.ts";
import { attempts, by, type GateStage, startGateStage, until } from "./gate-stage.ts";
import type { RunningProcess, TestCase } from "./rig.ts";

const RATE = 4;
/** Longer than the machine is late. */
const SLACK = 2 * RATE;

let stage: GateStage;
let sabotaged: SabotageName | undefined;
beforeAll(async () => {
  stage = await startGateStage();
}, 120_000);
afterAll(() => stage?.stop());

const start = (protocol: object = {}): Promise<RunningProcess> =>
  stage.startWorker(protocol, { DARSENA_TEST: "1", ...(sabotaged ? { DARSENA_TEST_SABOTAGE: sabotaged } : {}) });
const requests = () => stage.rig.simulators.protocol.requests().length;
const allRegistered = (cases: readonly TestCase[]) =>
  until(
    "all are registered",
    () => stage.registered(cases),
    (all) => all.length === cases.length,
    120_000,
  );
const open = () => stage.systems.open("protocol", { by });

interface Scenario {
  sabotage: SabotageName;
  name: string;
  /** What the check finds: nothing, unless a guarantee is broken. */
  run(): Promise<string[]>;
  breach: RegExp;
}

const scenarios: Scenario[] = [
  {
    sabotage: "closing-ignored",
    name: "no call begins while the gate is closed",
    run: async () => {
      await start();
      await stage.systems.close("protocol", { reason: "new version", by });
      await pause(1_000);
      const before = requests();
      const cases = await stage.startCases(10);
      await pause(4_000);
      const met = requests() - before;
      await open();
      await allRegistered(cases);
      return met === 0 ? [] : [`${met} requests while closed`];
    },
    breach: /requests while closed/,
  },
  {
    sabotage: "rate-ignored",
    name: "a gate that opens at a rate keeps it",
    run: async () => {
      await start();
      await stage.systems.close("protocol", { reason: "new version", by });
      const cases = await stage.startCases(30);
      await pause(3_000);
      await stage.systems.open("protocol", { rate: RATE, by });
      const most = mostInASecond((await allRegistered(cases)).map(({ at }) => at));
      await open();
      return most <= RATE + 1 + SLACK ? [] : [`${most} calls in a second at a rate of ${RATE}`];
    },
    breach: /calls in a second at a rate/,
  },
  {
    sabotage: "permit-shared",
    name: "a system that takes two calls at one time has no more",
    run: async () => {
      await start({ maxInFlight: 2 });
      await start({ maxInFlight: 2 });
      Object.assign(stage.front, { delayMs: 100, most: 0 });
      await allRegistered(await stage.startCases(24));
      stage.front.delayMs = 0;
      return stage.front.most <= 2 ? [] : [`${stage.front.most} calls at one time`];
    },
    breach: /calls at one time/,
  },
  {
    sabotage: "canary-flood",
    name: "a system that fails is met by at most two canaries an interval",
    run: async () => {
      await start({ trickle: { after: 5, every: "PT4S", rampFrom: 8, step: "PT1S" } });
      await stage.front.down();
      const cases = await stage.startCases(20);
      await until(
        "the gate trickles",
        async () => (await stage.rig.register.gates.all()).find(({ system }) => system === "protocol")?.gate,
        (gate) => gate === "trickle",
      );
      // Calls that had been handed out before come back.
      await pause(3_000);
      const before = await attempts(cases);
      await pause(12_000);
      const canaries = (await attempts(cases)) - before;
      await stage.front.up();
      await open();
      await allRegistered(cases);
      return canaries <= (12 / 4 + 1) * 2 ? [] : [`${canaries} canaries in three intervals`];
    },
    breach: /canaries in three intervals/,
  },
];

describe.each([
  ["as it is shipped", false],
  ["that is broken on purpose", true],
])("with a worker %s", (_, broken) => {
  test.each(scenarios)(
    "$name ($sabotage)",
    async ({ sabotage, run, breach }) => {
      sabotaged = broken ? sabotage : undefined;
      try {
        const found = await run();
        expect(found).toEqual(broken ? [expect.stringMatching(breach)] : []);
      } finally {
        await stage.killWorkers();
      }
    },
    240_000,
  );
});

/**
 * Broken on purpose: each scenario is run with the worker as it is shipped, and with a worker that breaks the guarantee which the scenario
 * is about. The same check finds nothing with the first and something with the second, so a test that makes it would be red.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { connectLazily } from "../client/connection.ts";
import { systemsOf } from "../client/systems.ts";
import type { Fault } from "../connectors/simulator.ts";
import { HELD } from "../worker/kill-points.ts";
import type { SabotageName } from "../worker/sabotage.ts";
import { action, debts, grant, registrations } from "./acts.ts";
import { closedUnverified, owedTwice, registeredTwice } from "./invariants.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

const DEADLINE_MS = 2_500;
/** A killed worker is noticed by its missing heartbeat, 10 s; under load a little later. */
const NOTICED_MS = 60_000;

let rig: Rig;
let worker: RunningProcess;
beforeAll(async () => {
  rig = await startRig();
}, 120_000);
afterAll(() => rig?.stop());

async function startWorker(sabotage?: SabotageName, more: Record<string, string> = {}): Promise<void> {
  const env: Record<string, string> = { DARSENA_TEST: "1", ...(sabotage ? { DARSENA_TEST_SABOTAGE: sabotage } : {}), ...more };
  for (const system of ["PROTOCOL", "PAYMENTS"]) {
    env[`DARSENA_${system}_DEADLINE_MS`] = String(DEADLINE_MS);
    env[`DARSENA_${system}_SETTLE_MS`] = "30000";
  }
  worker = await rig.startWorker(env);
}

const begin = async (kind: "new" | "duplicate" = "new") => rig.start("disabled-parking-pass", await passRequest(rig.register, kind));
const protocolFault = (fault: Omit<Fault, "operation">) => rig.simulators.protocol.inject({ ...fault, operation: "Protocollazione" });
const isParked = (c: TestCase) => c.until("parked", (now) => now.state === "parked", NOTICED_MS);
/** At rest: parked, or the office is asked. */
const settled = (c: TestCase) => c.until("at rest", (now) => now.state === "parked" || now.actions.length > 0, NOTICED_MS);

/** Runs the scenario, and gives what the check finds: nothing, unless a guarantee is broken. */
interface Scenario {
  sabotage: SabotageName;
  name: string;
  run(restartWorker: (env?: Record<string, string>) => Promise<void>): Promise<string[]>;
  /** What the check says when the guarantee is broken. */
  breach: RegExp;
}

const scenarios: Scenario[] = [
  {
    sabotage: "blind-retry",
    name: "a registration whose answer is lost is not sent again",
    run: async () => {
      protocolFault({ kind: "answer-lost" });
      const c = await begin();
      await settled(c);
      return registeredTwice(rig, c);
    },
    breach: /registration.*2 times/,
  },
  {
    sabotage: "random-key",
    name: "a debt whose creation is repeated is one debt",
    run: async () => {
      const before = debts(rig).length;
      const c = await begin("duplicate");
      await action(c, "decision", NOTICED_MS);
      rig.simulators.payments.inject({ kind: "answer-lost", operation: "create" });
      await decide(c, grant);
      await action(c, "payment", NOTICED_MS);
      return owedTwice(rig, before);
    },
    breach: /create of a debt 2 times/,
  },
  {
    sabotage: "ledger-skipped",
    name: "a worker killed after the effect does not lead to a second one",
    run: async (restartWorker) => {
      protocolFault({ kind: "answer-held" });
      const c = await begin();
      while (registrations(rig, c).length === 0) await pause(20);
      await worker.kill("SIGKILL");
      await restartWorker();
      await settled(c);
      return registeredTwice(rig, c);
    },
    breach: /registration.*2 times/,
  },
  {
    sabotage: "early-retry",
    name: "a request that arrives late is not overtaken by an operator's retry",
    run: async () => {
      protocolFault({ kind: "late-arrival", delayMs: DEADLINE_MS + 6_000 });
      const c = await begin();
      const { problem } = await isParked(c);
      // The worker as shipped refuses it.
      await c.repair({ verb: "retry", problem: problem?.id ?? "" }).catch(() => undefined);
      while (registrations(rig, c).length === 0) await pause(50);
      await pause(8_000);
      return registeredTwice(rig, c);
    },
    breach: /registration.*2 times/,
  },
  {
    sabotage: "hasty-withdrawal",
    name: "a withdrawal waits until a person has verified what happened",
    run: async () => {
      protocolFault({ kind: "answer-lost" });
      const c = await begin();
      await isParked(c);
      await c.send({ name: "withdraw", from: "applicant" });
      await c.until("withdrawn", (now) => now.state === "closed", 5_000).catch(() => undefined);
      return closedUnverified(rig, c);
    },
    breach: /protocol.register.*unknown/,
  },
  {
    sabotage: "gate-ignored",
    name: "a refused password is not tried again",
    run: async () => {
      await rig.simulators.protocol.control("setPassword", { password: "changed-by-the-vendor" });
      await rig.simulators.protocol.control("expireSessions");
      const cases = [await begin(), await begin()];
      const logIns = () => rig.simulators.protocol.requests().filter((one) => one === "Login").length;
      const first = logIns();
      while (logIns() === first) await pause(50);
      // Calls in flight may end.
      await pause(2_000);
      const before = logIns();
      await pause(8_000);
      const more = logIns() - before;
      await reopen();
      for (const c of cases) await action(c, "decision", NOTICED_MS);
      return more === 0 ? [] : [`${more} log-ins after the first refusals`];
    },
    breach: /log-ins/,
  },
  {
    sabotage: "resend-after-restart",
    name: "a worker killed with the answer in its hand does not lead to a second registration",
    run: async (restartWorker) => {
      await worker.kill("SIGKILL");
      await restartWorker({ DARSENA_TEST_KILL_AT: `after-send:protocol.register@${join(rig.folder, `killed-${Math.random()}`)}` });
      const killed = worker.process;
      const c = await begin();
      await new Promise((resolve) => killed.once("close", resolve));
      await restartWorker();
      await settled(c);
      return registeredTwice(rig, c);
    },
    breach: /registration.*2 times/,
  },
  {
    sabotage: "late-overwrites",
    name: "a late answer does not replace the number that a person has supplied",
    run: async (restartWorker) => {
      await worker.kill("SIGKILL");
      await restartWorker({ DARSENA_TEST_STALL_AT: "after-send:protocol.register" });
      const zombie = worker;
      const c = await begin();
      while (!zombie.output().includes(HELD)) await pause(50);
      zombie.process.kill("SIGTERM");
      await restartWorker();
      zombie.process.kill("SIGSTOP");
      const { problem } = await isParked(c);
      const supplied = { number: "4711/supplied", year: 2026 };
      await c.repair({ verb: "resolve", problem: problem?.id ?? "", result: supplied });
      await settled(c);
      const ended = new Promise((resolve) => zombie.process.once("close", resolve));
      zombie.process.kill("SIGCONT");
      await ended;
      const [row] = await rig.register.effects.rows(`${c.id}/registration`);
      return isDeepStrictEqual(row?.output, supplied) ? [] : [`${c.id}: the number supplied was overwritten`];
    },
    breach: /overwritten/,
  },
  {
    sabotage: "duplicate-adopted",
    name: "another debt under our id is not taken for ours",
    run: async () => {
      const c = await begin("duplicate");
      await action(c, "decision", NOTICED_MS);
      rig.simulators.payments.inject({ kind: "reject", code: "CONFLICT_OTHER", operation: "create" });
      await decide(c, grant);
      const now = await settled(c);
      return now.problem?.code === "payments.createDebt:DEBT_CONFLICT" ? [] : [`${c.id}: went on with a debt that is not its own`];
    },
    breach: /not its own/,
  },
];

async function reopen(): Promise<void> {
  await rig.simulators.protocol.control("setPassword", { password: "docarea-simulator" });
  const connection = connectLazily({ address: rig.temporal.address });
  await systemsOf(connection, "default").open("protocol");
  await connection.close();
}

describe("with the worker as it is shipped", () => {
  beforeAll(() => startWorker());
  afterAll(() => worker.kill("SIGKILL"));

  test.each(scenarios)("$name", async ({ run }) => expect(await run((env) => startWorker(undefined, env))).toEqual([]), 180_000);
});

describe("with a worker that is broken on purpose", () => {
  test.each(scenarios)(
    "by $sabotage, this is found to be wrong: $name",
    async ({ sabotage, run, breach }) => {
      await startWorker(sabotage);
      expect(worker.output()).toContain("BREAKS A GUARANTEE ON PURPOSE");
      try {
        expect(await run((env) => startWorker(sabotage, env))).toContainEqual(expect.stringMatching(breach));
      } finally {
        await worker.kill("SIGKILL");
      }
    },
    180_000,
  );
});

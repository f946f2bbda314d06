/** Many cases parked for one cause: found by it, recovered one first and then the rest, and never reported as recovered unseen. */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openCatalogue } from "../catalogue/catalogue.ts";
import { CurrentCatalogue } from "../catalogue/current-catalogue.ts";
import { openCases } from "../client/cases.ts";
import type { CasesClient } from "../client/cases-client.ts";
import { recover, type RecoveryReport } from "../client/recover.ts";
import { planRecovery } from "../client/recovery-plan.ts";
import type { JsonObject } from "../connectors/json.ts";
import { action, expectEachEffectOnce, grant, parked, registrations } from "./acts.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, startRig, type TestCase } from "./rig.ts";

const CASES = 30;
const CAUSE = "protocol.register:REFUSED";

let rig: Rig;
let client: CasesClient;
let request: JsonObject;
beforeAll(async () => {
  rig = await startRig();
  await rig.startWorker({ DARSENA_PROTOCOL_DEADLINE_MS: "2500", DARSENA_PROTOCOL_SETTLE_MS: "600000" });
  const catalogue = new CurrentCatalogue(openCatalogue("dist/catalogue-compiled", "milano"), rig.register.definitions);
  client = openCases({ temporal: rig.client, register: rig.register, catalogue, municipality: "milano" });
  request = await passRequest(rig.register);
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

const begin = () => rig.start("disabled-parking-pass", request);
const refuse = (times: number) => rig.simulators.protocol.inject({ kind: "reject", operation: "Protocollazione", times });

/** So many cases, all refused by the protocol and parked. */
async function parkedCases(count: number): Promise<TestCase[]> {
  refuse(count);
  const cases = await Promise.all(Array.from({ length: count }, begin));
  for (const c of cases) await parked(c, CAUSE, 60_000);
  return cases;
}

async function recovered(rate = 20): Promise<RecoveryReport> {
  const plan = await planRecovery(client, CAUSE, { verb: "retry" });
  return recover(client, plan, { verb: "retry", by: "A. Bianchi", reason: "the classification was corrected", rate, withinMs: 30_000 });
}

describe("thirty cases parked for one cause", () => {
  test("are one group of problems, show their evidence, and all go on after the canary", async () => {
    const cases = await parkedCases(CASES);
    expect((await client.problems()).groups).toEqual([
      expect.objectContaining({ cause: CAUSE, kind: "parked", count: CASES, atRisk: 0, services: ["disabled-parking-pass"] }),
    ]);
    const first = cases[0] as TestCase;
    const { problem } = await first.status();
    expect(problem).toMatchObject({ key: `${first.id}/registration` });
    const { effects, evidence } = await client.evidence(first.id);
    expect(effects).toMatchObject([{ key: problem?.key, send: 1, state: "rejected", code: "REFUSED" }]);
    expect(evidence).toMatchObject([{ key: problem?.key, kind: "rejected", code: "REFUSED", system: "protocol", adapter: "docarea" }]);

    const report = await recovered();
    expect(report).toMatchObject({ planned: CASES, left: 0, counts: { "went-on": CASES } });
    expect(report.stopped).toBeUndefined();
    for (const c of cases) {
      await action(c, "decision");
      expect(registrations(rig, c)).toHaveLength(1);
      expect((await c.status()).history.filter(({ event }) => event === "repaired")).toMatchObject([{ by: "A. Bianchi" }]);
    }
    expect((await client.problems()).groups).toEqual([]);

    const moving = { verb: "reassign" as const, by: "A. Bianchi", reason: "the office was merged" };
    await expect(client.repair(first.id, { ...moving, office: "nowhere" })).rejects.toMatchObject({ code: "INVALID_BODY" });
    const { number } = await client.repair(first.id, { ...moving, office: "culture" });
    expect(await client.status(first.id, { after: number, view: "operator" })).toMatchObject({
      office: "culture",
      actions: [{ name: "decision", office: "culture" }],
    });
    await decide(first, grant);
    expect(await first.closed()).toMatchObject({ outcome: "granted" });
  }, 180_000);

  test("stay as they are but for the canary when the cause comes back, and the next run takes them all", async () => {
    const cases = await parkedCases(6);
    refuse(1);
    const report = await recovered();
    expect(report).toMatchObject({ stopped: "canary-did-not-go-on", left: 5, ends: [{ result: "same-cause", code: CAUSE }] });
    const repaired = await Promise.all(
      cases.map(async (c) => (await c.status()).history.filter(({ event }) => event === "repaired").length),
    );
    expect(repaired.toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
    expect(await recovered()).toMatchObject({ planned: 6, counts: { "went-on": 6 }, left: 0 });
  }, 120_000);
});

describe("the command", () => {
  test("shows its progress, stops at Ctrl-C and says where it stands; the same command takes the rest", async () => {
    const gateway = await rig.startProcess("dist/client/gateway/main.js", { DARSENA_GATEWAY_PORT: "0" });
    const url = /"url":"([^"]+)"/.exec(gateway.output())?.[1] ?? "";
    await parkedCases(10);
    const first = darsena(["recover", CAUSE, "--as", "A. Bianchi", "--reason", "mended", "--rate", "2", "--url", url]);
    while (!first.output().includes("3/10  3 went on")) await pause(50);
    first.process.kill("SIGINT");
    const interruptedAt = Date.now();
    expect(await first.code).toBe(1);
    expect(Date.now() - interruptedAt).toBeLessThan(5_000);
    expect(first.output()).toContain("10 would be tried by retry: one first, and the rest when it has gone on");
    expect(first.output()).toContain("interrupted; the same command takes what is still parked");
    const left = Number(/(\d+) not tried/.exec(first.output())?.[1]);
    expect(left).toBeGreaterThan(0);
    const second = darsena(["recover", CAUSE, "--as", "A. Bianchi", "--reason", "mended", "--url", url]);
    expect(await second.code).toBe(0);
    expect(second.output()).toContain(`${left} of ${left} tried: ${left} went on`);
    await gateway.kill();
  }, 120_000);
});

/** The command as a process of its own. */
function darsena(args: string[]) {
  const child = spawn(process.execPath, ["bin/darsena.js", ...args], { env: { ...process.env, NODE_OPTIONS: "" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  return { process: child, output: () => output, code: new Promise<number | null>((resolve) => child.once("close", resolve)) };
}

describe("a case whose outcome is unknown", () => {
  test("is not retried by a recovery, neither unconfirmed nor before the settle time", async () => {
    rig.simulators.protocol.inject({ kind: "answer-lost", operation: "Protocollazione" });
    const c = await begin();
    const cause = "protocol.register:OUTCOME_UNKNOWN";
    await parked(c, cause);
    for (const nothingWasDone of [false, true]) {
      const plan = await planRecovery(client, cause, { verb: "retry", nothingWasDone });
      expect(plan).toMatchObject({ parked: 1, cases: [], refused: [{ reason: expect.stringContaining("settle time"), cases: [c.id] }] });
    }
    const { effects, evidence } = await client.evidence(c.id);
    expect(effects).toMatchObject([{ state: "unknown", attempts: 1 }]);
    expect(evidence).toMatchObject([{ kind: "unknown", key: `${c.id}/registration`, send: 1 }]);
    expect(registrations(rig, c)).toHaveLength(1);
  }, 60_000);
});

/** Takes a workflow task of the queue as a worker would, and fails it; 0 when none came within ten seconds. */
async function failTask(taskQueue: { name: string }): Promise<0 | 1> {
  const { client: temporal } = rig;
  const common = { namespace: "default", identity: "test" };
  const { taskToken } = await temporal.withDeadline(Date.now() + 20_000, () =>
    temporal.workflowService.pollWorkflowTaskQueue({ ...common, taskQueue }),
  );
  if (!taskToken?.length) return 0;
  await temporal.workflowService.respondWorkflowTaskFailed({ ...common, taskToken, failure: { message: "poison" } });
  return 1;
}

describe("a case that no worker can run", () => {
  test("is found by its workflow task, which fails again and again", async () => {
    const id = "disabled-parking-pass-test-poisoned";
    const taskQueue = { name: "a-queue-without-workers" };
    await rig.client.workflow.start("disabled-parking-pass", {
      taskQueue: taskQueue.name,
      workflowId: id,
      args: [{ request, channel: "test" }],
    });
    const opening = {
      caseId: id,
      firstRunId: "run",
      service: "disabled-parking-pass",
      municipality: "milano",
      channel: "test",
      applicant: null,
    };
    await rig.register.cases.open({ ...opening, version: "0".repeat(64) });
    await rig.sql("update cases set updated_at = now() - interval '1 minute' where case_id = $1", [id]);
    for (let failed = 0; failed < 4; ) failed += await failTask(taskQueue);
    await pause(100);
    const { groups, lookedAt } = await client.problems();
    expect(groups).toContainEqual(
      expect.objectContaining({ cause: "workflow-task:FAILING", kind: "workflow-task", count: 1, example: id }),
    );
    expect(lookedAt).toEqual({ cases: 1, of: 1 });
    await rig.client.workflow.getHandle(id).terminate("end of the test");
  }, 120_000);
});

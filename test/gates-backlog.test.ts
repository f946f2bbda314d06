/** Which waiting calls go first, what closing does to calls that are under way, and what two workers together see of a system that dies. */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { action, debts, expectEachEffectOnce, grant, withdraw } from "./acts.ts";
import { inOrderOf, taskOf, toldToSupervisor } from "./drain.ts";
import { attempts, by, type GateStage, startGateStage, until } from "./gate-stage.ts";
import { passRequest } from "./people.ts";
import { decide, type TestCase } from "./rig.ts";

const DAY_MS = 86_400_000;

let stage: GateStage;
beforeAll(async () => {
  stage = await startGateStage();
}, 120_000);
afterEach(async () => {
  await expectEachEffectOnce(stage.rig);
  await stage.killWorkers();
});
afterAll(() => stage?.stop());

const waiting = (system: string, count: number) =>
  until(
    `${count} calls wait`,
    () => stage.gateOf(system),
    (gate) => (gate.waiting ?? 0) >= count,
  );
const allRegistered = (cases: readonly TestCase[], timeoutMs?: number) =>
  until(
    "all are registered",
    () => stage.registered(cases),
    (all) => all.length === cases.length,
    timeoutMs,
  );

const ids = (cases: readonly TestCase[]) => cases.map(({ id }) => id).toSorted();

describe("a backlog", () => {
  test("is led by cases whose legal term is about to end, although they came last; within one urgency the order stays", async () => {
    await stage.startWorker();
    await stage.systems.close("protocol", { reason: "new version", by });
    const ordinary = await stage.startCases(20);
    await waiting("protocol", 20);
    const soon = await stage.startCases(2, new Date(Date.now() - 25 * DAY_MS).toISOString());
    await waiting("protocol", 22);
    const tomorrow = await stage.startCases(2, new Date(Date.now() - 29 * DAY_MS).toISOString());
    await waiting("protocol", 24);
    // Whoever polled before the urgent ones came may hold calls of the ordinary ones: none does while the rate is 0.
    await stage.systems.open("protocol", { rate: 2, by });
    const all = [...ordinary, ...soon, ...tomorrow];
    await allRegistered(all, 120_000);
    const tasks: { id: string; at: number }[] = [];
    for (const c of all) tasks.push({ id: c.id, at: (await taskOf(c)).startedAt ?? 0 });
    const order = inOrderOf(tasks);
    expect(order.slice(0, 2).toSorted()).toEqual(ids(tomorrow));
    expect(order.slice(2, 4).toSorted()).toEqual(ids(soon));
    await stage.systems.open("protocol", { by });
  }, 240_000);

  test("is led by the look-up that settles an unknown outcome", async () => {
    await stage.startWorker({}, { DARSENA_PAYMENTS_DEADLINE_MS: "2500", DARSENA_PAYMENTS_SETTLE_MS: "60000" });
    const { rig } = stage;
    const request = await passRequest(rig.register, "duplicate");
    const begin = async () => {
      const c = await rig.start("disabled-parking-pass", request);
      await action(c, "decision", 60_000);
      return c;
    };
    const withdrawn = await begin();
    await decide(withdrawn, grant);
    await action(withdrawn, "payment", 60_000);
    const others: TestCase[] = [];
    for (let one = 0; one < 8; one++) others.push(await begin());
    const before = debts(rig).length;

    rig.simulators.payments.inject({ kind: "answer-held", operation: "cancel" });
    await withdraw(withdrawn);
    await until(
      "the debt is cancelled, and nobody knows",
      () => debts(rig).length,
      (count) => count === before + 1,
    );
    await stage.systems.close("payments", { reason: "new version", by });
    // Every worker knows it within two seconds; until then a call may still take the short way.
    await pause(2_500);
    for (const c of others) await decide(c, grant);
    // Eight debts to create, and the look-up of the cancellation.
    await waiting("payments", 9);
    const seen = rig.simulators.payments.requests().length;
    await stage.systems.open("payments", { rate: 2, by });
    await until(
      "all debts are there",
      () => debts(rig).length,
      (count) => count >= before + 9,
      120_000,
    );
    expect(rig.simulators.payments.requests().slice(seen, seen + 3)).toEqual(["read", "create", "create"]);
    expect(await withdrawn.closed(60_000)).toMatchObject({ outcome: "withdrawn" });
    await stage.systems.open("payments", { by });
  }, 300_000);
});

describe("calls under way when a gate closes", () => {
  test("finish, and none begins after them until the gate is open", async () => {
    await stage.startWorker();
    const { front, rig } = stage;
    front.delayMs = 2_000;
    const cases = await stage.startCases(40);
    await until(
      "calls are under way",
      () => front.held,
      (held) => held >= 5,
    );
    await stage.systems.close("protocol", { reason: "new version", by });
    let done = -1;
    for (let seen = 0; seen !== done || front.held > 0; seen = stage.registered(cases).length) {
      done = stage.registered(cases).length;
      await pause(3_000);
    }
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(cases.length);
    const requests = rig.simulators.protocol.requests().length;
    await pause(5_000);
    expect(rig.simulators.protocol.requests()).toHaveLength(requests);
    expect((await stage.gateOf("protocol")).waiting).toBeGreaterThan(0);
    front.delayMs = 0;
    await stage.systems.open("protocol", { by });
    await allRegistered(cases);
    for (const c of cases) expect((await taskOf(c)).attempt).toBe(1);
  }, 240_000);
});

describe("a system that dies under two workers", () => {
  test("is met by canaries once both together have seen enough failures, costs no case anything, and is opened slowly when asked to", async () => {
    const { front } = stage;
    const careful = { trickle: { after: 40, every: "PT2S", rampFrom: 2, step: "PT2S" } };
    await stage.startWorker(careful);
    await stage.startWorker(careful);
    await front.down();
    const from = (await toldToSupervisor(stage.rig, "protocol")).length;
    const cases = await stage.startCases(24);
    await until(
      "the gate trickles",
      () => stage.gateOf("protocol"),
      ({ gate }) => gate === "trickle",
    );
    const heard = (await toldToSupervisor(stage.rig, "protocol")).slice(from);
    const views = heard.slice(
      0,
      heard.findIndex(({ gate }) => gate === "trickle"),
    );
    expect(new Set(views.flatMap(({ worker }) => worker ?? [])).size).toBe(2);
    expect(views.some(({ failing }) => failing)).toBe(false);
    const before = await attempts(cases);
    expect(before).toBeLessThan(2 * 40 + 2 * 20);
    await front.up();
    await allRegistered(cases);
    for (const c of cases) {
      const { problem, history } = await c.status();
      expect(problem).toBeUndefined();
      expect(JSON.stringify(history)).not.toMatch(/not-sent|REFUSED/);
    }
    await until(
      "the gate is open",
      () => stage.gateOf("protocol"),
      ({ gate }) => gate === "open",
    );

    await stage.systems.close("protocol", { reason: "new version", by });
    await stage.systems.open("protocol", { rate: 5, ramp: true, by });
    expect(await stage.gateOf("protocol")).toMatchObject({
      gate: "limited",
      rate: 2,
      reason: "opened slowly by A. Bianchi: the rate doubles at each step",
    });
    const seen: (number | undefined)[] = [];
    await until(
      "the whole rate holds",
      async () => {
        const { rate } = await stage.gateOf("protocol");
        if (seen.at(-1) !== rate) seen.push(rate);
        return rate;
      },
      (rate) => rate === 5,
    );
    expect(seen).toEqual([2, 4, 5]);
    await stage.systems.open("protocol", { by });
  }, 240_000);
});

/** `darsena systems` as a process of its own. */
async function darsenaSystems(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, NODE_OPTIONS: "", TEMPORAL_ADDRESS: stage.rig.temporal.address };
  const child = spawn(process.execPath, ["bin/darsena.js", "systems", ...args], { env });
  const told = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => void (told.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (told.err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...told };
}

describe("the command", () => {
  test("closes and opens a gate by name and with a reason, says what it was and how many wait, and refuses what makes no sense", async () => {
    await stage.startWorker();
    await stage.systems.open("protocol", { by });
    const until_ = new Date(Date.now() + 3_600_000).toISOString();
    const closed = await darsenaSystems("close", "protocol", "--until", until_, "--reason", "new version", "--as", by);
    expect(closed).toMatchObject({ code: 0, err: "" });
    expect(closed.out).toMatch(/^protocol is closed until \S+ \S+; it was open\. Its calls wait in order\.\n$/);
    await stage.startCases(3);
    await waiting("protocol", 3);
    expect((await darsenaSystems()).out).toMatch(
      /^protocol +docarea +closed +3 waiting +closed by A\. Bianchi \(unverified\): new version; until .+; since .+; → darsena systems open protocol --as NAME$/m,
    );
    const { items } = JSON.parse((await darsenaSystems("--json")).out) as { items: { system: string }[] };
    expect(items.find(({ system }) => system === "protocol")).toMatchObject({
      gate: "closed",
      rate: 0,
      waiting: 3,
      until: until_,
      served: true,
    });

    const opened = await darsenaSystems("open", "protocol", "--rate", "5", "--as", by);
    expect(opened.out).toMatch(
      /^protocol is open at 5\/s; it was closed since .+: closed by A\. Bianchi \(unverified\): new version\. 3 waiting calls go on now\.\n$/,
    );
    const slowly = JSON.parse((await darsenaSystems("open", "protocol", "--ramp", "--as", by, "--json")).out);
    expect(slowly).toMatchObject({ system: "protocol", gate: "open", ramp: true, before: { gate: "limited", rate: 5 } });

    const refused: [args: string[], code: number, said: RegExp][] = [
      [["close", "protocol", "--as", by], 2, /--reason/],
      [["open", "protocol", "--rate", "0", "--as", by], 2, /darsena systems close/],
      [["close", "protocol", "--reason", "r", "--as", by, "--until", "soon"], 2, /2026-11-23T08:00:00\+01:00/],
      [["close", "protocol", "--reason", "r", "--as", by, "--until", "2001-01-01T00:00:00Z"], 1, /past/],
      [["open", "parking", "--as", by], 1, /SYSTEM_NOT_FOUND/],
    ];
    for (const [args, code, said] of refused) {
      const { code: found, err } = await darsenaSystems(...args);
      expect([args, found, err]).toEqual([args, code, expect.stringMatching(said)]);
    }
  }, 180_000);
});

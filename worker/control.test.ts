import { describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { GateRow } from "../register/gates.ts";
import type { Desired } from "../workflows/gates/messages.ts";
import { controlActivities } from "./control.ts";
import { type QueueLimit, queueLimits, type WorkflowService } from "./queue-limit.ts";

const log = pino({ level: "silent" });
const since = "2026-11-22T09:00:00.000Z";

/** A Temporal server with one queue, or one that refuses with this code of gRPC. */
function aServer(refusal?: number) {
  const limit: { now: QueueLimit } = { now: {} };
  const service = {
    updateTaskQueueConfig: async ({
      updateQueueRateLimit: update,
    }: {
      updateQueueRateLimit: { rateLimit?: { requestsPerSecond: number }; reason: string };
    }) => {
      if (refusal !== undefined) throw Object.assign(new Error("refused"), { code: refusal });
      limit.now = { reason: update.reason, ...(update.rateLimit ? { rate: update.rateLimit.requestsPerSecond } : {}) };
      return {};
    },
    describeTaskQueue: async () => {
      if (refusal !== undefined) throw Object.assign(new Error("refused"), { code: refusal });
      const { rate, reason } = limit.now;
      const rateLimit = rate === undefined ? {} : { rateLimit: { requestsPerSecond: Math.fround(rate) } };
      return { config: { queueRateLimit: { ...rateLimit, metadata: { reason } } } };
    },
  } as unknown as WorkflowService;
  return { limit, limits: queueLimits(service, "default") };
}

/** A register's gates, or none that can be reached. */
function someGates(away = false) {
  const rows: GateRow[] = [];
  const gone = () => {
    if (away) throw Object.assign(new Error("gone"), { code: "ECONNREFUSED" });
  };
  const publish = async (row: GateRow) => {
    gone();
    rows.push(row);
  };
  const all = async () => {
    gone();
    return rows;
  };
  return { rows, publish, all };
}

const closed: Desired = { gate: "closed", rate: 0, reason: "outside opening hours", until: "2026-11-23T07:00:00.000Z" };
const wanted = (desired: Desired, number = 1) => ({
  system: "protocol",
  desired,
  told: "outside opening hours, until 2026-11-23 08:00",
  number,
  since,
});

describe("setting a gate", () => {
  test("limits the queue with the reason that the Temporal UI shows, reads it back, and tells the register", async () => {
    const [{ limit, limits }, gates] = [aServer(), someGates()];
    const control = controlActivities({ limits, gates, log });
    expect(await control["gate.apply"](wanted(closed))).toEqual({ enforcedBy: "queue", published: true });
    expect(limit.now).toEqual({ rate: 0, reason: "outside opening hours, until 2026-11-23 08:00" });
    expect(gates.rows).toEqual([{ system: "protocol", ...closed, enforcedBy: "queue", since, number: 1 }]);
    await control["gate.apply"](wanted({ gate: "trickle", rate: 1 / 30, reason: "failing" }));
    expect(limit.now.rate).toBeCloseTo(1 / 30);
    await control["gate.apply"](wanted({ gate: "open" }));
    expect(limit.now.rate).toBeUndefined();
  });

  test.each([
    ["does not know how to", 12],
    ["does not permit us to", 7],
  ])("a server that %s limit queues leaves it to the register", async (_, code) => {
    const gates = someGates();
    const control = controlActivities({ limits: aServer(code).limits, gates, log });
    expect(await control["gate.apply"](wanted(closed))).toEqual({ enforcedBy: "register", published: true });
    expect(gates.rows).toEqual([expect.objectContaining({ gate: "closed", enforcedBy: "register" })]);
  });

  test("holds without the register where the queue keeps the limit, and is tried again where only the register can", async () => {
    const away = someGates(true);
    const inQueue = controlActivities({ limits: aServer().limits, gates: away, log });
    expect(await inQueue["gate.apply"](wanted(closed))).toEqual({ enforcedBy: "queue", published: false });
    const inRegister = controlActivities({ limits: aServer(12).limits, gates: away, log });
    await expect(inRegister["gate.apply"](wanted(closed))).rejects.toThrow("gone");
  });

  test("is never believed of a server that takes the limit and does not keep it", async () => {
    const { limits } = aServer();
    const forgetful = { ...limits, get: async () => ({}) };
    const control = controlActivities({ limits: forgetful, gates: someGates(), log });
    await expect(control["gate.apply"](wanted(closed))).rejects.toThrow("has the rate none after 0 was set");
  });

  test("is tried again while the server does not answer", async () => {
    const control = controlActivities({ limits: aServer(14).limits, gates: someGates(), log });
    await expect(control["gate.apply"](wanted(closed))).rejects.toMatchObject({ code: 14 });
  });
});

describe("a supervisor that begins", () => {
  test("finds a gate that was closed for wrong settings while none ran, and the last change's number", async () => {
    const [{ limits }, gates] = [aServer(), someGates()];
    const control = controlActivities({ limits, gates, log });
    expect(await control["gate.find"]("protocol")).toEqual({ limited: false, number: 0 });
    await limits.set("protocol", { rate: 0, reason: "misconfigured: TLS" });
    await gates.publish({ system: "protocol", gate: "open", enforcedBy: "queue", since, number: 7 });
    expect(await control["gate.find"]("protocol")).toEqual({ limited: true, number: 7, misconfigured: "TLS" });
  });

  test("begins on a server that tells nothing of its queues, with what the register holds", async () => {
    const gates = someGates();
    const control = controlActivities({ limits: aServer(12).limits, gates, log });
    expect(await control["gate.find"]("protocol")).toEqual({ limited: true, number: 0 });
    await gates.publish({
      system: "protocol",
      gate: "closed",
      rate: 0,
      reason: "misconfigured: TLS",
      enforcedBy: "register",
      since,
      number: 3,
    });
    expect(await control["gate.find"]("protocol")).toEqual({ limited: true, number: 3, misconfigured: "TLS" });
  });
});

import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { observed } from "../activities/health.ts";
import { misconfigured, notSent, rejected, unknownOutcome } from "../connectors/failure.ts";
import type { GateRow } from "../register/gates.ts";
import type { HealthReport } from "../workflows/gates/messages.ts";
import { SystemHealth } from "./health.ts";

const log = pino({ level: "silent" });

function aMeter(gate: { now?: GateRow } = {}, fails: { times: number } = { times: 0 }, after = 3) {
  const told: HealthReport[] = [];
  const health = new SystemHealth({
    system: "protocol",
    worker: "w1",
    after,
    cache: { of: async () => gate.now },
    tell: async (report) => {
      if (fails.times-- > 0) throw new Error("Temporal is away");
      told.push(report);
    },
    log,
  });
  return { health, told };
}

const fail = (health: SystemHealth, times: number) => {
  for (let one = 0; one < times; one++) health.count("not-sent", "REFUSED");
};
const settled = () => pause(20);
const trickling = (): GateRow => ({
  system: "protocol",
  gate: "trickle",
  rate: 0.1,
  enforcedBy: "queue",
  since: new Date(Date.now() + 1).toISOString(),
  number: 1,
});

describe("a worker's view of a system", () => {
  test("is told when so many calls in a row have failed, once, with the last code", async () => {
    const { health, told } = aMeter();
    fail(health, 3);
    await settled();
    expect(told).toEqual([{ worker: "w1", failing: true, failures: 3, code: "REFUSED" }]);
    fail(health, 50);
    await pause(1_100);
    expect(told).toHaveLength(1);
    expect(health.failingSince).toBeLessThanOrEqual(Date.now());
    expect(health.counts).toEqual({ done: 0, "not-sent": 53, unknown: 0 });
    health.count("done");
    expect(health.failingSince).toBeUndefined();
  });

  test("is told from a quarter of the row on, so that the supervisor can add up several workers; the whole row does not wait for its second", async () => {
    const { health, told } = aMeter({}, undefined, 12);
    fail(health, 2);
    await settled();
    expect(told).toEqual([]);
    fail(health, 1);
    await settled();
    expect(told).toEqual([{ worker: "w1", failing: false, failures: 3, code: "REFUSED" }]);
    fail(health, 2);
    await settled();
    expect(told).toHaveLength(1);
    fail(health, 7);
    await settled();
    expect(told.slice(1)).toEqual([{ worker: "w1", failing: true, failures: 12, code: "REFUSED" }]);
  });

  test("is told when a row that was told has ended", async () => {
    const { health, told } = aMeter({}, undefined, 12);
    fail(health, 4);
    await settled();
    health.count("done");
    await pause(1_100);
    expect(told.map(({ failures }) => failures)).toEqual([4, 0]);
  });

  test("is told at most once a second, as it is then", async () => {
    const { health, told } = aMeter();
    fail(health, 3);
    await settled();
    for (let one = 0; one < 10; one++) {
      health.count("done");
      fail(health, 3);
    }
    health.count("done");
    await settled();
    expect(told).toHaveLength(1);
    await pause(2_200);
    expect(told.at(-1)).toMatchObject({ failing: false, failures: 0 });
    expect(told.length).toBeLessThanOrEqual(3);
  });

  test("is told by the worker whose canary succeeds, even when other workers saw the failures", async () => {
    const gate: { now?: GateRow } = {};
    const { health, told } = aMeter(gate, undefined, 12);
    health.count("done");
    await settled();
    expect(told).toEqual([]);
    await pause(5);
    gate.now = trickling();
    await pause(5);
    health.count("unknown", "DEADLINE");
    await settled();
    expect(told).toEqual([]);
    health.count("done");
    await settled();
    expect(told).toEqual([{ worker: "w1", failing: false, failures: 0 }]);
  });

  test("is told again when the supervisor could not be reached", async () => {
    const { health, told } = aMeter({}, { times: 1 });
    fail(health, 3);
    await settled();
    expect(told).toEqual([]);
    await pause(1_200);
    expect(told).toHaveLength(1);
  });
});

describe("what counts for a system's health", () => {
  test.each([
    ["an answer", async () => 1, ["done"]],
    ["a business refusal", async () => Promise.reject(rejected("NOT_RESIDENT", "r")), ["done"]],
    ["no connection", async () => Promise.reject(notSent("REFUSED", "r")), ["not-sent", "REFUSED"]],
    ["no answer", async () => Promise.reject(unknownOutcome("DEADLINE", "r")), ["unknown", "DEADLINE"]],
  ])("is %s", async (_, run, expected) => {
    expect(await meetings(run)).toEqual([expected]);
  });

  test.each([
    ["our register away", notSent("REGISTER_UNREACHABLE", "r")],
    ["our own section", notSent("SECTION_BUSY", "r")],
    ["wrong settings, which close the gate anyway", misconfigured("TLS", "r")],
    ["a defect of ours", new TypeError("r")],
  ])("is not %s", async (_, error) => {
    expect(await meetings(async () => Promise.reject(error))).toEqual([]);
  });
});

async function meetings(run: () => Promise<unknown>): Promise<unknown[]> {
  const counted: unknown[] = [];
  await observed({ count: (...meeting) => void counted.push(meeting) }, run).catch(() => undefined);
  return counted;
}

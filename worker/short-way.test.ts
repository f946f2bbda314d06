import { describe, expect, test } from "@jest/globals";
import { usualSettings } from "../catalogue/systems.ts";
import { protocol } from "../connectors/protocol/contract.ts";
import type { GateRow } from "../register/gates.ts";
import { SystemTimes } from "./call-times.ts";
import { type ShortWayDeps, SystemShortWay } from "./short-way.ts";

const operation = protocol.register;
const gate = (more: Partial<GateRow>): GateRow => ({
  system: "protocol",
  gate: "open",
  enforcedBy: "queue",
  since: "2026-11-22T10:00:00.000Z",
  number: 1,
  ...more,
});

function aWay(
  more: Partial<Omit<ShortWayDeps, "cache" | "backlogs">> & { gate?: GateRow; waiting?: number | "unknown"; limited?: boolean } = {},
) {
  const { gate: row, waiting = 0, limited = false, ...deps } = more;
  return new SystemShortWay({
    system: { contract: "protocol", adapter: { queueMs: 0 } as never },
    on: true,
    settings: usualSettings,
    cache: { of: async () => row },
    backlogs: { of: async () => (waiting === "unknown" ? undefined : { waiting, limited }) },
    times: new SystemTimes(),
    ...deps,
  });
}

const hour = 3_600_000;

describe("a call to an open, healthy, unlimited system", () => {
  test("goes the short way, whether its gate was ever set or not", async () => {
    expect(typeof (await aWay().enter(operation))).toBe("function");
    expect(typeof (await aWay({ gate: gate({}) }).enter(operation))).toBe("function");
  });

  test("finds a place only while fewer calls than allowed are in flight, and may ask again at once", async () => {
    const way = aWay({ settings: { ...usualSettings, shortCalls: 2 } });
    const [first] = [await way.enter(operation), await way.enter(operation)];
    expect(await way.enter(operation)).toMatchObject({ kind: "deferred", reason: expect.stringContaining("in flight"), forMs: 0 });
    (first as () => void)();
    expect(typeof (await way.enter(operation))).toBe("function");
  });

  test("keeps to the limit when many ask in the same moment", async () => {
    const way = aWay({ settings: { ...usualSettings, shortCalls: 3 } });
    const all = await Promise.all(Array.from({ length: 10 }, () => way.enter(operation)));
    expect(all.filter((one) => typeof one === "function")).toHaveLength(3);
  });
});

describe("a call is deferred", () => {
  test.each([
    ["the worker's switch is off", { on: false }, hour],
    ["the system's setting is off", { settings: { ...usualSettings, shortWay: false } }, hour],
    ["the system takes calls in order", { system: { contract: "registry", adapter: { queueMs: 30_000 } as never } }, hour],
    ["the system's calls need permits", { settings: { ...usualSettings, maxInFlight: 4 } }, hour],
    ["somebody limited the queue in Temporal", { limited: true }, 10_000],
    ["the gate is closed", { gate: gate({ gate: "closed", rate: 0 }) }, 10_000],
    ["the gate trickles", { gate: gate({ gate: "trickle", rate: 0.1 }) }, 10_000],
    ["the gate has a rate", { gate: gate({ rate: 10 }) }, 10_000],
    ["calls wait in the queue", { waiting: 1 }, 10_000],
    ["the server does not tell whether calls wait", { waiting: "unknown" as const }, 10_000],
  ])("when %s", async (_, more, forMs) => {
    expect(await aWay(more).enter(operation)).toMatchObject({ kind: "deferred", reason: expect.any(String), forMs });
  });

  test("for ten seconds after the system failed", async () => {
    let now = 0;
    const way = aWay({ now: () => now });
    way.trouble();
    expect(await way.enter(operation)).toMatchObject({ kind: "deferred", reason: expect.stringContaining("failed") });
    now = 10_001;
    expect(typeof (await way.enter(operation))).toBe("function");
  });

  test("while the operation took a second or longer lately, and no longer than that minute", async () => {
    let now = 0;
    const times = new SystemTimes(() => now);
    const way = aWay({ times });
    for (let one = 0; one < 4; one++) times.note(operation.id, 1_500);
    expect(typeof (await way.enter(operation))).toBe("function");
    times.note(operation.id, 1_500);
    expect(await way.enter(operation)).toMatchObject({ kind: "deferred", reason: expect.stringContaining("slow") });
    expect(typeof (await way.enter(protocol.registerOutgoing))).toBe("function");
    now = 61_000;
    expect(typeof (await way.enter(operation))).toBe("function");
  });

  test("is told beforehand of systems whose calls never go", () => {
    expect(aWay().closed).toBeUndefined();
    expect(aWay({ on: false }).closed).toMatchObject({ reason: "switched off", forMs: hour });
  });
});

describe("how long an operation takes", () => {
  test("is the time that 95 of its last calls kept", () => {
    const times = new SystemTimes(() => 0);
    for (let ms = 1; ms <= 40; ms++) times.note("a.b", ms);
    expect(times.p95("a.b")).toBe(38);
    expect(times.p95("a.c")).toBeUndefined();
  });
});

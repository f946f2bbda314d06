import { describe, expect, test } from "@jest/globals";
import { SystemSettings } from "../../catalogue/systems.ts";
import { close, decide, type GateState, heard, misconfigured, newGate, open } from "./gate.ts";

const t0 = Date.parse("2026-11-23T09:00:00Z");
const night = Date.parse("2026-11-23T02:00:00Z");
const calendar = { timeZone: "Europe/Rome", patronDay: "12-07" };
const gate = (settings: object = {}): GateState => newGate({ system: "protocol", calendar, settings: SystemSettings.parse(settings) });
const office = { hours: [{ days: "mon-fri", from: "08:00", to: "20:00" }] };
const at = (state: GateState, now = t0) => {
  const { desired, nextAt } = decide(state, now);
  return { ...desired, ...(nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }) };
};
const report = (failing: boolean, code?: string) => ({ worker: "w1", failing, failures: failing ? 10 : 0, ...(code ? { code } : {}) });
const seen = (worker: string, failures: number) => ({ worker, failing: false, failures, code: "REFUSED" });
const by = "A. Bianchi";

describe("a system without settings", () => {
  test("is open without a limit, and nothing is looked at again", () => {
    expect(at(gate())).toEqual({ gate: "open" });
  });
});

describe("the calendar", () => {
  test("closes the gate until the system opens, and is looked at again then", () => {
    const opens = "2026-11-23T07:00:00.000Z";
    expect(at(gate(office), night)).toEqual({ gate: "closed", rate: 0, reason: "outside opening hours", until: opens, nextAt: opens });
    expect(at(gate(office), Date.parse(opens))).toEqual({ gate: "open", nextAt: "2026-11-23T19:00:00.000Z" });
  });

  test("opens the gate at the system's rate", () => {
    expect(at(gate({ rate: 10 }))).toEqual({ gate: "open", rate: 10, reason: "the system's rate" });
  });
});

describe("an operator", () => {
  test("closes an open gate until an instant, with reason and name; then the calendar counts again", () => {
    const until = "2026-11-23T12:00:00.000Z";
    const closed = close(gate(office), { until, reason: "disk full", by }, t0);
    expect(at(closed)).toEqual({ gate: "closed", rate: 0, reason: "closed by A. Bianchi: disk full", until, nextAt: until });
    const { state, desired } = decide(closed, Date.parse(until));
    expect(desired).toEqual({ gate: "open" });
    expect(state.closed).toBeUndefined();
  });

  test("closes a gate until somebody opens it, whatever the calendar says", () => {
    const closed = close(gate(office), { reason: "audit", by }, t0);
    expect(at(closed, t0 + 7 * 86_400_000)).toEqual({ gate: "closed", rate: 0, reason: "closed by A. Bianchi: audit" });
    expect(at(open(closed, { by }, t0))).toMatchObject({ gate: "open" });
  });

  test("opens at a rate, which stays through a night", () => {
    const opened = open(gate({ ...office, rate: 10 }), { rate: 3, by }, t0);
    expect(at(opened)).toMatchObject({ gate: "open", rate: 3, reason: "rate set by A. Bianchi" });
    const tomorrow = decide(decide(opened, t0 + 12 * 3_600_000).state, t0 + 24 * 3_600_000);
    expect(tomorrow.desired).toMatchObject({ gate: "open", rate: 3 });
    expect(at(open(opened, { by }, t0))).toMatchObject({ rate: 10 });
  });

  test("opens slowly: the rate doubles at each step up to the one given, and failures then lead to canaries", () => {
    const opened = open(close(gate(), { reason: "audit", by }, t0), { rate: 10, ramp: true, by }, t0);
    expect(at(opened)).toMatchObject({ gate: "open", rate: 2, reason: "opened slowly by A. Bianchi: the rate doubles at each step" });
    expect([5_000, 10_000, 15_000].map((ms) => at(opened, t0 + ms).rate)).toEqual([4, 8, 10]);
    expect(at(heard(opened, report(true), t0), t0)).toMatchObject({ gate: "trickle" });
  });

  test("opens although the calendar says closed, until the calendar changes next", () => {
    const opened = open(gate(office), { by }, night);
    expect(at(opened, night)).toEqual({ gate: "open", nextAt: "2026-11-23T07:00:00.000Z" });
    const evening = Date.parse("2026-11-23T19:00:00Z");
    const morning = decide(opened, Date.parse("2026-11-23T07:00:00Z")).state;
    expect(at(morning, evening)).toMatchObject({ gate: "closed", reason: "outside opening hours" });
    expect(at(opened, evening)).toMatchObject({ gate: "closed" });
  });
});

describe("failures in a row", () => {
  const careful = { trickle: { after: 5, every: "PT30S", rampFrom: 1, step: "PT10S" } };

  test("let single canaries through, and say why", () => {
    const failing = heard(gate(careful), report(true, "REFUSED"), t0);
    expect(at(failing)).toEqual({ gate: "trickle", rate: 1 / 30, reason: "failing (REFUSED): one call each 30 s until one succeeds" });
    expect(heard(failing, report(true), t0 + 1_000)).toBe(failing);
  });

  test("end with the first canary that succeeds: the rate doubles at each step until there is no limit", () => {
    let state = heard(heard(gate(careful), report(true), t0), report(false), t0);
    const rates: (number | undefined)[] = [];
    for (let step = 0; step <= 6; step++) {
      const decision = decide(state, t0 + step * 10_000);
      state = decision.state;
      rates.push(decision.desired.rate);
      expect(decision.nextAt).toBe(step < 6 ? t0 + (step + 1) * 10_000 : undefined);
    }
    expect(rates).toEqual([1, 2, 4, 8, 16, 32, undefined]);
    expect(state.health).toEqual({ mode: "well" });
  });

  test("the rate rises to the system's own", () => {
    const state = heard(heard(gate({ ...careful, rate: 3 }), report(true), t0), report(false), t0);
    expect([0, 10_000, 20_000].map((ms) => at(state, t0 + ms).rate)).toEqual([1, 2, 3]);
  });

  test("while the rate rises lead back to canaries", () => {
    const state = heard(heard(gate(careful), report(true), t0), report(false), t0);
    expect(at(heard(state, report(true), t0 + 15_000), t0 + 15_000)).toMatchObject({ gate: "trickle", rate: 1 / 30 });
  });

  test("do not open a gate at night, and are not forgotten in the morning", () => {
    const failing = heard(gate({ ...office, ...careful }), report(true), night);
    expect(at(failing, night)).toMatchObject({ gate: "closed", reason: "outside opening hours" });
    expect(at(failing, t0)).toMatchObject({ gate: "trickle", nextAt: "2026-11-23T19:00:00.000Z" });
  });

  test("are forgotten when an operator opens", () => {
    expect(at(open(heard(gate(careful), report(true), t0), { by }, t0))).toEqual({ gate: "open" });
  });

  test("count over all workers together, and a success that any of them sees ends the row", () => {
    const three = heard(gate(careful), seen("w1", 3), t0);
    expect(at(three)).toEqual({ gate: "open" });
    expect(at(heard(three, seen("w1", 4), t0))).toEqual({ gate: "open" });
    expect(at(heard(three, seen("w2", 2), t0))).toMatchObject({ gate: "trickle", reason: expect.stringContaining("(REFUSED)") });
    const ended = heard(three, { worker: "w3", failing: false, failures: 0 }, t0);
    expect(at(heard(ended, seen("w2", 4), t0))).toEqual({ gate: "open" });
  });

  test("of a worker that has told nothing for a minute, and may be dead, do not count", () => {
    const later = t0 + 61_000;
    expect(at(heard(heard(gate(careful), seen("w1", 3), t0), seen("w2", 3), later), later)).toEqual({ gate: "open" });
  });

  test("never go faster than an operator's rate", () => {
    const opened = open(gate(careful), { rate: 0.01, by }, t0);
    expect(at(heard(opened, report(true), t0))).toMatchObject({ gate: "trickle", rate: 0.01 });
  });
});

describe("a misconfigured system", () => {
  test("is closed until an operator opens it, over calendar and health", () => {
    const state = misconfigured(gate(office), "LOGIN: log-in refused", t0);
    expect(at(state, t0 + 86_400_000)).toEqual({ gate: "closed", rate: 0, reason: "misconfigured: LOGIN: log-in refused" });
    expect(at(heard(state, report(false), t0))).toMatchObject({ gate: "closed" });
    expect(at(open(state, { by }, t0))).toMatchObject({ gate: "open" });
  });

  test("stays closed when an operator's closing is over", () => {
    const state = close(misconfigured(gate(), "TLS", t0), { until: "2026-11-23T10:00:00.000Z", reason: "r", by }, t0);
    expect(at(state)).toMatchObject({ reason: "closed by A. Bianchi: r" });
    expect(at(state, t0 + 7_200_000)).toEqual({ gate: "closed", rate: 0, reason: "misconfigured: TLS" });
  });
});

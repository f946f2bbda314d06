import { describe, expect, test } from "@jest/globals";
import { Case } from "./case.ts";
import { newState } from "./new-state.ts";
import { type Ahead, type Runtime, Stopped } from "./runtime.ts";
import { Strand } from "./strand.ts";
import { overlay, pass } from "./testing.ts";

const opened = {
  service: pass,
  overlay,
  version: "0".repeat(64),
  receipt: { number: "MILANO-2026-000001", at: "2026-03-02T10:00:00Z" },
};

/** A case between two steps, whose ledger says this. */
function aStrand(ahead: Ahead, shortWay: Record<string, number> | undefined = {}) {
  const asked: number[] = [];
  const runtime = {
    now: () => Date.parse("2026-03-02T10:00:00Z"),
    wait: async (ready: () => boolean) => {
      if (!ready()) throw new Error("the case waits for something that never comes");
      return "ready" as const;
    },
    after: () => () => undefined,
    publish: async () => undefined,
    lookAhead: async (fence: number) => {
      asked.push(fence);
      return ahead;
    },
  } as unknown as Runtime;
  const state = newState("case-1", { request: {}, channel: "test" }, { ...opened, ...(shortWay ? { shortWay } : {}) });
  const c = new Case(state, runtime);
  return { c, strand: new Strand(c), asked, stop: () => (state.stop = { kind: "withdrawn", by: "applicant", at: c.now() }) };
}

describe("a stop between two steps", () => {
  test("takes effect at once when the case knows all that was done", async () => {
    const { c, strand, asked, stop } = aStrand({ keys: ["case-1/registration", "case-1/fee~2", "case-1/fee.undo"], closed: false });
    c.finished("registration", "done");
    c.finished("fee", "done");
    expect(strand.checkpoint()).toBeUndefined();
    stop();
    await expect(strand.checkpoint()).rejects.toThrow(Stopped);
    expect(asked).toEqual([1]);
    expect(c.state.shortWay?.fence).toBe(1);
  });

  test("waits until the case has done again what a lost run of it had done, and asks only once", async () => {
    const { c, strand, asked, stop } = aStrand({ keys: ["case-1/registration", "case-1/fee"], closed: false });
    stop();
    await strand.checkpoint();
    c.started("registration");
    c.finished("registration", "done");
    await strand.checkpoint();
    c.started("fee");
    c.finished("fee", "done");
    await expect(strand.checkpoint()).rejects.toThrow(Stopped);
    expect(asked).toEqual([1]);
  });

  test("comes too late for a case whose end was published", async () => {
    const { strand, stop } = aStrand({ keys: [], closed: true });
    stop();
    await strand.checkpoint();
    await strand.checkpoint();
  });

  test("asks nothing in a case that never takes the short way", async () => {
    const { c, strand, asked, stop } = aStrand({ keys: ["case-1/registration"], closed: false });
    delete c.state.shortWay;
    stop();
    await expect(strand.checkpoint()).rejects.toThrow(Stopped);
    expect(asked).toEqual([]);
  });
});

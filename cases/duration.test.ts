import { describe, expect, test } from "@jest/globals";
import { configured, durationMs } from "./duration.ts";
import type { CaseState } from "./state.ts";

const state = {
  service: { service: "pass" },
  overlay: { durations: { "pass.paid": "PT1S", "pass.decision/notice.within": "PT2S" } },
} as unknown as CaseState;

describe("a duration", () => {
  test("is read in days, hours, minutes and seconds", () => {
    expect(durationMs("P1DT2H3M4S")).toBe(93_784_000);
    expect(() => durationMs("1 day")).toThrow(TypeError);
  });

  test("is the overlay's where it names one, for the interval of a wait and the time of a question", () => {
    expect(configured(state, "paid", "PT15M")).toBe("PT1S");
    expect(configured(state, "decision/notice.within", "P10D")).toBe("PT2S");
    expect(configured(state, "paid.within", "P30D")).toBe("P30D");
  });
});

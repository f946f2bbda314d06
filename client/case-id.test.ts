import { describe, expect, test } from "@jest/globals";
import { isCaseId, isServiceId, newCaseId, serviceOfCase } from "./case-id.ts";

describe("a case id", () => {
  test("is service, day and ten characters that are not mistaken for each other", () => {
    const id = newCaseId("disabled-parking-pass", new Date("2026-11-22T23:59:59Z"));
    expect(id).toMatch(/^disabled-parking-pass-20261122-[0-9a-hjkmnp-tv-z]{10}$/);
    expect(isCaseId(id)).toBe(true);
    expect(serviceOfCase(id)).toBe("disabled-parking-pass");
  });

  test("differs each time", () => {
    expect(new Set(Array.from({ length: 2_000 }, () => newCaseId("pass"))).size).toBe(2_000);
  });

  test("is refused for what is no service, and recognised only in its own form", () => {
    for (const service of ["", "Pass", "a/b", "a--b", "-a", "a-", "x".repeat(61)]) {
      expect(isServiceId(service)).toBe(false);
      expect(() => newCaseId(service)).toThrow(RangeError);
    }
    for (const id of ["pass", "pass-20261122", "pass-20261122-0123456789/x", "pass-20261122-012345678i"]) expect(isCaseId(id)).toBe(false);
  });
});

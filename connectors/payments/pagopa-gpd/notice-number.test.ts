import { describe, expect, test } from "@jest/globals";
import { checkDigits, isNoticeNumber, noticeNumber } from "./notice-number.ts";

describe("the notice number", () => {
  test.each([
    ["02", 1_000_000_194n, "302000100000019414"],
    ["02", 123n, "302000000000012320"],
    ["01", 1n, "301000000000000144"],
    ["00", 1n, "300000000000000104"],
  ])("of segregation code %s and sequence %s is %s, as verified", (segregation, sequence, nav) => {
    expect(noticeNumber(segregation, sequence)).toEqual({ nav, iuv: nav.slice(1) });
    expect(isNoticeNumber(nav)).toBe(true);
  });

  test("the sample 302000100000019421 that circulates is not valid", () => {
    expect(isNoticeNumber("302000100000019421")).toBe(false);
  });

  test("keeps the leading zero of the check digits", () => {
    expect(checkDigits("3000000000000001")).toBe("04");
  });

  test("is unlike its neighbour's for each of a thousand numbers, and always 18 digits", () => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => noticeNumber("47", BigInt(index + 1)).nav);
    expect(new Set(numbers).size).toBe(1_000);
    expect(numbers.every((nav) => isNoticeNumber(nav))).toBe(true);
  });

  test("refuses a sequence that has no more than thirteen digits left", () => {
    expect(noticeNumber("47", 9_999_999_999_999n).nav).toHaveLength(18);
    expect(() => noticeNumber("47", 10_000_000_000_000n)).toThrow("used up");
    expect(() => noticeNumber("47", 0n)).toThrow("used up");
  });
});

import { describe, expect, test } from "@jest/globals";
import { median, medianInterval, quantile, ratioOf } from "./ratio.ts";

describe("a ratio of alternating pairs", () => {
  test("is the median of the rounds' own ratios, so a slow round hits both sides", () => {
    expect(ratioOf([11, 220, 33], [10, 200, 10])).toMatchObject({ median: 1.1, pairs: 3 });
  });

  test("has an interval from the second to the eighth of nine values", () => {
    expect(medianInterval([9, 1, 8, 2, 7, 3, 6, 4, 5])).toEqual([2, 8]);
  });

  test("gives the whole range where too few values allow no certainty", () => {
    expect(medianInterval([3, 1, 2])).toEqual([1, 3]);
  });

  test("refuses rounds that do not pair up", () => {
    expect(() => ratioOf([1], [1, 2])).toThrow(RangeError);
  });
});

describe("a quantile", () => {
  test("lies between the two nearest values", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(median([5])).toBe(5);
    expect(quantile([1, 2, 3], 1)).toBe(3);
  });

  test("of nothing is refused", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

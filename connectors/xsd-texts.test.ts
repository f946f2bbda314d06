import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { compareDecimals, oneOf, within, XsdBase64, XsdDate, XsdDateTime, XsdDecimal, XsdDuration, XsdInteger } from "./xsd-texts.ts";

describe("texts of XSD", () => {
  test.each<[string, z.ZodType, string[], string[]]>([
    ["dates", XsdDate, ["2026-11-22", "2026-11-22Z", "2026-11-22+01:00"], ["2026-13-01", "22/11/2026", "2026-1-1", ""]],
    ["instants", XsdDateTime, ["2026-11-22T09:30:00", "2026-11-22T09:30:00.123Z"], ["2026-11-22", "2026-11-22 09:30:00"]],
    ["decimals", XsdDecimal, ["0", "-12.50", "+.5", "12345678901234567890.01"], ["", ".", "1e5", "1,5"]],
    ["integers", XsdInteger, ["9007199254740993", "-1"], ["1.0", ""]],
    ["durations", XsdDuration, ["P3D", "-P1Y2M3DT4H5M6.7S", "PT1S"], ["P", "PT", "3D"]],
    ["base64", XsdBase64, ["", "RGFyc2VuYQ=="], ["RGF", "R GFy"]],
  ])("%s are taken as they are written", (_, schema, right, wrong) => {
    expect(right.filter((text) => !schema.safeParse(text).success)).toEqual([]);
    expect(wrong.filter((text) => schema.safeParse(text).success)).toEqual([]);
  });

  test("decimals are compared digit by digit", () => {
    expect(compareDecimals("9007199254740993", "9007199254740992")).toBe(1);
    expect(compareDecimals("1.50", "1.5")).toBe(0);
    expect(compareDecimals("-0.5", ".5")).toBe(-1);
    const money = XsdDecimal.refine(...within({ fractionDigits: 2, min: "0.01", below: "100" }));
    expect(["0.01", "99.99", "1.500"].every((text) => money.safeParse(text).success)).toBe(true);
    expect(["0", "100", "1.555"].some((text) => money.safeParse(text).success)).toBe(false);
    expect(money.safeParse("0").error?.issues[0]?.message).toContain("fractionDigits 2");
  });

  test("a choice takes exactly one whole branch", () => {
    const members = { id: z.string().optional(), name: z.string().optional(), born: z.string().optional() };
    const schema = z.strictObject(members).refine(...oneOf("required", ["id"], ["name", "born?"]));
    const takes = (value: object) => schema.safeParse(value).success;
    expect([takes({ id: "1" }), takes({ name: "n" }), takes({ name: "n", born: "b" })]).toEqual([true, true, true]);
    expect([takes({}), takes({ id: "1", name: "n" }), takes({ born: "b" })]).toEqual([false, false, false]);
    const optional = z.strictObject(members).refine(...oneOf("optional", ["id"], ["name"]));
    expect([optional.safeParse({}).success, optional.safeParse({ id: "1", name: "n" }).success]).toEqual([true, false]);
  });

  test("branches that share a member are told apart by the others", () => {
    const schema = z
      .strictObject({ key: z.string().optional(), a: z.string().optional(), b: z.string().optional() })
      .refine(...oneOf("required", ["key", "a"], ["key", "b"]));
    expect(schema.safeParse({ key: "k", a: "1" }).success).toBe(true);
    expect(schema.safeParse({ key: "k" }).success).toBe(false);
    expect(schema.safeParse({ key: "k", a: "1", b: "2" }).success).toBe(false);
  });
});

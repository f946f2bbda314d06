import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { linear } from "../xsd-texts.ts";
import { isAmbiguous, parsePattern, PatternRefused, sampleOf, toJavaScript, toLinear } from "./xsd-pattern.ts";

const matcher = (pattern: string) => new RegExp(`^(?:${toJavaScript(parsePattern(pattern))})$`, "u");

describe("patterns of XSD", () => {
  test.each<[pattern: string, right: string[], wrong: string[]]>([
    ["[A-Z]{2}[0-9]{3}[A-Z]{2}", ["AB123CD"], ["AB123C", "xAB123CD", "ab123cd"]],
    ["a|b|", ["a", "b", ""], ["ab"]],
    ["(\\d)+", ["0", "٣"], ["", "x"]],
    ["[a-z-[aeiou]]{3}", ["bcd"], ["bad"]],
    ["[^-0-9]+", ["ab"], ["1", "-"]],
    ["[\\i-[:]][\\c-[:]]*", ["name", "_n-1"], ["1n", "a:b"]],
    ["\\p{Lu}\\p{IsBasicLatin}*", ["Àbc"], ["Èàb", "abc"]],
    ["a{2,}b?", ["aa", "aaab"], ["a", "aabb"]],
    ["(ab){1,2}c*", ["ab", "ababc"], ["", "ababab"]],
    [".\\.", ["x."], ["\n.", "xx"]],
    ["[a\\]\\-^]+", ["a]-^"], ["b"]],
    ["^a$", ["^a$"], ["a"]],
    ["[+\\-]?\\$/", ["$/", "-$/"], ["/"]],
    ["\\s\\S\\w\\W", [" aa-"], ["aaaa"]],
  ])("%s matches what it should and nothing else", (pattern, right, wrong) => {
    const expression = matcher(pattern);
    expect(right.filter((text) => !expression.test(text))).toEqual([]);
    expect(wrong.filter((text) => expression.test(text))).toEqual([]);
  });

  test.each<[pattern: string, ambiguous: boolean]>([
    ["(\\d)+", false],
    ["([a-z]+)*", true],
    ["(a|b)*", true],
    ["([A-Z]{2})*[0-9]*", false],
    ["(a?b){2}", false],
    ["((a|b){3})+", true],
    ["(x+x+)+y", true],
  ])("%s is ambiguous: %s", (pattern, ambiguous) => {
    expect(isAmbiguous(parsePattern(pattern))).toBe(ambiguous);
  });

  test("an ambiguous pattern is checked in linear time", () => {
    const source = toLinear(parsePattern("([\\p{L}\\-\u009e/]+ ?)*")) ?? "";
    const schema = z.string().refine(...linear(source));
    expect(schema.safeParse("Nicolò d-Este").success).toBe(true);
    expect(schema.safeParse(`${"a".repeat(50_000)}!`).success).toBe(false);
    expect(toLinear(parsePattern("([a-z-[aeiou]]+)*"))).toBeUndefined();
  });

  test.each(["(?!a)b", "(a", "a)", "[a", "a{x}", "*a", "\\p{IsKlingon}", "\\y", "[b-a]"])("%s is refused", (pattern) => {
    expect(() => toJavaScript(parsePattern(pattern))).toThrow(PatternRefused);
  });

  test.each(["[A-Z]{2}[0-9]{3}[A-Z]{2}", "[a-z-[aeiou]]{3}", "(x|y)+z{2}", "\\p{L}{6}\\d\\d", "[àèì]+", "\\S[\\S|\\s]*"])(
    "%s has a sample that it matches",
    (pattern) => {
      for (const stretch of [0, 1, 4]) expect(matcher(pattern).test(sampleOf(parsePattern(pattern), stretch) ?? "\0")).toBe(true);
    },
  );
});

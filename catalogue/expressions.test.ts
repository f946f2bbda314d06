import { describe, expect, test } from "@jest/globals";
import type { Json } from "../connectors/json.ts";
import { compile, condition, evaluate, fill, type Scope, split } from "./expressions.ts";

const scope: Scope = {
  request: { amount: 2.5, count: 3, kind: "new", list: [1, 2], owner: { name: "X" } },
  steps: { fines: { items: [] } },
  vars: {},
};
const code = (run: () => unknown): string => {
  try {
    run();
    return "no error";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("values come out as plain JSON", () => {
  test.each([
    ["size(request.list)", 2],
    ["request.amount * 2", 5],
    ["request.count + 1", 4],
    ['{"a": request.owner, "b": [1, "x"]}', { a: { name: "X" }, b: [1, "x"] }],
    ["vars.?proposal", undefined],
    ['vars.?proposal.orValue("none")', "none"],
    ["has(steps.fee)", false],
    ['timestamp("2026-01-01T00:00:00Z")', "2026-01-01T00:00:00.000Z"],
    ['dateAfter("2026-11-22T23:30:00Z", 30)', "2026-12-23"],
    ['like(request.kind, "n.w")', true],
  ])("%s", (source, value) => {
    expect(evaluate(source, scope)).toEqual(value);
  });

  test.each<[Json]>([
    [null],
    ["text"],
    [""],
    [0],
    [-1.5],
    [1e300],
    [true],
    [[]],
    [{}],
    [[{ a: [null, 1] }]],
    [{ "odd key": { $: "x" } }],
    [{ __proto__x: 1 }],
  ])("${x} with x = %j gives it back", (value) => {
    expect(fill("${x}", { x: value })).toEqual(value);
  });
});

describe("errors have a code and never hang", () => {
  test("an absent key", () => expect(code(() => evaluate("request.nope", scope))).toBe("no_such_key"));
  test("matches is refused, in any place", () => expect(code(() => compile('[1].all(x, "a".matches("^(a+)+$"))'))).toBe("matches_refused"));
  test("a condition that is no condition", () => expect(code(() => condition("request.kind", scope))).toBe("not_a_condition"));
  test("an integer beyond 2^53", () => expect(code(() => evaluate("9007199254740993", scope))).toBe("unsafe_integer"));
  test("a nested quantifier in like is linear", () => expect(evaluate(`like("${"a".repeat(5_000)}!", "^(a+)+$")`, scope)).toBe(false));
});

describe("texts with expressions", () => {
  test("inside a longer text the value is text", () =>
    expect(fill("Case ${request.kind}, ${request.count} times", scope)).toBe("Case new, 3 times"));
  test("braces and quotes inside an expression are understood", () =>
    expect(split('a ${{"k": "}"}.k} b').map((part) => part.expression)).toEqual([undefined, '{"k": "}"}.k', undefined]));
  test("an absent value vanishes with its key", () => expect(fill({ a: "${vars.?x}", b: 1 }, scope)).toEqual({ b: 1 }));
  test("an object inside a text is an error", () => expect(code(() => fill("x ${request.owner}", scope))).toBe("not_text"));
  test("an expression that is never closed", () => expect(code(() => fill("x ${request", scope))).toBe("unclosed"));
});

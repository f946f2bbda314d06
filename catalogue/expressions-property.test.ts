/** For every JSON value v, `${x}` with x = v gives v; DARSENA_PROPERTY_SEED repeats one seed. */
import { describe, expect, test } from "@jest/globals";
import { randomJson } from "../cases/simulation/random-json.ts";
import { Random } from "../cases/simulation/random.ts";
import type { Json } from "../connectors/json.ts";
import { evaluate, fill } from "./expressions.ts";
import { canonicalJson, ExpressionError } from "./json-value.ts";

const RUNS = Number(process.env["DARSENA_PROPERTY_RUNS"] ?? 5_000);
const seeds = process.env["DARSENA_PROPERTY_SEED"]
  ? [process.env["DARSENA_PROPERTY_SEED"]]
  : Array.from({ length: RUNS }, (_, index) => `json-${index}`);

/** By their text: jest compares objects by their `constructor` too, which may be a member here. */
const expectJson = (found: Json | undefined, expected: Json) =>
  expect(canonicalJson(found === undefined ? "nothing" : found)).toBe(canonicalJson(expected));

/** Runs the check for each seed; what fails names its seed. */
function forEachSeed(check: (value: Json, random: Random) => void): void {
  for (const seed of seeds) {
    const random = new Random(seed);
    try {
      check(randomJson(random), random);
    } catch (error) {
      throw new Error(`with DARSENA_PROPERTY_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

describe("any JSON in an expression", () => {
  test("comes out as it went in", () => {
    forEachSeed((x) => expectJson(fill("${x}", { x }), x));
  });

  test("comes out of a list, a map, a choice and an optional as it went in", () => {
    forEachSeed((x) => {
      const scope = { x, holder: { member: x }, several: [x] };
      expectJson(fill(["${[x][0]}", "${{'k': x}.k}", "${true ? dyn(x) : dyn(0)}"], scope), [x, x, x]);
      expectJson(fill(["${holder.member}", "${holder.?member}", "${several[0]}", "${several}"], scope), [x, x, x, [x]]);
    });
  });

  test("gives a result or an ExpressionError, whatever is asked of it", () => {
    const sources = [
      "x.a",
      "x.?a",
      "x.?a.?constructor.orValue(1)",
      "has(x.a)",
      "x[0]",
      "size(x)",
      "x + x",
      "x == x",
      "x in [x]",
      "x.all(i, i == i)",
      "string(x)",
      "x < 1",
      "!x",
      "x ? 1 : 2",
      "x.map(i, i)",
      "like(x, x)",
    ];
    forEachSeed((x, random) => {
      try {
        const value = evaluate(random.pick(sources), { x });
        if (value !== undefined) JSON.parse(JSON.stringify(value));
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError);
      }
    });
  });

  test("an object with a key `constructor` is read like any other", () => {
    const x: Json = { constructor: { deep: [1] }, other: 2 };
    const sources = [
      "${x.constructor.deep[0]}",
      "${has(x.constructor)}",
      "${x.?other}",
      "${x.?none.orValue(3)}",
      "${'other' in x}",
      "${x}",
    ];
    expectJson(fill(sources, { x }), [1, true, 2, 3, true, x]);
  });
});

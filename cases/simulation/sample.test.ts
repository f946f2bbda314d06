import { describe, expect, test } from "@jest/globals";
import { schemaOf, typeNames } from "../../catalogue/fields.ts";
import { operationById, operationIds } from "../../connectors/contracts.ts";
import { Random } from "./random.ts";
import { sample } from "./sample.ts";

const today = "2026-03-02";

describe.each(["least", "any"] as const)("a sample with %s parts", (parts) => {
  test.each(operationIds())("of what %s gives and takes fits the contract", (id) => {
    const operation = operationById(id);
    for (let seed = 0; seed < 50; seed++) {
      const random = new Random(seed);
      for (const schema of [operation?.output, operation?.input])
        expect(schema?.safeParse(sample(schema, random, { parts, today })).error).toBeUndefined();
    }
  });

  test.each(typeNames)("of the type %s fits it", (type) => {
    for (let seed = 0; seed < 50; seed++)
      expect(schemaOf(type).safeParse(sample(schemaOf(type), new Random(seed), { parts, today })).error).toBeUndefined();
  });
});

test("the same seed gives the same sample, and a system repeats what it was asked", () => {
  const { output } = operationById("payments.createDebt") ?? {};
  const draw = (seed: number) => output && sample(output, new Random(seed), { parts: "least", today, echo: { amount: 1234 } });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1)).toMatchObject({ debt: { amount: 1234 } });
});

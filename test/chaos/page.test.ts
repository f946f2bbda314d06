import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { intoPage, sumOf } from "./page.ts";
import type { RoundResult } from "./run.ts";

const { rounds } = JSON.parse(readFileSync("docs/figures/chaos.json", "utf8")) as { rounds: RoundResult[] };

test("docs/reliability.md shows the figures of the recorded run", () => {
  const page = readFileSync("docs/reliability.md", "utf8");
  expect(intoPage(page, sumOf(rounds))).toBe(page);
});

test("a page without a place for them is refused", () => {
  expect(() => intoPage("# Reliability\n", sumOf(rounds))).toThrow(/no place for the figures/);
});

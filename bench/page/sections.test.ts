import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, figuresOf, keptResult, sections, withFigures } from "./sections.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs", "benchmarks.md"), "utf8");
const kept = readdirSync(join(root, "bench", "results")).map((file) => file.replace(/\.json$/, "") as Bench);

describe("the page of benchmarks", () => {
  test.each(Object.keys(sections) as Bench[])("has a place for the figures of %s", (bench) => {
    expect(withFigures(page, bench, "NEW FIGURES")).toContain(`<!-- figures of ${bench} -->\n\nNEW FIGURES\n\n<!-- end of`);
  });

  test.each(kept)("shows the kept result of %s", (bench) => {
    const result = keptResult(root, bench);
    expect(result).toBeDefined();
    expect(withFigures(page, bench, figuresOf(bench, result as never))).toBe(page);
  });

  test("keeps results of the language and of the check", () => expect(kept).toEqual(expect.arrayContaining(["check", "language"])));

  test("refuses a page without a place for figures", () => expect(() => withFigures("# Benchmarks\n", "check", "x")).toThrow(/no place/));
});

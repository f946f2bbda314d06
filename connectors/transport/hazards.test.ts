import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const page = readFileSync(join(import.meta.dirname, "../../docs/transport.md"), "utf8");
const table = page.slice(page.indexOf("## Hazards"), page.indexOf("## Fuzzing"));
const rows = [...table.matchAll(/^\| (.+?) \| .+? \| ([\w.-]+\.test\.ts): (.+?) \|$/gm)].map(
  ([, hazard = "", file = "", name = ""]) => [hazard, file, name] as const,
);

/** Where a test file lies, in this folder or one below. */
const found = (file: string) =>
  [
    import.meta.dirname,
    ...readdirSync(import.meta.dirname, { withFileTypes: true }).flatMap((one) =>
      one.isDirectory() ? join(import.meta.dirname, one.name) : [],
    ),
  ]
    .map((folder) => join(folder, file))
    .find(existsSync);

describe("the table of hazards", () => {
  test("has a proof in each row", () => {
    expect(rows.length).toBe(table.split("\n").filter((line) => line.startsWith("| ")).length - 1);
    expect(rows.length).toBeGreaterThan(40);
  });

  test.each(rows)("%s: %s has the test named", (_, file, name) => {
    const path = found(file);
    expect(path).toBeDefined();
    expect(readFileSync(path as string, "utf8")).toContain(name);
  });
});

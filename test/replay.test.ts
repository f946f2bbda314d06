/** Running cases survive a new build only if it replays what earlier builds recorded: test/histories/, made by `npm run record-histories`. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { replay } from "./replaying.ts";

const recorded = join(process.cwd(), "test", "histories");
const names = readdirSync(recorded)
  .filter((file) => file.endsWith(".json"))
  .map((file) => basename(file, ".json"));

describe("a recorded history", () => {
  let results: Map<string, string | undefined>;
  beforeAll(async () => {
    results = await replay(recorded);
  }, 120_000);

  test.each(names)("of %s is replayed by this build", (name) => {
    expect(results.has(name)).toBe(true);
    expect(results.get(name)).toBeUndefined();
  });

  test("holds no name of the machine that recorded it", () => {
    for (const name of names) expect(readFileSync(join(recorded, `${name}.json`), "utf8")).not.toMatch(/"\d+@/);
  });
});

describe("a history that this build would have written otherwise", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "darsena-replay-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is noticed", async () => {
    const file = join(folder, "granted.json");
    cpSync(join(recorded, "granted.json"), file);
    writeFileSync(file, readFileSync(file, "utf8").replace('"registry.findResident"', '"tax.openFines"'));
    expect((await replay(folder)).get("granted")).toMatch(/Nondeterminism|determinism/i);
  }, 60_000);
});

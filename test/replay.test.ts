/** Running cases survive a new build only if it replays what earlier builds recorded: test/histories/, made by `npm run record-histories`. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const recorded = join(process.cwd(), "test", "histories");
const names = readdirSync(recorded)
  .filter((file) => file.endsWith(".json"))
  .map((file) => basename(file, ".json"));

/** The error of each history that does not replay, by name; undefined for one that does. */
async function replay(folder: string): Promise<Map<string, string | undefined>> {
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/test/replay-main.js", folder], {
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: 16 << 20,
  });
  // The SDK's core writes its own lines between.
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return new Map(lines.map((line) => JSON.parse(line) as { name: string; error?: string }).map(({ name, error }) => [name, error]));
}

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

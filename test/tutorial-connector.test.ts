/** docs/tutorial-connector.md is true: its files are saved and its commands run, in order, in a copy of the project. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./house/imports.ts";

type Act = { save: string; text: string } | { run: string; code: number };

const page = readFileSync(join(root, "docs", "tutorial-connector.md"), "utf8");

/** What the page tells its reader to do, in order: files after "Save as", and the lines of its shell blocks. */
function actsOf(text: string): Act[] {
  return [...text.matchAll(/(?:Save as `([^`]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(
    ([, file, language, content = ""]): Act[] => {
      if (file !== undefined) return [{ save: file, text: content }];
      if (language !== "sh") return [];
      return content
        .trim()
        .split("\n")
        .map((line) => ({ run: line, code: Number(/# exit code (\d)$/.exec(line)?.[1] ?? 0) }));
    },
  );
}

const copy = mkdtempSync(join(tmpdir(), "darsena-tutorial-"));
const left = new Set(["node_modules", ".git", ".darsena"]);
const printed: string[] = [];

beforeAll(() => {
  for (const name of readdirSync(root))
    if (!left.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs one line as a reader does, `npx darsena` being the copy's own command. */
function perform(line: string) {
  const own = line.replace(/^npx darsena /, `node ${join("bin", "darsena.js")} `);
  const env = { ...process.env, NO_COLOR: "1", NODE_OPTIONS: "" };
  return spawnSync("sh", ["-c", own], { cwd: copy, encoding: "utf8", env, timeout: 240_000 });
}

test("the tutorial's files and commands do what it says", () => {
  const acts = actsOf(page);
  expect(acts.filter((act) => "run" in act).length).toBeGreaterThanOrEqual(8);
  expect(acts.filter((act) => "save" in act).length).toBe(3);
  for (const act of acts) {
    if ("save" in act) {
      mkdirSync(dirname(join(copy, act.save)), { recursive: true });
      writeFileSync(join(copy, act.save), act.text);
      continue;
    }
    const { status, stdout, stderr } = perform(act.run);
    printed.push(stdout);
    expect({ line: act.run, status, told: status === act.code ? "" : `${stdout}${stderr}` }).toEqual({
      line: act.run,
      status: act.code,
      told: "",
    });
  }
}, 600_000);

test("what the tutorial says was printed was printed", () => {
  const shown = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language, text = ""]) =>
    language === "" ? text.split("\n") : [],
  );
  const lines = shown.filter((line) => line.trim() !== "" && !line.includes("..."));
  const all = printed.join("\n");
  expect(lines.filter((line) => !all.includes(line))).toEqual([]);
});

test("the connector that it leaves compiles, and keeps the format and the house's rules", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } });
  const types = run(join("node_modules", "typescript", "bin", "tsc"), "--noEmit", "--incremental", "false");
  expect({ status: types.status, told: types.stdout }).toEqual({ status: 0, told: "" });
  const format = run(join("node_modules", "@biomejs", "biome", "bin", "biome"), "format", "connectors", "worker/simulators.ts");
  expect({ status: format.status, told: format.status === 0 ? "" : format.stdout + format.stderr }).toEqual({ status: 0, told: "" });
  const lint = run(join("node_modules", "oxlint", "bin", "oxlint"), "--deny-warnings", "connectors/parking-permits");
  expect({ status: lint.status, told: lint.status === 0 ? "" : lint.stdout }).toEqual({ status: 0, told: "" });
  expect(existsSync(join(copy, "connectors", "parking-permits", "soap", "notes.md"))).toBe(true);
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { startProcess } from "../../worker/embedded/server-process.ts";
import { KeptProcess, type StartLife } from "./kept-process.ts";

const folder = mkdtempSync(join(tmpdir(), "darsena-kept-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A life of a process that does what the text says. */
const life =
  (code: (life: number) => string): StartLife =>
  async (n, onSpawn) => {
    const log = join(folder, `${n}.${Math.random()}.log`);
    onSpawn(await startProcess({ name: "kept", file: process.execPath, args: ["-e", code(n)], log, env: { PATH: "" } }));
  };

const until = async (condition: () => boolean) => {
  while (!condition()) await pause(20);
};

test("a process that is killed is started again, and its end is not its own", async () => {
  const kept = new KeptProcess(
    "kept",
    life(() => "setTimeout(() => {}, 60_000)"),
  );
  await kept.begin();
  expect(kept.isReady()).toBe(true);
  expect(kept.kill(50)).toBe(true);
  await until(() => kept.lives === 2);
  await kept.stop();
  expect({ kills: kept.kills, own: kept.ownEnds, ready: kept.isReady() }).toEqual({ kills: 1, own: [], ready: false });
});

test("a process that ends by itself is told with its last lines, and started again", async () => {
  const kept = new KeptProcess(
    "kept",
    life((n) => (n === 1 ? "console.error('lost it'); process.exitCode = 3" : "setTimeout(() => {}, 60_000)")),
  );
  await kept.begin();
  await until(() => kept.lives === 2);
  await kept.stop();
  expect(kept.ownEnds).toEqual([expect.stringMatching(/^kept ended with exit code 3: lost it/)]);
});

test("the skewed clock moves every way of asking for the time, and leaves what was said as it is", () => {
  const code =
    "const at = new Date(); console.log(JSON.stringify([Date.now(), +at, at instanceof Date, +new Date(5), Date.parse('2026-01-01T00:00:00Z'), Date().slice(0, 3)]))";
  const preload = pathToFileURL(resolve("dist/test/chaos/skewed-clock.js")).href;
  const env = { DARSENA_TEST_CLOCK_OFFSET_MS: "-86400000" };
  const { stdout } = spawnSync(process.execPath, ["--import", preload, "-e", code], { env, encoding: "utf8" });
  const [now, made, isDate, given, parsed, day] = JSON.parse(stdout) as [number, number, boolean, number, number, string];
  const yesterday = Date.now() - 86_400_000;
  expect(Math.abs(now - yesterday)).toBeLessThan(60_000);
  expect(Math.abs(made - yesterday)).toBeLessThan(60_000);
  expect([isDate, given, parsed]).toEqual([true, 5, Date.UTC(2026, 0, 1)]);
  expect(day).toBe(new Date(yesterday).toString().slice(0, 3));
});

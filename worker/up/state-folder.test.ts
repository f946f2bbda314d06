import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { fromPs, seenProcess, stillLives } from "./process-table.ts";
import { FolderTaken, holdFolder } from "./state-folder.ts";

let folder = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "darsena-state-test-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process that ends on SIGTERM, or not even then. */
async function sleeper(deaf = false): Promise<ChildProcess & { pid: number }> {
  const script = `${deaf ? "process.on('SIGTERM', () => {});" : ""}setInterval(() => {}, 1000); process.stdout.write("up")`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child as ChildProcess & { pid: number };
}

const identity = (pid: number) => ({ pid, identity: seenProcess(pid)?.identity ?? "" });
const dead = { pid: 2 ** 22 - 1, identity: "never", startedAt: "2026-01-01T00:00:00Z" };
const write = (content: object) => writeFileSync(join(folder, "processes.json"), JSON.stringify(content));
const record = (name: string, of: { pid: number; identity: string }) => ({
  name,
  startedAt: "2026-01-01T00:00:00Z",
  stopSignal: "SIGTERM",
  ...of,
});

describe("the process table", () => {
  test("knows a process by more than its number, and a dead one not at all", async () => {
    const child = await sleeper();
    const seen = seenProcess(child.pid);
    expect(seen?.parent).toBe(process.pid);
    expect(stillLives({ pid: child.pid, identity: "another start" })).toBe(false);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(stillLives(identity(child.pid))).toBe(false);
  });

  test("works where there is no /proc", async () => {
    const child = await sleeper();
    expect(fromPs(child.pid)).toMatchObject({
      pid: child.pid,
      parent: process.pid,
      command: expect.stringContaining("setInterval") as unknown,
    });
    expect(fromPs(child.pid)?.identity).toBe(fromPs(child.pid)?.identity);
    expect(fromPs(dead.pid)).toBeUndefined();
  });
});

describe("a state folder", () => {
  test("belongs to one living command, and the refusal names it and the folder", async () => {
    const held = await holdFolder(folder, () => {});
    const second = holdFolder(folder, () => {});
    await expect(second).rejects.toThrow(FolderTaken);
    await expect(second).rejects.toThrow(new RegExp(`already runs on ${folder} \\(process ${process.pid}, since .*DARSENA_STATE`));
    held.release();
    (await holdFolder(folder, () => {})).release();
  });

  test("what a killed command left running is stopped, latest first and by force if need be, and it is said", async () => {
    const [polite, deaf] = [await sleeper(), await sleeper(true)];
    write({ command: dead, processes: [record("postgres", identity(polite.pid)), record("worker", identity(deaf.pid))] });
    const said: string[] = [];
    const held = await holdFolder(folder, (message) => said.push(message));
    expect(seenProcess(polite.pid)).toBeUndefined();
    expect(seenProcess(deaf.pid)).toBeUndefined();
    expect(said.join()).toMatch(new RegExp(`killed and left running: worker \\(${deaf.pid}\\), postgres \\(${polite.pid}\\)`));
    held.release();
  }, 20_000);

  test("a process that only has the number of a recorded one is left alone", async () => {
    const stranger = await sleeper();
    write({ command: dead, processes: [record("worker", { pid: stranger.pid, identity: "an earlier process of this number" })] });
    (await holdFolder(folder, () => {})).release();
    expect(seenProcess(stranger.pid)).toBeDefined();
  });

  test("a command whose npm was killed counts as left behind", async () => {
    const orphan = await sleeper();
    write({ command: { ...identity(orphan.pid), startedAt: dead.startedAt }, launcher: dead, processes: [] });
    (await holdFolder(folder, () => {})).release();
    expect(seenProcess(orphan.pid)).toBeUndefined();
  });

  test("a torn record does not stand in the way", async () => {
    writeFileSync(join(folder, "processes.json"), '{"command":');
    const held = await holdFolder(folder, () => {});
    held.started("worker", process.pid);
    expect(JSON.parse(readFileSync(join(folder, "processes.json"), "utf8"))).toMatchObject({
      processes: [{ name: "worker", pid: process.pid }],
    });
    held.release();
  });

  test("of several starts at once one gets the folder", async () => {
    write({ command: dead, processes: [] });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => holdFolder(folder, () => {})));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

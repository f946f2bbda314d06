/** `npm start` as a newcomer meets it: the first case, a second start, kills, taken ports, Ctrl-C. Ports are free ones, state is temporary. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { seenProcess, stillLives } from "../worker/up/process-table.ts";
import { suiteNeeding } from "./suite-needing.ts";

const ROOT = join(import.meta.dirname, "..");
const FREE = {
  DARSENA_GATEWAY_PORT: "0",
  DARSENA_TEMPORAL_PORT: "0",
  DARSENA_TEMPORAL_UI_PORT: "0",
  DARSENA_POSTGRES_PORT: "0",
  DARSENA_SIMULATOR_PORT_BASE: "0",
};

interface Start {
  readonly child: ChildProcess & { pid: number };
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code, or the signal. */
  readonly ended: Promise<number | string | null>;
  /** Resolves when a stream holds the text. */
  holds(text: string): Promise<void>;
}

let state = "";
const children: ChildProcess[] = [];

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), "darsena-up-test-"));
  // The database's own user must be able to enter.
  chmodSync(state, 0o755);
});
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const one of recorded()) if (stillLives(one)) process.kill(one.pid, "SIGKILL");
  rmSync(state, { recursive: true, force: true });
});

function start(args: string[], env: Record<string, string> = {}): Start {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "NODE_OPTIONS" && !name.startsWith("npm_")));
  const child = spawn(process.execPath, ["scripts/start.mjs", "--state", state, ...args], {
    cwd: ROOT,
    env: { ...inherited, ...FREE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  }) as ChildProcess & { pid: number };
  children.push(child);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  const holds = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (out + err).includes(text) && resolve();
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      void ended.then((code) => reject(new Error(`ended (${code}) without "${text}":\n${out}\n${err}`)));
      look();
    });
  return { child, out: () => out, err: () => err, ended, holds };
}

interface Recorded {
  name: string;
  pid: number;
  identity: string;
}

/** What the state folder says is running. */
function recorded(): Recorded[] {
  try {
    return (JSON.parse(readFileSync(join(state, "processes.json"), "utf8")) as { processes: Recorded[] }).processes;
  } catch {
    return [];
  }
}

const living = (processes: Recorded[]) => processes.filter(({ pid }) => seenProcess(pid)).map(({ name }) => name);

suiteNeeding("temporal")("npm start", () => {
  test("--once --json: the first case is granted, stdout is one JSON line, and nothing is left running", async () => {
    const once = start(["--once", "--json"]);
    await once.holds("All ready");
    const processes = recorded();
    expect(await once.ended).toBe(0);
    expect(once.out().trimEnd().split("\n")).toHaveLength(1);
    const line = JSON.parse(once.out()) as Record<string, unknown> & { steps: { id: string; state: string; ms: number }[] };
    expect(line).toMatchObject({ service: "disabled-parking-pass", state: "closed", outcome: "granted" });
    expect(line["protocolNumber"]).toMatch(/^\d{7}\/\d{4}$/);
    expect(Object.keys(line)).toEqual(["case", "service", "state", "outcome", "protocolNumber", "steps"]);
    expect(line.steps.find(({ id }) => id === "registration")).toMatchObject({ state: "done", ms: expect.any(Number) as unknown });
    expect(once.err()).toMatch(
      /protocol\.register[\s\S]*number \d{7}\/\d{4}[\s\S]*the simulated office decides[\s\S]*\/workflows\/[\s\S]*\/cases\/[\s\S]*\/docs/,
    );
    expect(processes.map(({ name }) => name).toSorted()).toEqual(["gateway", "postgres", "simulators", "temporal", "worker"]);
    expect(living(processes)).toEqual([]);
  }, 120_000);

  test("a second start beside a living one ends with 2 and names it; after a kill -9 the next start stops what was left; Ctrl-C ends in order", async () => {
    const first = start(["--no-demo"]);
    await first.holds("Darsena is running");
    const left = recorded();
    const beside = start(["--no-demo"]);
    expect(await beside.ended).toBe(2);
    expect(beside.out()).toContain(`already runs on ${state} (process ${first.child.pid}`);

    first.child.kill("SIGKILL");
    await first.ended;
    expect(living(left)).toHaveLength(5);
    const next = start(["--no-demo"]);
    await next.holds("Darsena is running");
    expect(next.out()).toMatch(/killed and left running: .*gateway.*postgres/);
    expect(living(left)).toEqual([]);

    const running = recorded();
    next.child.kill("SIGINT");
    expect(await next.ended).toBe(0);
    expect(living(running)).toEqual([]);
    expect(recorded()).toEqual([]);
    expect(next.out()).toMatch(
      /gateway +stopped[\s\S]*worker +stopped[\s\S]*simulators +stopped[\s\S]*temporal +stopped[\s\S]*postgres +stopped/,
    );
  }, 180_000);

  test("when a component dies all is stopped, and the end of its log is shown", async () => {
    const run = start(["--no-demo"]);
    await run.holds("Darsena is running");
    const processes = recorded();
    process.kill(processes.find(({ name }) => name === "worker")?.pid ?? 0, "SIGKILL");
    expect(await run.ended).toBe(1);
    expect(run.out()).toMatch(/worker ended by signal SIGKILL\. The end of its log \(.*worker\.log\):\n.*"ready":true/s);
    expect(living(processes)).toEqual([]);
  }, 120_000);

  test("a taken port is named with the setting that changes it, and nothing is started", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const run = start(["--once", "--json"], { DARSENA_GATEWAY_PORT: String(port) });
    expect(await run.ended).toBe(1);
    server.close();
    expect(run.err()).toContain(`port ${port} of 127.0.0.1, wanted by the gateway: choose another with DARSENA_GATEWAY_PORT`);
    expect(run.out()).toBe("");
    expect(recorded()).toEqual([]);
  }, 60_000);

  test("wrong usage and wrong settings end with 2 before anything starts", async () => {
    const usage = start(["--onec"]);
    expect(await usage.ended).toBe(2);
    expect(usage.err()).toMatch(/--onec/);
    const setting = start([], { DARSENA_GATEWAY_PORT: "eighty" });
    expect(await setting.ended).toBe(2);
    expect(setting.err()).toMatch(/DARSENA_GATEWAY_PORT: /);
    const open = start([], { DARSENA_GATEWAY_HOST: "0.0.0.0" });
    expect(await open.ended).toBe(2);
    expect(open.err()).toContain("DARSENA_TRUSTED_NETWORK=1");
  }, 60_000);
});

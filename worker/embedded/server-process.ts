/** A server run as a process of its own: its output goes to a log file, and it is stopped politely first, then by force. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

const ROTATE_BYTES = 10 * 1024 * 1024;

/** What to run, and how it wants to be stopped. */
export interface ServerProcessSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The polite signal; SIGTERM when absent. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long the polite signal may take before SIGKILL; 10 s when absent. */
  readonly stopMs?: number;
}

/** A started process. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  readonly startedAt: number;
  /** Settles when the process has ended, with a sentence such as "ended with exit code 1". */
  readonly ended: Promise<string>;
  running(): boolean;
  /** What it has written to its log since it was started. */
  output(): string;
  /** Stops it politely, by force after the time allowed; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a server in a process group of its own, so that Ctrl-C in a terminal reaches only the command that stops it in order. */
export async function startProcess(spec: ServerProcessSpec): Promise<ServerProcess> {
  mkdirSync(dirname(spec.log), { recursive: true });
  rotate(spec.log);
  const from = sizeOf(spec.log);
  const child = await spawned(spec);
  let alive = true;
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      alive = false;
      resolve(signal ? `ended by signal ${signal}` : `ended with exit code ${code}`);
    });
  });
  const forceAtExit = () => void child.kill("SIGKILL");
  process.once("exit", forceAtExit);
  void ended.then(() => process.off("exit", forceAtExit));
  const kill = async () => {
    if (alive) child.kill("SIGKILL");
    await ended;
  };
  const stop = async () => {
    if (!alive) return;
    child.kill(spec.stopSignal ?? "SIGTERM");
    const force = setTimeout(() => void child.kill("SIGKILL"), spec.stopMs ?? 10_000);
    await ended;
    clearTimeout(force);
  };
  return {
    name: spec.name,
    pid: child.pid as number,
    log: spec.log,
    startedAt: Date.now(),
    ended,
    running: () => alive,
    output: () => readFileSync(spec.log).subarray(from).toString("utf8"),
    stop,
    kill,
  };
}

/** The last lines of what a process wrote, for an error message. */
export const lastLines = (output: string, count = 12): string => output.trimEnd().split("\n").slice(-count).join("\n");

async function spawned(spec: ServerProcessSpec): Promise<ChildProcess> {
  const log = openSync(spec.log, "a");
  try {
    const child = spawn(spec.file, spec.args, {
      stdio: ["ignore", log, log],
      detached: true,
      env: spec.env ?? process.env,
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...spec.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return child;
  } catch (cause) {
    throw new Error(`${spec.name} cannot be started: ${spec.file}`, { cause });
  } finally {
    closeSync(log);
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function rotate(log: string): void {
  if (sizeOf(log) > ROTATE_BYTES) renameSync(log, `${log}.1`);
}

/** Processes of a bench: started with one line of JSON as a sign that they are ready, and stopped with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A started process and what its ready line said. */
export interface Child {
  readonly pid: number;
  readonly ready: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts `node <script>` and resolves with its first line of JSON that says `ready`; its errors go to stderr. */
export async function startChild(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  nodeFlags: string[] = [],
): Promise<Child> {
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(String(code ?? signal)));
    child.once("error", (error) => resolve(error.message));
  });
  const ready = await Promise.race([
    readyLine(child),
    ended.then((reason): never => {
      throw new Error(`${script} ended (${reason}) before it was ready`);
    }),
  ]);
  // What it says later is for nobody, and must not fill the pipe.
  child.stdout.resume();
  return {
    pid: child.pid as number,
    ready,
    stop: async () => {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(force);
    },
  };
}

async function readyLine(child: ChildProcess): Promise<Record<string, unknown>> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (!line.startsWith("{")) continue;
    const said = JSON.parse(line) as Record<string, unknown>;
    if (said["ready"] !== true) continue;
    return said;
  }
  // The output ended: the process did too, and that error tells more.
  return new Promise(() => {});
}

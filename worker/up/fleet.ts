/** The processes of one `darsena up`, in the order in which they were started: watched, and stopped latest first. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lastLines, type ServerProcess, startProcess } from "../embedded/server-process.ts";
import { deferred } from "./deferred.ts";
import type { HeldFolder } from "./state-folder.ts";
import type { View } from "./view.ts";

const READY_MS = 90_000;
const READY = /"ready":\s*true/;
/** The order of stopping: who uses others goes first. */
const STOP_ORDER = ["gateway", "worker", "simulators", "temporal", "postgres"];

/** The processes, watched. */
export interface Fleet {
  /** Takes a process under watch and writes it down. One that comes while all is being stopped is killed at once. */
  add(process: ServerProcess, stopSignal?: "SIGTERM" | "SIGINT"): void;
  /** Starts a program of ours and resolves when it has written a line with `"ready":true`. */
  startNode(name: string, script: string, env: NodeJS.ProcessEnv): Promise<ServerProcess>;
  /** Rejects when a process ends that nobody stopped. */
  readonly casualty: Promise<never>;
  stopAll(): Promise<void>;
  /** SIGKILL to all, at once. */
  killAll(): void;
}

/** An empty fleet whose processes are written down in the held folder. */
export function createFleet(held: HeldFolder, view: View): Fleet {
  const processes: ServerProcess[] = [];
  let stopping = false;
  const { promise: casualty, reject: mourn } = deferred<never>();
  casualty.catch(() => {});

  const add: Fleet["add"] = (one, stopSignal) => {
    held.started(one.name, one.pid, stopSignal);
    processes.push(one);
    if (stopping) void one.kill();
    void one.ended.then((how) => {
      if (stopping) return;
      view.show(one.name, "failed", how);
      mourn(new Error(`${one.name} ${how}. The end of its log (${one.log}):\n${lastLines(one.output()) || "(empty)"}`));
    });
  };

  return {
    add,
    casualty,
    startNode: async (name, script, env) => {
      const log = join(held.folder, "logs", `${name}.log`);
      const server = await startProcess({ name, file: process.execPath, args: ["--enable-source-maps", script], env, log, stopMs: 8_000 });
      add(server);
      for (const deadline = Date.now() + READY_MS; !READY.test(server.output()); await pause(20)) {
        // What ended is reported by `casualty`.
        if (!server.running()) return casualty;
        if (Date.now() > deadline)
          throw new Error(`${name} was not ready within ${READY_MS / 1000} s; its log is ${log}\n${lastLines(server.output())}`);
      }
      return server;
    },
    stopAll: async () => {
      stopping = true;
      for (const one of processes.toSorted((a, b) => STOP_ORDER.indexOf(a.name) - STOP_ORDER.indexOf(b.name))) {
        if (!one.running()) continue;
        view.show(one.name, "stopping");
        await one.stop();
        view.show(one.name, "stopped");
      }
    },
    killAll: () => {
      stopping = true;
      for (const one of processes) void one.kill();
    },
  };
}

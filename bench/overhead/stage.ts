/** Where the bench plays: one Temporal server, one PostgreSQL, the systems, and a worker process for each variant. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { migrate } from "../../register/database.ts";
import { startPostgres } from "../../worker/embedded/postgres-server.ts";
import { findTemporal } from "../../worker/embedded/temporal-binary.ts";
import { startTemporal } from "../../worker/embedded/temporal-server.ts";
import { dataConverter } from "../../workflows/sealing/data-converter.ts";
import { type Child, startChild } from "../measure/child.ts";
import { cpuMs } from "../measure/process-cpu.ts";
import { namespaceOf, type Variant, variants } from "./variants.ts";

/** CPU in ms that a variant's processes have used so far. */
export interface Cpu {
  worker: number;
  server: number;
  database: number;
}

/** The running stage. */
export interface Stage {
  readonly serverVersion: string;
  readonly clients: Readonly<Record<Variant, Client>>;
  cpu(variant: Variant): Cpu;
  close(): Promise<void>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Starts everything; `profileFolder` makes Node write a CPU profile of each worker there. */
export async function openStage(say: (text: string) => void, profileFolder?: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "darsena-bench-"));
  const closers: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const one of closers.splice(0).toReversed()) await one();
  };
  try {
    const binary = await findTemporal({ progress: say });
    say("starting Temporal, PostgreSQL, the systems and the workers");
    const [postgres, temporal, systems] = await Promise.all([
      startPostgres({ folder: join(folder, "postgres") }),
      startTemporal({ binary, folder: join(folder, "temporal"), headless: true }),
      startChild(here("./system-main.js"), []),
    ]);
    closers.push(
      () => postgres.stop(),
      () => temporal.kill(),
      () => systems.stop(),
    );
    await migrate(postgres.url, {});
    const connection = await Connection.connect({ address: temporal.address });
    closers.push(() => connection.close());
    for (const variant of variants) await registerNamespace(connection, namespaceOf(variant));
    const env = {
      TEMPORAL_ADDRESS: temporal.address,
      DATABASE_URL: postgres.url,
      BENCH_SYSTEMS: `http://127.0.0.1:${String(systems.ready["port"])}`,
    };
    const workers = {} as Record<Variant, Child>;
    for (const variant of variants) {
      const flags = profileFolder ? ["--cpu-prof", "--cpu-prof-dir", join(profileFolder, variant)] : [];
      workers[variant] = await startChild(here("./worker-main.js"), [variant], env, flags);
      closers.push(() => workers[variant].stop());
    }
    const clientOf = (variant: Variant) => new Client({ connection, dataConverter, namespace: namespaceOf(variant) });
    return {
      serverVersion: binary.serverVersion ?? "unknown",
      clients: Object.fromEntries(variants.map((variant) => [variant, clientOf(variant)])) as Record<Variant, Client>,
      cpu: (variant) => ({ worker: cpuMs(workers[variant].pid), server: cpuMs(temporal.pid), database: cpuMs(postgres.pid) }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until the server's own cache knows the namespace too, since a worker that polls before ends. */
async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  const { workflowService } = connection;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
  for (const giveUpAt = Date.now() + 30_000; ; await pause(100)) {
    try {
      await workflowService.describeTaskQueue({ namespace, taskQueue: { name: "cases" }, taskQueueType: 1 });
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
  }
}

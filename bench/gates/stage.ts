/** Where the bench of gates plays: Temporal and PostgreSQL in a folder that outlives an interruption, a worker, and the simulated system in this process. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { gpdSimulator } from "../../connectors/payments/pagopa-gpd/simulator.ts";
import type { Simulator } from "../../connectors/simulator.ts";
import { type SystemGate, type Systems, systemsOf } from "../../client/systems.ts";
import { startPostgres } from "../../worker/embedded/postgres-server.ts";
import { findTemporal } from "../../worker/embedded/temporal-binary.ts";
import { startTemporal } from "../../worker/embedded/temporal-server.ts";
import { simulatedSystems } from "../../worker/up/simulated-systems.ts";
import { dataConverter } from "../../workflows/sealing/data-converter.ts";
import { startChild } from "../measure/child.ts";
import { cpuMs } from "../measure/process-cpu.ts";
import { SYSTEM, writeCatalogue } from "./service.ts";

/** The running stage. */
export interface GatesStage {
  readonly serverVersion: string;
  readonly client: Client;
  readonly simulator: Simulator;
  readonly systems: Systems;
  gate(): Promise<SystemGate>;
  /** CPU in ms that worker, Temporal, PostgreSQL and this process have used so far. */
  cpuMs(): number;
  close(): Promise<void>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Starts everything on what an earlier run may have left in the folder. */
export async function openStage(folder: string, say: (text: string) => void): Promise<GatesStage> {
  mkdirSync(folder, { recursive: true });
  // PostgreSQL's own user must be able to enter it.
  chmodSync(folder, 0o755);
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).toReversed()) await one();
  };
  try {
    const binary = await findTemporal({ progress: say });
    say("starting Temporal, PostgreSQL, the simulated system and the worker");
    const postgres = await startPostgres({ folder: join(folder, "postgres") });
    closers.push(() => postgres.stop());
    const temporal = await startTemporal({ binary, folder: join(folder, "temporal"), headless: true });
    closers.push(() => temporal.stop());
    const simulator = await gpdSimulator();
    closers.push(() => simulator.close());
    const catalogue = join(folder, "catalogue");
    writeCatalogue(here("../../catalogue-compiled"), catalogue);
    const worker = await startChild(here("../../worker/main.js"), [], {
      ...simulatedSystems({ portBase: 9101, host: "127.0.0.1" }, {}),
      DARSENA_PAYMENTS_BASE_URL: simulator.url,
      TEMPORAL_ADDRESS: temporal.address,
      DATABASE_URL: postgres.url,
      DARSENA_SECRET: "a-secret-of-the-bench-only-0123456789abcdef",
      DARSENA_STATE: folder,
      DARSENA_ATTACHMENTS: join(folder, "attachments"),
      DARSENA_CATALOGUE: catalogue,
    });
    closers.push(() => worker.stop());
    const connection = await Connection.connect({ address: temporal.address });
    closers.push(() => connection.close());
    const systems = systemsOf(connection, "default");
    return {
      serverVersion: binary.serverVersion ?? "unknown",
      client: new Client({ connection, dataConverter }),
      simulator,
      systems,
      gate: async () => (await systems.list()).find(({ system }) => system === SYSTEM) as SystemGate,
      cpuMs: () => [worker.pid, temporal.pid, postgres.pid, process.pid].reduce((sum, pid) => sum + cpuMs(pid), 0),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

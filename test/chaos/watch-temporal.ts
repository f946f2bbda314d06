/**
 * A health check for the Temporal development server, as a service manager would have it: a request that is cancelled at the wrong moment can leave its one
 * SQLite connection interrupted for good ("interrupted (9)", docs/known-issues.md), and only a restart helps.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@temporalio/client";

const EVERY_MS = 2_000;
const PROBE_MS = 3_000;
/** So often in a row before it counts as stuck for good. */
const TIMES = 4;

/** Probes the server past Toxiproxy until the signal; calls `restart` each time when it is stuck. A server that is away is none of its business. */
export async function watchTemporal(address: string, signal: AbortSignal, restart: () => void): Promise<void> {
  const connection = Connection.lazy({ address });
  try {
    for (let stuck = 0; !signal.aborted; ) {
      stuck = (await isStuck(connection)) ? stuck + 1 : 0;
      if (stuck === TIMES) {
        restart();
        stuck = 0;
      }
      await pause(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await connection.close();
  }
}

/** It answers, and says that its own database was interrupted. */
async function isStuck(connection: Connection): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + PROBE_MS, () => connection.operatorService.listSearchAttributes({ namespace: "default" }));
    return false;
  } catch (error) {
    return saysInterrupted(error);
  }
}

/** Whether this is the answer of a server whose SQLite connection is interrupted. */
export const saysInterrupted = (error: unknown): boolean => error instanceof Error && /\binterrupted \(9\)/.test(error.message);

/** The worker's process. Prints one line with `"ready":true` when it polls; SIGTERM lets calls in flight finish. */
import { Runtime } from "@temporalio/worker";
import { announceReady } from "./announce.ts";
import { SettingsError } from "./configuration/problems.ts";
import { readSettings, required } from "./configuration/settings.ts";
import { openLog, sdkLogger } from "./log.ts";
import { startWorker } from "./worker.ts";

try {
  const settings = required(readSettings());
  const log = openLog("worker", settings.logLevel);
  Runtime.install({ logger: sdkLogger(log), shutdownSignals: ["SIGTERM", "SIGINT"] });
  const worker = await startWorker({ settings, env: process.env, log });
  announceReady(log, { temporal: settings.temporal.address, municipality: settings.municipality }, "worker ready");
  await worker.done;
  log.info("worker stopped");
} catch (error) {
  const known = error instanceof SettingsError;
  process.stderr.write(
    `darsena worker: ${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = known ? 2 : 1;
}

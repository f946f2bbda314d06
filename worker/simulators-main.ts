/** The process of the simulators: `node dist/worker/simulators-main.js`. */
import { join } from "node:path";
import { pino } from "pino";
import { announceReady } from "./announce.ts";
import { requireLoopback } from "./configuration/loopback.ts";
import { readSettings } from "./configuration/settings.ts";
import { startSimulators } from "./simulators.ts";

const settings = readSettings();
const log = pino({ name: "simulators", level: settings.logLevel }, pino.destination({ dest: 1, sync: true }));
requireLoopback([{ variable: "DARSENA_SIMULATOR_HOST", address: settings.simulators.host }], settings.trustedNetwork, (message) =>
  log.warn(message),
);

const simulators = await startSimulators({ ...settings.simulators, folder: join(settings.stateFolder, "simulators") });
const systems = Object.fromEntries(Object.entries(simulators).map(([contract, one]) => [contract, one.url]));
announceReady(log, { systems }, "simulators are ready");

async function stop(): Promise<void> {
  await Promise.all(Object.values(simulators).map((one) => one.close()));
}
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());

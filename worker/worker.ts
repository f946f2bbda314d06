/** One worker: the cases' queue, and one queue for each bound system. */
import { fileURLToPath } from "node:url";
import { NativeConnection, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { Client } from "@temporalio/client";
import { ShortCalls } from "../activities/short-calls.ts";
import { type Catalogue, openCatalogue } from "../catalogue/catalogue.ts";
import { CurrentCatalogue } from "../catalogue/current-catalogue.ts";
import { migrate, openRegister } from "../register/database.ts";
import { byHand } from "../workflows/by-hand/table.ts";
import { dataConverter } from "../workflows/sealing/data-converter.ts";
import { CONTROL_IDENTITY } from "../workflows/gates/messages.ts";
import { Backlogs } from "./backlog.ts";
import { casesWorker } from "./cases-worker.ts";
import { bindSystems } from "./bind-systems.ts";
import { requireLoopback } from "./configuration/loopback.ts";
import type { Settings } from "./configuration/settings.ts";
import { gateCloser, gateSettings, startSupervisors } from "./gate.ts";
import { guardedSystems } from "./guarded-systems.ts";
import { warnOfPartitions } from "./partitions.ts";
import { killPointsOf } from "./kill-points.ts";
import { type QueueLimits, queueLimits, refusingLimits } from "./queue-limit.ts";
import { sabotageOf } from "./sabotage.ts";
import { registerSearchAttributes } from "./search-attributes.ts";
import { systemWorkers } from "./system-workers.ts";

/** Calls in flight may end within this time after SIGTERM. */
const GRACE = "30s";

export interface RunningWorker {
  /** Resolves when all queues were drained after `stop`. */
  readonly done: Promise<void>;
  stop(): void;
}

/** A case whose workflow this worker does not have could only be parked. */
function refuseUnwritten(catalogue: Catalogue): void {
  const missing = catalogue.services().filter(({ workflow }) => workflow !== undefined && !byHand[workflow]);
  if (missing.length > 0)
    throw new Error(
      `the catalogue names workflows that this build does not have: ${missing.map((one) => `${one.service} (${one.workflow})`).join(", ")}`,
    );
}

export interface WorkerDeps {
  settings: Settings & { databaseUrl: string; secret: string };
  env: NodeJS.ProcessEnv;
  log: Logger;
}

/** Starts everything or nothing: settings first, then the register, then Temporal. */
export async function startWorker({ settings, env, log }: WorkerDeps): Promise<RunningWorker> {
  requireLoopback([{ variable: "TEMPORAL_ADDRESS", address: settings.temporal.address }], settings.trustedNetwork, (message) =>
    log.warn(message),
  );
  const folder = settings.catalogueFolder ?? fileURLToPath(new URL("../catalogue-compiled", import.meta.url));
  const catalogue = openCatalogue(folder, settings.municipality, { durations: settings.durations });
  refuseUnwritten(catalogue);
  const register = openRegister(settings.databaseUrl, { attachmentsFolder: settings.attachmentsFolder, poolSize: 12, log });
  const current = new CurrentCatalogue(catalogue, register.definitions);
  const { address, namespace } = settings.temporal;
  const temporal: { client?: Client; limits?: QueueLimits } = {};
  const closeGate = gateCloser(
    () => temporal.client as Client,
    () => temporal.limits as QueueLimits,
    log,
  );
  const ports = { attachments: register.attachments, orderedSender: register.senders, numbers: register.numbers, now: () => new Date() };
  const sabotage = sabotageOf(env, log);
  const sound = bindSystems({ overlay: catalogue.overlay, register, ports, env, closeGate, log });
  const killed = killPointsOf(env, log);
  const systems = [sabotage, killed].reduce((bound, one) => (one?.system ? bound.map(one.system) : bound), sound);
  await migrate(settings.databaseUrl, { log });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter, identity: CONTROL_IDENTITY });
  const limits = env["DARSENA_TEST_QUEUE_CONFIG"] === "refused" ? refusingLimits : queueLimits(connection.workflowService, namespace);
  Object.assign(temporal, { client, limits });
  await registerSearchAttributes(connection, namespace);
  const shared: Pick<WorkerOptions, "connection" | "namespace" | "dataConverter" | "shutdownGraceTime"> = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime: GRACE,
  };
  const workflowBundle = { codePath: fileURLToPath(new URL("../workflow-bundle.js", import.meta.url)) };
  const { overlay } = catalogue;
  const guarded = guardedSystems({
    systems,
    sabotage,
    overlay,
    register,
    client,
    backlogs: new Backlogs(connection.workflowService, namespace),
    shortWay: settings.shortWay,
    careless: env["DARSENA_TEST_SHORT_WAY"] === "always",
  });
  const shortCalls = new ShortCalls();
  const workers = await Promise.all([
    casesWorker({ shared, workflowBundle, systems: guarded, shortCalls, sabotage, catalogue: current, register, client, settings, env }),
    ...systemWorkers({ shared, workflowBundle, systems: guarded, sabotage, overlay, register, limits, log }),
  ]);
  await startSupervisors(
    client,
    systems.map(({ contract }) => gateSettings(contract, catalogue.overlay)),
  );
  const names = systems.map(({ contract }) => contract);
  void warnOfPartitions(connection, namespace, names, log);
  const done = Promise.all(workers.map((worker) => worker.run())).then(async () => {
    await shortCalls.idle();
    await connection.close();
    await register.close();
  });
  return { done, stop: () => workers.forEach((worker) => worker.shutdown()) };
}

/** The queues of the bound systems, each with its limits and its health, and the queue of their supervisors. */
import { hostname } from "node:os";
import type { Client } from "@temporalio/client";
import { Worker, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { connectorActivities } from "../activities/connector-activities.ts";
import type { BoundSystem } from "../activities/system.ts";
import type { Overlay } from "../catalogue/definition.ts";
import { systemQueue } from "../connectors/contracts.ts";
import type { Register } from "../register/database.ts";
import { CONTROL_IDENTITY, CONTROL_QUEUE } from "../workflows/gates/messages.ts";
import { admissionTo } from "./admission.ts";
import { controlActivities } from "./control.ts";
import { healthTeller, settingsOf } from "./gate.ts";
import { GateCache } from "./gate-cache.ts";
import { SystemHealth } from "./health.ts";
import type { QueueLimits } from "./queue-limit.ts";
import type { Broken } from "./sabotage.ts";

/** A supervisor whose worker was killed is taken over by another after this time. */
const STICKY = "2s";
/** Of one system, in one worker. */
const CALLS_AT_ONE_TIME = 20;

export interface SystemWorkersDeps {
  shared: Pick<WorkerOptions, "connection" | "namespace" | "dataConverter" | "shutdownGraceTime">;
  workflowBundle: { codePath: string };
  systems: readonly BoundSystem[];
  /** For tests only. */
  sabotage: Broken | undefined;
  overlay: Overlay;
  register: Pick<Register, "gates" | "permits">;
  client: Client;
  limits: QueueLimits;
  log: Logger;
}

/** One worker for each system, and one for `control`, which no gate holds. */
export function systemWorkers({
  shared,
  workflowBundle,
  systems,
  sabotage,
  overlay,
  register,
  client,
  limits,
  log,
}: SystemWorkersDeps): Promise<Worker>[] {
  const cache = new GateCache(register.gates);
  const control = Worker.create({
    ...shared,
    taskQueue: CONTROL_QUEUE,
    identity: CONTROL_IDENTITY,
    workflowBundle,
    activities: { ...controlActivities({ limits: sabotage?.limits?.(limits) ?? limits, gates: register.gates, log }) },
    maxCachedWorkflows: 50,
    stickyQueueScheduleToStartTimeout: STICKY,
  });
  const ofSystems = systems.map((bound) => {
    const system = bound.contract;
    const { maxInFlight, trickle } = settingsOf(system, overlay);
    const tell = healthTeller(client, system);
    const health = new SystemHealth({ system, worker: `${process.pid}@${hostname()}`, after: trickle.after, tell, cache, log: bound.log });
    const door = admissionTo({ system, cache, register, health, log: bound.log, ...(maxInFlight === undefined ? {} : { maxInFlight }) });
    const admission = sabotage?.admission?.(door) ?? door;
    const activities = connectorActivities({ ...bound, admission, health });
    return Worker.create({
      ...shared,
      taskQueue: systemQueue(system),
      activities: sabotage?.activities?.(activities) ?? activities,
      maxConcurrentActivityTaskExecutions: Math.min(CALLS_AT_ONE_TIME, maxInFlight ?? CALLS_AT_ONE_TIME),
    });
  });
  return [control, ...ofSystems];
}

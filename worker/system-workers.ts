/** The queues of the bound systems, each with its limits and its health, and the queue of their supervisors. */
import { Worker, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { connectorActivities } from "../activities/connector-activities.ts";
import type { Overlay } from "../catalogue/definition.ts";
import { systemQueue } from "../connectors/contracts.ts";
import type { Register } from "../register/database.ts";
import { CONTROL_IDENTITY, CONTROL_QUEUE } from "../workflows/gates/messages.ts";
import { controlActivities } from "./control.ts";
import { settingsOf } from "./gate.ts";
import type { GuardedSystem } from "./guarded-systems.ts";
import type { QueueLimits } from "./queue-limit.ts";
import type { Broken } from "./sabotage.ts";

/** A supervisor whose worker was killed is taken over by another after this time. */
const STICKY = "2s";
/** Of one system, in one worker. */
const CALLS_AT_ONE_TIME = 20;

export interface SystemWorkersDeps {
  shared: Pick<WorkerOptions, "connection" | "namespace" | "dataConverter" | "shutdownGraceTime">;
  workflowBundle: { codePath: string };
  systems: readonly GuardedSystem[];
  /** For tests only. */
  sabotage: Broken | undefined;
  overlay: Overlay;
  register: Pick<Register, "gates">;
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
  limits,
  log,
}: SystemWorkersDeps): Promise<Worker>[] {
  const control = Worker.create({
    ...shared,
    taskQueue: CONTROL_QUEUE,
    identity: CONTROL_IDENTITY,
    workflowBundle,
    activities: { ...controlActivities({ limits: sabotage?.limits?.(limits) ?? limits, gates: register.gates, log }) },
    maxCachedWorkflows: 50,
    stickyQueueScheduleToStartTimeout: STICKY,
  });
  const ofSystems = systems.map(({ system }) => {
    const { maxInFlight } = settingsOf(system.contract, overlay);
    const activities = connectorActivities(system);
    return Worker.create({
      ...shared,
      taskQueue: systemQueue(system.contract),
      activities: sabotage?.activities?.(activities) ?? activities,
      maxConcurrentActivityTaskExecutions: Math.min(CALLS_AT_ONE_TIME, maxInFlight ?? CALLS_AT_ONE_TIME),
    });
  });
  return [control, ...ofSystems];
}

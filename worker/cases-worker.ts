/** The queue of the cases: their workflow tasks, what they ask of the register, and their calls on the short way. */
import type { Client } from "@temporalio/client";
import { Worker, type WorkerOptions } from "@temporalio/worker";
import type { ConnectorActivities } from "../activities/connector-activities.ts";
import { caseActivities } from "../activities/open-case.ts";
import { reporter } from "../activities/report-to-parent.ts";
import type { ShortCalls } from "../activities/short-calls.ts";
import type { CurrentServices } from "../catalogue/current-catalogue.ts";
import type { Register } from "../register/database.ts";
import { CASES_QUEUE } from "../workflows/queues.ts";
import type { Settings } from "./configuration/settings.ts";
import type { GuardedSystem } from "./guarded-systems.ts";
import type { Broken } from "./sabotage.ts";

/**
 * How long a task waits for the worker that has its case in memory before any other may take it: what a killed worker costs its cases.
 * Kept short also because the SDK's core 1.24 runs a case ahead when it is queried (the Temporal UI does) while such a task waits: a message
 * in that very moment is then recorded in an order that no replay gives again.
 */
const STICKY = "2s";
/** Short calls, and what cases write into the register: the first must leave room for the second. */
const LOCAL_AT_ONE_TIME = 300;

/** What the worker of the cases stands on. */
export interface CasesWorkerDeps {
  shared: Pick<WorkerOptions, "connection" | "namespace" | "dataConverter" | "shutdownGraceTime">;
  workflowBundle: { codePath: string };
  systems: readonly GuardedSystem[];
  shortCalls: ShortCalls;
  /** For tests only. */
  sabotage: Broken | undefined;
  catalogue: CurrentServices;
  register: Pick<Register, "cases" | "effects">;
  client: Client;
  settings: Settings & { secret: string };
  env: NodeJS.ProcessEnv;
}

/** The worker of queue `cases`. */
export function casesWorker({
  shared,
  workflowBundle,
  systems,
  shortCalls,
  sabotage,
  catalogue,
  register,
  client,
  settings,
  env,
}: CasesWorkerDeps): Promise<Worker> {
  const { cases, effects } = register;
  const { municipality, secret } = settings;
  const restart = env["DARSENA_TEST_RESTART"] === "every-step" ? { restart: "every-step" as const } : {};
  const shortWay = { notFor: () => notShort(systems), lookAhead: (caseId: string, fence: number) => effects.lookAhead(caseId, fence) };
  return Worker.create({
    ...shared,
    taskQueue: CASES_QUEUE,
    workflowBundle,
    activities: {
      ...shortActivities(shortCalls, systems, sabotage),
      ...caseActivities({ catalogue, cases, effects, report: reporter(client), municipality, secret, shortWay, ...restart }),
    },
    maxConcurrentLocalActivityExecutions: LOCAL_AT_ONE_TIME,
    maxCachedWorkflows: 1_000,
    stickyQueueScheduleToStartTimeout: STICKY,
  });
}

/** Local activities of the cases' worker: the calls of every system. */
function shortActivities(calls: ShortCalls, systems: readonly GuardedSystem[], sabotage: Broken | undefined): ConnectorActivities {
  const all = systems.map(({ system, shortWay }) => calls.activities(system, shortWay) as ConnectorActivities);
  return Object.assign({}, ...all.map((one) => sabotage?.activities?.(one) ?? one)) as ConnectorActivities;
}

/** Systems to which no call goes the short way, and for how long (ms) a new case need not ask. */
const notShort = (systems: readonly GuardedSystem[]): Record<string, number> =>
  Object.fromEntries(systems.flatMap(({ system, shortWay }) => (shortWay.closed ? [[system.contract, shortWay.closed.forMs]] : [])));

/**
 * Scenarios on the real Temporal server with time skipping: the real workflow bundle, and activities that answer from the same model
 * of systems as the simulation in memory. One set of workers serves all scenarios, one after the other. Restarts from state are left
 * out: after continue-as-new this server's time stands still (test/restart.test.ts has them, on the development server).
 */
import { setTimeout as pause } from "node:timers/promises";
import { ApplicationFailure } from "@temporalio/common";
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from "@temporalio/client";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from "@temporalio/worker";
import { activityInfo } from "@temporalio/activity";
import { CurrentCatalogue } from "../../catalogue/current-catalogue.ts";
import { caseActivities } from "../../activities/open-case.ts";
import { reporter } from "../../activities/report-to-parent.ts";
import type { Catalogue } from "../../catalogue/catalogue.ts";
import type { MessageAnswer } from "../../cases/message.ts";
import type { SimulatedSystems } from "../../cases/simulation/systems.ts";
import type { CaseStatus } from "../../cases/status.ts";
import type { Stage } from "../../cases/trial/stage.ts";
import { nameOf, operationsOf } from "../../connectors/contract.ts";
import { contracts, operationIds, systemQueue } from "../../connectors/contracts.ts";
import type { CallRequest, Found, Outcome, ShortAnswer, ShortRequest } from "../../connectors/outcome.ts";
import { searchAttributeTypes } from "../../worker/search-attributes.ts";
import { dataConverter } from "../../workflows/sealing/data-converter.ts";
import { testServerCommand } from "./java-server.ts";

/** A case that has not come to rest within this time (real) never will. */
const REST_MS = 20_000;

/** What the scenario on stage now brings along. */
interface Playing {
  catalogue: Catalogue;
  systems: SimulatedSystems;
  cases: string[];
  hearers: ((status: CaseStatus) => void)[];
  receipts: number;
  /** Calls whose system is away. */
  away: Set<string>;
  /** Children that have ended, for which the server's lock was released. */
  released: Set<string>;
  /** Whether calls take the short way. */
  shortWay: boolean;
  /** How long the system is away still, by the key of a call that met this on the short way. */
  owed: Map<string, number>;
}

export interface TimeSkipping {
  stage(options: Pick<Playing, "catalogue" | "systems" | "shortWay">): Promise<TemporalStage>;
  stop(): Promise<void>;
}

export interface TemporalStage extends Stage {
  /** The statuses of all cases of the scenario. */
  statuses(): Promise<CaseStatus[]>;
}

export async function startTimeSkipping(): Promise<TimeSkipping> {
  const filter = makeTelemetryFilterString({ core: "ERROR", other: "ERROR" });
  Runtime.install({ logger: new DefaultLogger("ERROR"), telemetryOptions: { logging: { filter, forward: {} } } });
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: "existing-path", path: testServerCommand() } },
    client: { dataConverter },
  });
  // The Java server lists none, and knows none before this.
  const searchAttributes = Object.fromEntries(searchAttributeTypes());
  await env.connection.operatorService.addSearchAttributes({ namespace: "default", searchAttributes });
  const holder: { playing?: Playing } = {};
  const now = () => playing(holder);
  const workers = await Promise.all([
    casesWorker(env, now),
    ...contracts.map((contract) =>
      systemWorker(
        env,
        nameOf(contract),
        operationsOf(contract).map((one) => one.id),
        now,
      ),
    ),
  ]);
  const running = workers.map((worker) => worker.run());
  return {
    stage: async (options) => {
      holder.playing = { ...options, cases: [], hearers: [], receipts: 0, away: new Set(), released: new Set(), owed: new Map() };
      return stageOf(env, holder.playing);
    },
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await env.teardown();
    },
  };
}

function playing(holder: { playing?: Playing }): Playing {
  if (!holder.playing) throw new Error("no scenario is on stage");
  return holder.playing;
}

/** No version was published: cases take the scenario's own. */
const nothingPublished = { aliases: async () => new Map<string, string>(), definition: async () => undefined, keep: async () => undefined };

function casesWorker(env: TestWorkflowEnvironment, now: () => Playing): Promise<Worker> {
  const real = () => {
    const { catalogue, systems, shortWay } = now();
    return caseActivities({
      ...(shortWay ? { shortWay: { notFor: () => ({}), lookAhead: async () => ({ keys: [], closed: false }) } } : {}),
      catalogue: new CurrentCatalogue(catalogue, nothingPublished),
      municipality: catalogue.overlay.municipality,
      secret: "a-secret-of-tests-only-0123456789abcdef",
      report: reporter(env.client),
      effects: {
        record: async ({ key, send, operation, settled }) => {
          const output = settled.state === "done" ? settled.output : null;
          systems.record({ key, send, operation, input: null, output }, await env.currentTimeMs());
          return "recorded" as never;
        },
      },
      cases: {
        open: async ({ caseId, version }) => {
          const at = new Date(await env.currentTimeMs()).toISOString();
          const { cases } = now();
          if (!cases.includes(caseId)) cases.push(caseId);
          const number = `${catalogue.overlay.municipality.toUpperCase()}-${at.slice(0, 4)}-${String(cases.indexOf(caseId) + 1).padStart(6, "0")}`;
          return { kind: "opened", receipt: { number, at }, version };
        },
        publish: async (status) => now().hearers.forEach((hear) => void hear(status)),
      },
    });
  };
  return Worker.create({
    connection: env.nativeConnection,
    taskQueue: "cases",
    dataConverter,
    workflowBundle: { codePath: new URL("../../dist/workflow-bundle.js", import.meta.url).pathname },
    activities: {
      ...Object.fromEntries(operationIds().map((operation) => [operation, shortCall(env, operation, now)])),
      "case.open": (request: never) => real()["case.open"](request),
      "case.ahead": (asked: never) => real()["case.ahead"](asked),
      "case.record": (found: never) => real()["case.record"](found),
      "case.report": (report: never) => real()["case.report"](report),
      "case.publish": (status: never) => real()["case.publish"](status),
    },
  });
}

/** One attempt by the cases' worker; what the system does not take goes to its queue. */
const shortCall =
  (env: TestWorkflowEnvironment, operation: string, now: () => Playing) =>
  async (request: ShortRequest): Promise<ShortAnswer> => {
    const command = { operation, summary: "", priority: 3 as const, request: { ...request, verb: "send" as const } };
    const tried = now().systems.attempt(command, await env.currentTimeMs());
    if (!("awayMs" in tried)) return tried.outcome as Outcome;
    now().owed.set(request.key, tried.awayMs);
    return { kind: "not-sent", reason: "the system is away" };
  };

function systemWorker(env: TestWorkflowEnvironment, contract: string, operations: readonly string[], now: () => Playing): Promise<Worker> {
  const call =
    (operation: string) =>
    async (request: CallRequest): Promise<Outcome | Found> => {
      const { systems, away, owed } = now();
      const at = await env.currentTimeMs();
      const command = { operation, summary: "", priority: 3 as const, request };
      const { activityId, workflowExecution } = activityInfo();
      const id = `${workflowExecution?.runId}/${activityId}`;
      away.delete(id);
      if (request.verb === "find") return systems.find(command, at).outcome;
      const awayMs = owed.get(request.key);
      const tried = awayMs === undefined ? systems.attempt(command, at) : { awayMs };
      owed.delete(request.key);
      if (!("awayMs" in tried)) return tried.outcome;
      away.add(id);
      throw ApplicationFailure.create({ type: "not-sent", message: "the system is away", nextRetryDelay: tried.awayMs });
    };
  return Worker.create({
    connection: env.nativeConnection,
    taskQueue: systemQueue(contract),
    dataConverter,
    activities: Object.fromEntries(operations.map((operation) => [operation, call(operation)])),
  });
}

async function stageOf(env: TestWorkflowEnvironment, scenario: Playing): Promise<TemporalStage> {
  const { client } = env;
  let at = await env.currentTimeMs();
  const query = (id: string) => client.workflow.getHandle(id).query<CaseStatus | null>("status");
  const status = async (id: string): Promise<CaseStatus> => {
    const found = await query(id);
    if (!found) throw new Error(`${id} has no status`);
    return found;
  };
  const settled = async <T>(value: T): Promise<T> => {
    for (const id of scenario.cases) await restOf(id, scenario, query);
    at = await env.currentTimeMs();
    return value;
  };
  const update = (id: string, name: string, argument: unknown, updateId: string) =>
    taken(client.workflow.getHandle(id).executeUpdate<MessageAnswer, [unknown]>(name, { args: [argument], updateId }));
  return {
    systems: scenario.systems,
    now: () => at,
    open: async (id, service, start) => {
      await client.workflow.start(service, { taskQueue: "cases", workflowId: id, args: [start] });
      scenario.cases.push(id);
      await settled(undefined);
    },
    status,
    send: async (id, message) => settled(await update(id, "message", message, message.id)),
    repair: async (id, repair) => settled(await update(id, "repair", repair, repair.id)),
    pass: async (ms) => {
      await releaseChildren(env, scenario);
      await settled(await env.sleep(ms));
    },
    crash: async () => undefined,
    listen: (hear) => void scenario.hearers.push(hear),
    statuses: async () => {
      await releaseChildren(env, scenario);
      return Promise.all(scenario.cases.map(status));
    },
  };
}

/**
 * The Java server keeps time locked once for each child workflow that has ended beside its parent (temporalio/sdk-java#1618): without
 * this, no time would pass any more, in this scenario and all that follow.
 */
async function releaseChildren(env: TestWorkflowEnvironment, { cases, released }: Playing): Promise<void> {
  for (const id of cases.filter((one) => one.includes(".") && !released.has(one))) {
    const handle = env.client.workflow.getHandle(id);
    const status = await handle.query<CaseStatus | null>("status");
    if (status?.state !== "closed") continue;
    while ((await handle.describe()).status.name === "RUNNING") await pause(20);
    released.add(id);
    await env.connection.testService?.unlockTimeSkipping({});
  }
}

/** A refused update, as the simulation throws it. */
async function taken(update: Promise<MessageAnswer>): Promise<MessageAnswer> {
  try {
    return await update;
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (error instanceof WorkflowUpdateFailedError && cause instanceof ApplicationFailure)
      throw Object.assign(new Error(cause.message), { code: cause.type });
    // A workflow that has ended takes no updates.
    if (error instanceof WorkflowNotFoundError) throw Object.assign(new Error("the workflow has ended"), { code: "CASE_CLOSED" });
    throw error;
  }
}

/** Waits until the case waits for something that only an act or time brings. */
async function restOf(id: string, scenario: Playing, query: (id: string) => Promise<CaseStatus | null>): Promise<void> {
  let same = 0;
  let before = "";
  for (const end = Date.now() + REST_MS; Date.now() < end; await pause(20)) {
    const status = await query(id);
    if (!status) continue;
    if (status.state === "closed" || status.state === "waiting" || status.state === "parked") {
      if (++same >= 2) return;
      continue;
    }
    // A system that is away, or the pause before a look-up: nothing moves but time.
    const now = `${status.number} ${status.steps.length} ${scenario.systems.calls.length} ${scenario.away.size}`;
    same = now === before ? same + 1 : 0;
    before = now;
    if (same >= (scenario.away.size > 0 ? 5 : 25)) return;
  }
  throw new Error(`${id} has not come to rest: ${JSON.stringify(await query(id))}`);
}

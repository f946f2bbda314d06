/** The worker process of one variant: `worker-main.js <variant>`, with addresses in the environment. Prints a line when it polls. */
import { fileURLToPath } from "node:url";
import { Context } from "@temporalio/activity";
import { NativeConnection, Runtime, Worker, type WorkerOptions } from "@temporalio/worker";
import { pino } from "pino";
import type { OpenRequest, OpenResult } from "../../activities/cases.ts";
import { connectorActivities } from "../../activities/connector-activities.ts";
import { ShortCalls } from "../../activities/short-calls.ts";
import type { BoundSystem } from "../../activities/system.ts";
import { caseActivities } from "../../activities/open-case.ts";
import { Catalogue, openCatalogue } from "../../catalogue/catalogue.ts";
import { usualSettings } from "../../catalogue/systems.ts";
import { CurrentCatalogue } from "../../catalogue/current-catalogue.ts";
import { operationsOf } from "../../connectors/contract.ts";
import { nameOf } from "../../connectors/contract.ts";
import { systemQueue } from "../../connectors/contracts.ts";
import type { Json } from "../../connectors/json.ts";
import type { CallRequest, Outcome } from "../../connectors/outcome.ts";
import { openRegister, type Register } from "../../register/database.ts";
import { Backlogs } from "../../worker/backlog.ts";
import { GateCache } from "../../worker/gate-cache.ts";
import { SystemTimes } from "../../worker/call-times.ts";
import { SystemShortWay } from "../../worker/short-way.ts";
import { sdkLogger } from "../../worker/log.ts";
import { registerSearchAttributes } from "../../worker/search-attributes.ts";
import { dataConverter } from "../../workflows/sealing/data-converter.ts";
import { SERVICE, service } from "./six-calls.ts";
import { benchContracts, benchSystems, postTo } from "./systems.ts";
import { namespaceOf, type Variant } from "./variants.ts";

type Activities = Record<string, (argument: never) => Promise<unknown>>;

/** What a variant runs: its workflows, what runs beside them, and the activities of each system. */
interface Parts {
  workflows: Pick<WorkerOptions, "workflowBundle" | "workflowsPath" | "bundlerOptions">;
  cases: Activities;
  systems: Record<string, Activities>;
  close?: () => Promise<void>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing: this process is started by the bench`);
  return value;
};

const log = pino({ name: "bench", level: "error" }, pino.destination({ dest: 2, sync: true }));
const post = postTo(setting("BENCH_SYSTEMS"));
const parts: Record<Variant, (connection: NativeConnection) => Parts> = { plain, core, status, shipped, short, local, coreLocal };

/** Activities of one system by the name of each operation. */
const eachOperation = (activity: (operation: string) => Activities[string]): Record<string, Activities> =>
  Object.fromEntries(
    benchContracts.map((contract) => [nameOf(contract), Object.fromEntries(operationsOf(contract).map(({ id }) => [id, activity(id)]))]),
  );

const signal = () => Context.current().cancellationSignal;
const posting = (operation: string) => (input: Json) => post(operation, input, signal());
const postingAsOutcome =
  (operation: string) =>
  async (request: CallRequest): Promise<Outcome> => ({ kind: "done", output: await post(operation, request.input, signal()) });

function plain(): Parts {
  return { workflows: { workflowsPath: here("./plain-workflow.js") }, cases: {}, systems: eachOperation(posting) };
}

function local(): Parts {
  const all = Object.values(eachOperation(posting));
  return { workflows: { workflowsPath: here("./plain-workflow.js") }, cases: Object.assign({}, ...all) as Activities, systems: {} };
}

const bundle = { workflowBundle: { codePath: here("../../workflow-bundle.js") } };
const catalogue = () => new Catalogue([service], openCatalogue(here("../../catalogue-compiled"), "milano").overlay);

/** The case workflow with no register, no status and no ledger: what remains is the interpreter and what it records. */
function core(): Parts {
  return {
    ...status(),
    workflows: {
      workflowsPath: here("./core-workflow.js"),
      bundlerOptions: { preloadModules: [here("../../workflows/shared-modules.js")] },
    },
  };
}

/** With status, which goes to a register that is not there. */
function status(): Parts {
  const pinned = catalogue().pinned(SERVICE);
  if (!pinned) throw new Error("the six calls are not in the catalogue");
  const open = async ({ caseId }: OpenRequest): Promise<OpenResult> => ({
    kind: "opened",
    ...pinned,
    receipt: { number: caseId, at: new Date().toISOString() },
    office: "mobilityPermits",
  });
  return { workflows: bundle, cases: { "case.open": open, "case.publish": async () => {} }, systems: eachOperation(postingAsOutcome) };
}

/** Everything that the worker of Darsena does, but for the adapters, which only post. */
function shipped(): Parts {
  const register = openRegister(setting("DATABASE_URL"), { poolSize: 12 });
  const ports = { attachments: register.attachments, orderedSender: register.senders, numbers: register.numbers, now: () => new Date() };
  return shippedWith(register, benchSystems(post, register.effects, ports, log));
}

function shippedWith(register: Register, systems: readonly BoundSystem[], shortWay = false): Parts {
  return {
    workflows: bundle,
    cases: {
      ...caseActivities({
        catalogue: new CurrentCatalogue(catalogue(), register.definitions),
        cases: register.cases,
        effects: register.effects,
        report: async () => undefined,
        municipality: "milano",
        secret: "s".repeat(32),
        ...(shortWay
          ? { shortWay: { notFor: () => ({}), lookAhead: (caseId: string, fence: number) => register.effects.lookAhead(caseId, fence) } }
          : {}),
      }),
    },
    systems: Object.fromEntries(systems.map((system) => [system.contract, connectorActivities(system)])),
    close: () => register.close(),
  };
}

/** The same on the short way, with all that a worker asks before it lets a call take it. */
function short(connection: NativeConnection): Parts {
  const register = openRegister(setting("DATABASE_URL"), { poolSize: 12 });
  const ports = { attachments: register.attachments, orderedSender: register.senders, numbers: register.numbers, now: () => new Date() };
  const cache = new GateCache(register.gates);
  const backlogs = new Backlogs(connection.workflowService, namespaceOf("short"));
  const calls = new ShortCalls();
  const systems = benchSystems(post, register.effects, ports, log).map((bound) => ({ ...bound, times: new SystemTimes() }));
  const local = systems.map((system) =>
    calls.activities(system, new SystemShortWay({ system, on: true, settings: usualSettings, cache, backlogs, times: system.times })),
  );
  const queued = shippedWith(register, systems, true);
  return { ...queued, cases: { ...queued.cases, ...(Object.assign({}, ...local) as Activities) } };
}

/** The case core alone, with local activities that only post. */
function coreLocal(): Parts {
  const alone = core();
  const open = alone.cases["case.open"] as (request: OpenRequest) => Promise<OpenResult>;
  const opened = async (request: OpenRequest): Promise<OpenResult> => ({ ...(await open(request)), shortWay: {} }) as OpenResult;
  const posts = Object.values(eachOperation(postingAsOutcome));
  return { ...alone, cases: Object.assign({ ...alone.cases }, ...posts, { "case.open": opened }) as Activities };
}

async function start(variant: Variant): Promise<void> {
  Runtime.install({ logger: sdkLogger(log), shutdownSignals: ["SIGTERM"] });
  const namespace = namespaceOf(variant);
  const connection = await NativeConnection.connect({ address: setting("TEMPORAL_ADDRESS") });
  const { workflows, cases, systems, close } = parts[variant](connection);
  await registerSearchAttributes(connection, namespace);
  const shared = { connection, namespace, dataConverter, shutdownGraceTime: "5s" } as const;
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: "cases", ...workflows, activities: cases, maxCachedWorkflows: 1_000 }),
    ...Object.entries(systems).map(([contract, activities]) =>
      Worker.create({ ...shared, taskQueue: systemQueue(contract), activities, maxConcurrentActivityTaskExecutions: 20 }),
    ),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  await running;
  await connection.close();
  await close?.();
}

await start(process.argv[2] as Variant);

/**
 * Everything real, for end-to-end tests: PostgreSQL, Temporal, simulators on sockets, and workers as processes of their own
 * that can be killed. The test itself holds a Temporal client and the register.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection, type WorkflowHandle } from "@temporalio/client";
import { Client as Database } from "pg";
import type { CaseStart, Message, MessageAnswer, Repair } from "../cases/message.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Simulator } from "../connectors/simulator.ts";
import { openRegister, type Register } from "../register/database.ts";
import { startSimulators } from "../worker/simulators.ts";
import { findTemporal } from "../worker/embedded/temporal-binary.ts";
import { type PostgresServer, startPostgres } from "../worker/embedded/postgres-server.ts";
import { startTemporal, type TemporalServer } from "../worker/embedded/temporal-server.ts";
import { systemVariable } from "../worker/configuration/systems.ts";
import { chosen, type SimulatedName, simulatedSystems } from "../worker/up/simulated-systems.ts";
import { dataConverter } from "../workflows/sealing/data-converter.ts";

export const SECRET = "a-secret-of-tests-only-0123456789abcdef";

export interface RunningProcess {
  readonly process: ChildProcess;
  readonly output: () => string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export type Simulators = Record<SimulatedName, Simulator>;

export interface Rig {
  readonly folder: string;
  readonly simulators: Simulators;
  readonly register: Register;
  readonly client: Client;
  /** Environment of the processes of this rig. */
  readonly env: Record<string, string>;
  postgres: PostgresServer;
  temporal: TemporalServer;
  startWorker(env?: Record<string, string>): Promise<RunningProcess>;
  startProcess(script: string, env?: Record<string, string>): Promise<RunningProcess>;
  start(service: string, request: JsonObject, options?: { id?: string; channel?: string; presentedAt?: string }): Promise<TestCase>;
  restartTemporal(): Promise<void>;
  restartPostgres(): Promise<void>;
  /** Rows of the register, past its own interface. */
  sql<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Runs `work` while this statement's locks are held. */
  holding(lock: string, work: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** A case under test. */
export interface TestCase {
  readonly id: string;
  readonly handle: WorkflowHandle;
  status(): Promise<CaseStatus>;
  /** The first status that satisfies the condition; fails with the last one seen. */
  until(what: string, condition: (status: CaseStatus) => boolean, timeoutMs?: number): Promise<CaseStatus>;
  send(message: Partial<Message> & { name: string }): Promise<MessageAnswer>;
  repair(repair: Partial<Repair> & { verb: Repair["verb"] }): Promise<MessageAnswer>;
  closed(timeoutMs?: number): Promise<CaseStatus>;
}

export interface RigOptions {
  ui?: boolean;
  env?: Record<string, string>;
  folder?: string;
  /** The adapters of another municipality than Milan, whose simulators its systems are pointed at. */
  adapters?: Record<string, string>;
}

/** With `folder`, goes on with what an earlier installation left there; the folder is removed at the end either way. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "darsena-rig-"));
  // PostgreSQL's own user must be able to enter it.
  chmodSync(folder, 0o755);
  const binary = await findTemporal({});
  const ports = { postgres: await freePort(), temporal: await freePort(), ui: await freePort() };
  const startServers = {
    postgres: () => startPostgres({ folder: join(folder, "postgres"), port: ports.postgres }),
    temporal: () =>
      startTemporal({ binary, folder: join(folder, "temporal"), port: ports.temporal, uiPort: ports.ui, headless: !options.ui }),
  };
  const [postgres, temporal, simulators] = await Promise.all([
    startServers.postgres(),
    startServers.temporal(),
    startSimulators({ portBase: 0, host: "127.0.0.1", folder: join(folder, "simulators") }),
  ]);
  const env = { ...environment({ folder, postgres, temporal, simulators }, options.adapters), ...options.env };
  const register = openRegister(postgres.url, { attachmentsFolder: join(folder, "attachments") });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, dataConverter });
  const processes: RunningProcess[] = [];
  const rig: Rig = {
    folder,
    simulators,
    register,
    client,
    env,
    postgres,
    temporal,
    startProcess: async (script, more = {}) => {
      const running = await startReady(script, { ...env, ...more });
      processes.push(running);
      return running;
    },
    startWorker: (more) => rig.startProcess("dist/worker/main.js", more),
    start: async (service, request, { id, channel, presentedAt } = {}) => {
      const workflowId = id ?? `${service}-test-${Math.random().toString(36).slice(2, 12)}`;
      const start: CaseStart = { request, channel: channel ?? "test", ...(presentedAt === undefined ? {} : { presentedAt }) };
      const handle = await client.workflow.start(service, {
        taskQueue: "cases",
        workflowId,
        args: [start],
        workflowIdConflictPolicy: "USE_EXISTING",
      });
      return testCase({ client, register }, handle.workflowId);
    },
    restartTemporal: async () => {
      await rig.temporal.kill();
      rig.temporal = await startServers.temporal();
    },
    restartPostgres: async () => {
      await rig.postgres.kill();
      rig.postgres = await startServers.postgres();
    },
    sql: async <Row>(text: string, values: unknown[] = []) => {
      const database = new Database({ connectionString: rig.postgres.url });
      await database.connect();
      try {
        return (await database.query(text, values)).rows as Row[];
      } finally {
        await database.end();
      }
    },
    holding: async (lock, work) => {
      const database = new Database({ connectionString: rig.postgres.url });
      await database.connect();
      try {
        await database.query("begin");
        await database.query(lock);
        await work();
      } finally {
        await database.end();
      }
    },
    stop: async () => {
      await Promise.all(processes.map((one) => one.kill("SIGKILL")));
      await connection.close();
      await register.close();
      await Promise.all(Object.values(simulators).map((one) => one.close()));
      await Promise.all([rig.temporal.kill(), rig.postgres.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

interface Servers {
  folder: string;
  postgres: PostgresServer;
  temporal: TemporalServer;
  simulators: Simulators;
}

function environment({ folder, postgres, temporal, simulators }: Servers, adapters?: Record<string, string>): Record<string, string> {
  const env = simulatedSystems({ portBase: 9101, host: "127.0.0.1", ...(adapters ? { adapters } : {}) }, {});
  for (const [name, { contract }] of chosen(adapters))
    for (const field of ["endpoint", "baseUrl"]) {
      const variable = systemVariable(contract, field);
      const base = env[variable];
      if (base !== undefined) env[variable] = simulators[name].url + new URL(base).pathname.replace(/\/$/, "");
    }
  return {
    ...env,
    TEMPORAL_ADDRESS: temporal.address,
    DATABASE_URL: postgres.url,
    DARSENA_SECRET: SECRET,
    DARSENA_STATE: folder,
    DARSENA_ATTACHMENTS: join(folder, "attachments"),
    DARSENA_DURATIONS: "disabled-parking-pass.paid=PT1S",
  };
}

async function startReady(script: string, env: Record<string, string>): Promise<RunningProcess> {
  const child = spawn(process.execPath, [script], { env: { ...process.env, NODE_OPTIONS: "", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ready = new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('"ready":true')) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", (code, signal) => reject(new Error(`${script} ended (${code ?? signal}) before it was ready:\n${output}`)));
  });
  await ready;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    process: child,
    output: () => output,
    kill: async (signal = "SIGKILL") => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await ended;
    },
  };
}

/** A case by its id. */
export function testCase({ client, register }: Pick<Rig, "client" | "register">, id: string): TestCase {
  const handle = client.workflow.getHandle(id);
  // Statuses come from the register, as the gateway reads them, and never older than the last answer promised.
  let after = 0;
  const status = async () => (await register.cases.waitFor(id, after, 5_000)) as CaseStatus;
  const promised = (answer: MessageAnswer): MessageAnswer => {
    after = Math.max(after, answer.number);
    return answer;
  };
  const until: TestCase["until"] = async (what, condition, timeoutMs = 30_000) => {
    const giveUpAt = Date.now() + timeoutMs;
    let last: unknown;
    while (Date.now() < giveUpAt) {
      try {
        const now = await status();
        last = now;
        if (now && condition(now)) return now;
      } catch (error) {
        last = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const { raw } = await handle.describe();
    const pending = raw.pendingActivities
      ?.map((one) => `${one.activityType?.name} attempt ${one.attempt}: ${textOf(one.lastFailure)}`)
      .join("; ");
    throw new Error(
      `${id} never came to "${what}"; pending: ${pending ?? ""}; last: ${last instanceof Error ? last.message : JSON.stringify(last, null, 1)}`,
    );
  };
  return {
    id,
    handle,
    status,
    until,
    send: async (message) =>
      promised(
        await handle.executeUpdate<MessageAnswer, [Message]>("message", {
          args: [{ id: `m-${Math.random().toString(36).slice(2)}`, body: {}, from: "test", at: new Date().toISOString(), ...message }],
        }),
      ),
    repair: async (repair) =>
      promised(
        await handle.executeUpdate<MessageAnswer, [Repair]>("repair", {
          args: [{ id: `r-${Math.random().toString(36).slice(2)}`, reason: "test", by: "Test Operator", ...repair }],
        }),
      ),
    closed: (timeoutMs) => until("closed", (now) => now.state === "closed", timeoutMs),
  };
}

/** The message of a failure, which travels as a payload. */
function textOf(failure: { encodedAttributes?: { data?: Uint8Array | null } | null; message?: string | null } | null | undefined): string {
  const data = failure?.encodedAttributes?.data;
  return data ? String((JSON.parse(Buffer.from(data).toString()) as { message?: string }).message) : (failure?.message ?? "");
}

/** Answers the open decision of the case. */
export async function decide(c: TestCase, body: JsonObject): Promise<void> {
  const { actions } = await c.until("a decision is open", (now) => now.actions.some((action) => action.name === "decision"));
  const action = actions.find((one) => one.name === "decision");
  await c.send({ name: "decision", for: action?.id ?? "", body, from: "office:test" });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

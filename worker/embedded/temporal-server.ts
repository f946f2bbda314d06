/** The embedded Temporal server: the development server of the Temporal command, kept in a file, with the settings that make it quick. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { lastLines, type ServerProcess, startProcess } from "./server-process.ts";
import type { TemporalBinary } from "./temporal-binary.ts";

const FILE = "temporal.db";
const START_MS = 60_000;
const RETENTION = `${90 * 24 * 3600}s`;

/** Measured in the performance reference: one history shard is polled too rarely, and one partition keeps a system queue in order. */
const DYNAMIC_CONFIGURATION = {
  "history.transferProcessorMaxPollRPS": 1000,
  "matching.numTaskqueueReadPartitions": 1,
  "matching.numTaskqueueWritePartitions": 1,
  "matching.useNewMatcher": true,
  "frontend.namespaceRPS.visibility": 500,
  "system.enableActivityEagerExecution": true,
};
const PRAGMAS = { journal_mode: "WAL", synchronous: 1 };

/** Where the server keeps its file and on which ports it listens. */
export interface TemporalOptions {
  readonly binary: Pick<TemporalBinary, "path"> & Partial<Pick<TemporalBinary, "serverVersion">>;
  readonly folder: string;
  /** A free port is taken when absent or 0. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Without the web UI. */
  readonly headless?: boolean;
  readonly namespace?: string;
  readonly log?: string;
  /** Told of the process as soon as it exists, long before it is ready. */
  readonly onSpawn?: (server: ServerProcess) => void;
}

/** A running Temporal server. `stop` is polite, `kill` is SIGKILL; what it acknowledged survives both. */
export interface TemporalServer {
  /** `host:port` of the gRPC interface. */
  readonly address: string;
  /** The web UI; empty when headless. */
  readonly uiUrl: string;
  readonly pid: number;
  readonly process: ServerProcess;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts the development server on the folder's file and resolves when its namespace takes requests. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  mkdirSync(options.folder, { recursive: true });
  checkVersion(options);
  const [port, uiPort, httpPort] = [options.port || (await freePort()), options.uiPort || (await freePort()), await freePort()];
  const namespace = options.namespace ?? "default";
  const server = await startProcess({
    name: "temporal",
    file: options.binary.path,
    args: flags(options, { port, uiPort, httpPort, namespace }),
    env: withoutTemporalSettings(process.env),
    log: options.log ?? join(options.folder, "temporal.log"),
  });
  options.onSpawn?.(server);
  try {
    await untilReady(server, `http://127.0.0.1:${httpPort}/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  } catch (error) {
    await server.kill();
    throw error;
  }
  const { pid, stop, kill } = server;
  return { address: `127.0.0.1:${port}`, uiUrl: options.headless ? "" : `http://127.0.0.1:${uiPort}`, pid, process: server, stop, kill };
}

function flags(options: TemporalOptions, at: { port: number; uiPort: number; httpPort: number; namespace: string }): string[] {
  const values = {
    ip: "127.0.0.1",
    port: at.port,
    "http-port": at.httpPort,
    ...(options.headless ? {} : { "ui-port": at.uiPort }),
    "db-filename": join(options.folder, FILE),
    namespace: at.namespace,
    "log-level": "error",
    color: "never",
  };
  return [
    "server",
    "start-dev",
    ...Object.entries(values).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ...(options.headless ? ["--headless"] : []),
    ...Object.entries(PRAGMAS).flatMap(([key, value]) => ["--sqlite-pragma", `${key}=${value}`]),
    ...Object.entries(DYNAMIC_CONFIGURATION).flatMap(([key, value]) => ["--dynamic-config-value", `${key}=${JSON.stringify(value)}`]),
  ];
}

/** Asked over the server's HTTP interface, which needs no gRPC client in the command that only starts it. */
async function untilReady(server: ServerProcess, namespaceUrl: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    if (!server.running()) throw new Error(explain(server));
    const retention = await retentionOf(namespaceUrl);
    if (retention !== undefined) return retention === RETENTION ? undefined : setRetention(namespaceUrl);
    if (Date.now() > deadline) throw new Error(`Temporal was not ready within ${START_MS / 1000} s; its log is ${server.log}`);
    await pause(25);
  }
}

async function retentionOf(namespaceUrl: string): Promise<string | undefined> {
  try {
    const response = await fetch(namespaceUrl, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) return undefined;
    const { config } = (await response.json()) as { config?: { workflowExecutionRetentionTtl?: string } };
    return config?.workflowExecutionRetentionTtl ?? "";
  } catch {
    return undefined;
  }
}

/** How long closed cases stay visible; the register keeps them for good. Written to the server's file, so needed only once. */
async function setRetention(namespaceUrl: string): Promise<void> {
  const response = await fetch(`${namespaceUrl}/update`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ config: { workflowExecutionRetentionTtl: RETENTION } }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`Temporal refused the retention of its namespace (${response.status})`);
}

/** The file's tables belong to one minor version of the server and are made only when it is new. */
function checkVersion({ binary, folder }: TemporalOptions): void {
  if (!binary.serverVersion) return;
  const file = join(folder, "server-version");
  if (!existsSync(join(folder, FILE))) return writeFileSync(file, `${binary.serverVersion}\n`);
  const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : binary.serverVersion;
  if (minor(kept) !== minor(binary.serverVersion))
    throw new Error(
      `the cases in ${folder} were written by Temporal server ${kept}, and ${binary.path} is ${binary.serverVersion}. ` +
        `Name a command with server ${minor(kept)} by TEMPORAL_CLI, or use another state folder (DARSENA_STATE).`,
    );
}

const minor = (version: string): string => version.split(".").slice(0, 2).join(".");

function explain(server: ServerProcess): string {
  const output = server.output();
  const port = /can't (?:bind|set).* port (\d+)/.exec(output)?.[1] ?? /listen tcp [^ ]*:(\d+): bind/.exec(output)?.[1];
  if (port)
    return `Temporal cannot listen on port ${port} of 127.0.0.1: it is taken. Choose another with DARSENA_TEMPORAL_PORT or DARSENA_TEMPORAL_UI_PORT.`;
  return `Temporal ended while starting; its log is ${server.log}\n${lastLines(output)}`;
}

/** Settings meant for clients (address, namespace, key) would be read as flags by the command. */
const withoutTemporalSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith("TEMPORAL_")));

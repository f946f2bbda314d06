/** A city for chaos: every process one of its own, kept alive, with Toxiproxy on every way between them. Judges and operators' look-ups go past it. */
import { chmodSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { CasesClient } from "../../client/cases-client.ts";
import { httpClient } from "../../client/http-client.ts";
import { portIsFree } from "../../worker/embedded/free-port.ts";
import { startPostgres } from "../../worker/embedded/postgres-server.ts";
import { type ServerProcess, startProcess } from "../../worker/embedded/server-process.ts";
import type { TemporalBinary } from "../../worker/embedded/temporal-binary.ts";
import { startTemporal } from "../../worker/embedded/temporal-server.ts";
import { systemVariable } from "../../worker/configuration/systems.ts";
import { SIMULATOR_PORTS, simulatedSystems } from "../../worker/up/simulated-systems.ts";
import { KeptProcess, type StartLife } from "./kept-process.ts";
import { Toxiproxy } from "./toxiproxy.ts";

/** The simulated systems, in the order of their ports. */
export const systems = ["registry", "protocol", "tax", "payments", "messages"] as const;
export type SystemName = (typeof systems)[number];
/** Ways that can be poisoned. */
export const ways = ["temporal", "postgres", "gateway", ...systems] as const;
export type Way = (typeof ways)[number];
/** Processes that can be killed. */
export const victims = ["worker-1", "worker-2", "gateway", "temporal", "postgres", "simulators"] as const;
export type Victim = (typeof victims)[number];

const READY_MS = 90_000;
/** A request that somebody holds arrives within this time after the deadline: longer than any toxic of `weather.ts` holds one. */
const SETTLE_MS = 10_000;
const DEADLINE_MS = 4_000;
const SECRET = "a-secret-of-chaos-only-0123456789abcdef";

export interface CityOptions {
  /** Of everything that it keeps; must exist. */
  readonly folder: string;
  readonly seed: number;
  readonly binaries: { readonly temporal: TemporalBinary; readonly toxiproxy: string };
  /** By how much the gateway's clock is wrong in its next life. */
  skewMs(): number;
  /** A guarantee that the workers break on purpose (worker/sabotage.ts). */
  readonly sabotage?: string;
}

export interface City {
  readonly folder: string;
  /** Where each life of each process writes. */
  readonly logs: string;
  readonly processes: Readonly<Record<Victim, KeptProcess>>;
  readonly toxiproxy: Toxiproxy;
  /** As channels, offices and operators speak to Darsena: through the poisoned way. */
  readonly gateway: CasesClient;
  readonly gatewayUrl: string;
  /** Past Toxiproxy, for those who judge: the register's database, Temporal, and each simulator. */
  readonly direct: { readonly postgresUrl: () => string; readonly temporal: string; readonly simulator: (system: SystemName) => string };
  /** Until every process is ready again; rejects after two minutes. */
  whole(): Promise<void>;
  /** Ends every process by force. */
  stop(): Promise<void>;
}

/** Starts everything; whatever was started is ended again when something does not start. */
export async function startCity(options: CityOptions): Promise<City> {
  const { folder, seed, binaries } = options;
  // PostgreSQL's own user must be able to enter it.
  chmodSync(folder, 0o755);
  const logs = join(folder, "logs");
  mkdirSync(logs);
  const ports = await choosePorts();
  const toxiproxy = await Toxiproxy.start({
    binary: binaries.toxiproxy,
    port: ports.toxiproxy,
    log: join(logs, "toxiproxy.log"),
    seed,
    passages: ways.map((name) => ({ name, port: ports.through[name], upstream: ports.real[name] })),
  });
  let databaseUrl = "";
  const env = environment(folder, ports);
  const node = (script: string, more: () => Record<string, string> = () => ({})) => nodeLife(script, () => ({ ...env, ...more() }), logs);
  const through = (url: string) => url.replace(/:\d+\//, `:${ports.through.postgres}/`);
  const own = () => ({ DATABASE_URL: through(databaseUrl) });
  const sabotage: Record<string, string> =
    options.sabotage === undefined ? {} : { DARSENA_TEST: "1", DARSENA_TEST_SABOTAGE: options.sabotage };
  const start: Record<Victim, StartLife> = {
    postgres: async (life, onSpawn) => {
      const log = join(logs, `postgres.${life}.log`);
      databaseUrl = (await startPostgres({ folder: join(folder, "postgres"), port: ports.real.postgres, log, onSpawn })).url;
    },
    temporal: async (life, onSpawn) => {
      const log = join(logs, `temporal.${life}.log`);
      const at = { folder: join(folder, "temporal"), port: ports.real.temporal };
      await startTemporal({ binary: binaries.temporal, ...at, headless: true, log, onSpawn });
    },
    simulators: node("simulators dist/worker/simulators-main.js"),
    gateway: node("gateway dist/client/gateway/main.js", () => ({ ...own(), ...skewed(options.skewMs()) })),
    "worker-1": node("worker-1 dist/worker/main.js", () => ({ ...own(), ...sabotage })),
    "worker-2": node("worker-2 dist/worker/main.js", () => ({ ...own(), ...sabotage })),
  };
  const processes = Object.fromEntries(victims.map((name) => [name, new KeptProcess(name, start[name])])) as Record<Victim, KeptProcess>;
  const stop = async () => {
    await Promise.all(Object.values(processes).map((one) => one.stop()));
    await toxiproxy.stop();
  };
  try {
    await Promise.all([processes.postgres.begin(), processes.temporal.begin(), processes.simulators.begin()]);
    // One after the other: both make the register's tables and the namespace's attributes.
    for (const name of ["worker-1", "worker-2", "gateway"] as const) await processes[name].begin();
  } catch (error) {
    await stop();
    throw error;
  }
  const gatewayUrl = `http://127.0.0.1:${ports.through.gateway}`;
  return {
    folder,
    logs,
    processes,
    toxiproxy,
    gateway: httpClient(gatewayUrl),
    gatewayUrl,
    direct: {
      postgresUrl: () => databaseUrl,
      temporal: `127.0.0.1:${ports.real.temporal}`,
      simulator: (system) => `http://127.0.0.1:${ports.real[system]}`,
    },
    whole: async () => {
      const giveUpAt = Date.now() + READY_MS;
      for (;;) {
        const missing = Object.values(processes).filter((one) => !one.isReady());
        if (missing.length === 0) return;
        if (Date.now() > giveUpAt) throw new Error(`not ready after the chaos: ${missing.map(({ name }) => name).join(", ")}`);
        await pause(100);
      }
    },
    stop,
  };
}

interface Ports {
  readonly toxiproxy: number;
  readonly real: Readonly<Record<Way, number>>;
  readonly through: Readonly<Record<Way, number>>;
}

/** Below the range from which a system takes ports for outgoing connections, so that nobody has one of them while its process is down. */
async function choosePorts(): Promise<Ports> {
  // The simulators are the last of the ways, and take more ports than have one.
  const apart = ways.length + SIMULATOR_PORTS - systems.length;
  const count = 2 * apart + 1;
  for (let tries = 0; tries < 50; tries++) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const all = Array.from({ length: count }, (_, index) => base + index);
    if (!(await Promise.all(all.map((port) => portIsFree(port)))).every(Boolean)) continue;
    const from = (first: number) => Object.fromEntries(ways.map((way, index) => [way, first + index])) as Record<Way, number>;
    return { real: from(base), through: from(base + apart), toxiproxy: base + count - 1 };
  }
  throw new Error("no free ports were found between 20000 and 30000");
}

function environment(folder: string, { real, through }: Ports): Record<string, string> {
  const env = simulatedSystems({ portBase: through.registry, host: "127.0.0.1" }, {});
  for (const system of systems) {
    env[systemVariable(system, "deadlineMs")] = String(DEADLINE_MS);
    env[systemVariable(system, "settleMs")] = String(SETTLE_MS);
  }
  return {
    ...env,
    TEMPORAL_ADDRESS: `127.0.0.1:${through.temporal}`,
    DARSENA_SECRET: SECRET,
    DARSENA_STATE: folder,
    DARSENA_ATTACHMENTS: join(folder, "attachments"),
    DARSENA_DURATIONS: "disabled-parking-pass.paid=PT1S",
    DARSENA_GATEWAY_PORT: String(real.gateway),
    DARSENA_SIMULATOR_PORT_BASE: String(real.registry),
    DARSENA_MUNICIPALITY: "milano",
    DARSENA_LOG_LEVEL: "debug",
    NODE_OPTIONS: "",
  };
}

const skewed = (offsetMs: number): Record<string, string> => ({
  DARSENA_TEST_CLOCK_OFFSET_MS: String(offsetMs),
  NODE_OPTIONS: `--import ${pathToFileURL(resolve("dist/test/chaos/skewed-clock.js")).href}`,
});

/** A life of a program of ours, ready when it says so. */
function nodeLife(nameAndScript: string, env: () => Record<string, string>, logs: string): StartLife {
  const [name = "", script = ""] = nameAndScript.split(" ");
  return async (life, onSpawn) => {
    const log = join(logs, `${name}.${life}.log`);
    const server = await startProcess({ name, file: process.execPath, args: [script], log, env: { ...process.env, ...env() } });
    onSpawn(server);
    await untilReady(server);
  };
}

async function untilReady(server: ServerProcess): Promise<void> {
  const giveUpAt = Date.now() + READY_MS;
  while (!server.output().includes('"ready":true')) {
    if (!server.running()) throw new Error(`${server.name} ${await server.ended} before it was ready: ${server.output().slice(-500)}`);
    if (Date.now() > giveUpAt) throw new Error(`${server.name} was not ready within ${READY_MS / 1_000} s`);
    await pause(50);
  }
}

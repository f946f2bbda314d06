/** Starts every component: servers and simulators side by side, then worker and gateway side by side. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCatalogue } from "../../catalogue/catalogue.ts";
import { keptSecret } from "../configuration/secret.ts";
import type { Settings } from "../configuration/settings.ts";
import { startPostgres } from "../embedded/postgres-server.ts";
import { findTemporal } from "../embedded/temporal-binary.ts";
import { startTemporal } from "../embedded/temporal-server.ts";
import type { Fleet } from "./fleet.ts";
import type { Plan } from "./plan.ts";
import { SIMULATOR_PORTS, simulatedSystems } from "./simulated-systems.ts";
import type { View } from "./view.ts";

/** Where everything is once it runs. */
export interface Running {
  readonly gatewayUrl: string;
  /** Undefined where the Temporal server is not ours. */
  readonly uiUrl: string | undefined;
  readonly namespace: string;
}

/** What the start needs. */
export interface Start {
  readonly settings: Settings;
  readonly plan: Plan;
  readonly env: NodeJS.ProcessEnv;
  readonly fleet: Fleet;
  readonly view: View;
}

const program = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Resolves when every component is ready; rejects with the first failure. */
export async function startAll(start: Start): Promise<Running> {
  const { settings, plan, fleet, view } = start;
  const simulators = shown(view, "simulators", async () => {
    await fleet.startNode("simulators", program("worker/simulators-main.js"), childEnv(start));
    return [undefined, `ports ${plan.simulatorBase} to ${plan.simulatorBase + SIMULATOR_PORTS - 1}`];
  });
  // Awaited below; a failure before that must not count as nobody's.
  simulators.catch(() => {});
  const [database, temporal] = await untilAll([startDatabase(start), startEngine(start)]);
  const env = childEnv(start, database);
  const gatewayUrl = `http://${bracketed(settings.gateway.host)}:${plan.gatewayPort}`;
  await untilAll([
    simulators,
    shown(view, "worker", async () => {
      await fleet.startNode("worker", program("worker/main.js"), env);
      return [undefined, `municipality ${settings.municipality}`];
    }),
    shown(view, "gateway", async () => {
      await fleet.startNode("gateway", program("client/gateway/main.js"), env);
      return [undefined, gatewayUrl];
    }),
  ]);
  return { gatewayUrl, uiUrl: temporal, namespace: settings.temporal.namespace };
}

const untilAll = <T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> =>
  Promise.all(work) as unknown as Promise<T>;

async function startDatabase({ settings, plan, fleet, view }: Start): Promise<string> {
  if (settings.databaseUrl !== undefined) return shown(view, "postgres", async () => [settings.databaseUrl as string, "DATABASE_URL"]);
  return shown(view, "postgres", async () => {
    const server = await startPostgres({
      folder: join(settings.stateFolder, "postgres"),
      port: plan.postgresPort,
      log: join(settings.stateFolder, "logs", "postgres.log"),
      say: (message) => view.say(message),
      onSpawn: (one) => fleet.add(one, "SIGINT"),
    });
    return [server.url, `127.0.0.1:${server.port}`];
  });
}

/** The UI's address, where the server is ours. */
async function startEngine({ settings, plan, env, fleet, view }: Start): Promise<string | undefined> {
  if (!plan.startsTemporal) return shown(view, "temporal", async () => [undefined, `TEMPORAL_ADDRESS ${settings.temporal.address}`]);
  return shown(view, "temporal", async () => {
    const binary = await findTemporal({ env, progress: (message) => view.show("temporal", "starting", message) });
    const server = await startTemporal({
      binary,
      folder: join(settings.stateFolder, "temporal"),
      port: plan.temporalPort,
      uiPort: plan.temporalUiPort,
      namespace: settings.temporal.namespace,
      log: join(settings.stateFolder, "logs", "temporal.log"),
      onSpawn: (one) => fleet.add(one),
    });
    return [server.uiUrl, `${server.address}, UI ${server.uiUrl}`];
  });
}

async function shown<T>(view: View, name: string, run: () => Promise<readonly [T, string]>): Promise<T> {
  view.show(name, "starting");
  try {
    const [result, detail] = await run();
    view.show(name, "ready", detail);
    return result;
  } catch (error) {
    view.show(name, "failed");
    throw error;
  }
}

/** The environment of our own programs: what the user set, completed by what was started. */
function childEnv({ settings, plan, env }: Start, databaseUrl?: string): NodeJS.ProcessEnv {
  return {
    ...env,
    ...simulatedSystems({ portBase: plan.simulatorBase, host: settings.simulators.host, adapters: adaptersOf(settings) }, env),
    TEMPORAL_ADDRESS: plan.startsTemporal ? `127.0.0.1:${plan.temporalPort}` : settings.temporal.address,
    TEMPORAL_NAMESPACE: settings.temporal.namespace,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    DARSENA_SECRET: settings.secret ?? keptSecret(settings.stateFolder),
    DARSENA_STATE: settings.stateFolder,
    DARSENA_ATTACHMENTS: settings.attachmentsFolder,
    DARSENA_GATEWAY_PORT: String(plan.gatewayPort),
    DARSENA_SIMULATOR_PORT_BASE: String(plan.simulatorBase),
  };
}

/** Which adapters the municipality names: their simulators are what the worker is pointed at. */
function adaptersOf(settings: Settings): Readonly<Record<string, string>> {
  return openCatalogue(settings.catalogueFolder ?? program("catalogue-compiled"), settings.municipality).overlay.adapters;
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);

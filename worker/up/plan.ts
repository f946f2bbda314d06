/** What one `darsena up` starts, on which ports, and what it leaves to servers that run already. */
import type { Settings } from "../configuration/settings.ts";
import { freeRun, portOrFree, type WantedPort } from "./ports.ts";
import { SIMULATOR_PORTS } from "./simulated-systems.ts";

/** The ports, drawn where a setting says 0, and which servers are ours to start. */
export interface Plan {
  /** False where TEMPORAL_ADDRESS names a server that runs already. */
  readonly startsTemporal: boolean;
  /** False where DATABASE_URL names one. */
  readonly startsPostgres: boolean;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly postgresPort: number;
  /** First of the simulators' ports. */
  readonly simulatorBase: number;
  readonly gatewayPort: number;
}

/** Reads the plan out of the settings. */
export async function planOf(settings: Settings, env: NodeJS.ProcessEnv): Promise<Plan> {
  const { embedded, simulators, gateway } = settings;
  return {
    startsTemporal: !env["TEMPORAL_ADDRESS"],
    startsPostgres: !env["DATABASE_URL"],
    temporalPort: await portOrFree(embedded.temporalPort),
    temporalUiPort: await portOrFree(embedded.temporalUiPort),
    postgresPort: await portOrFree(embedded.postgresPort),
    simulatorBase: simulators.portBase === 0 ? await freeRun(SIMULATOR_PORTS) : simulators.portBase,
    gatewayPort: await portOrFree(gateway.port),
  };
}

/** Every port of the plan with what wants it and the setting that changes it. */
export function wantedPorts(plan: Plan, settings: Settings): WantedPort[] {
  return [
    ...(plan.startsTemporal
      ? [
          local(plan.temporalPort, "the Temporal server", "DARSENA_TEMPORAL_PORT"),
          local(plan.temporalUiPort, "Temporal's web UI", "DARSENA_TEMPORAL_UI_PORT"),
        ]
      : []),
    ...(plan.startsPostgres ? [local(plan.postgresPort, "PostgreSQL", "DARSENA_POSTGRES_PORT")] : []),
    ...Array.from({ length: SIMULATOR_PORTS }, (_, index) => ({
      ...local(plan.simulatorBase + index, "a simulator", "DARSENA_SIMULATOR_PORT_BASE"),
      host: settings.simulators.host,
    })),
    { ...local(plan.gatewayPort, "the gateway", "DARSENA_GATEWAY_PORT"), host: settings.gateway.host },
  ];
}

const local = (port: number, wantedBy: string, setting: string): WantedPort => ({ port, host: "127.0.0.1", wantedBy, setting });

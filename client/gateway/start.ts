/** The gateway with all that it stands on: opened, listening, kept in order, and closed again. */
import { Client, type Connection } from "@temporalio/client";
import type { Logger } from "pino";
import { openCatalogue } from "../../catalogue/catalogue.ts";
import { CurrentCatalogue } from "../../catalogue/current-catalogue.ts";
import { migrate, openRegister, type Register, RegisterError } from "../../register/database.ts";
import { requireLoopback } from "../../worker/configuration/loopback.ts";
import { SettingsError } from "../../worker/configuration/problems.ts";
import type { Settings } from "../../worker/configuration/settings.ts";
import { dataConverter } from "../../workflows/sealing/data-converter.ts";
import { openCases, type CasesDeps } from "../cases.ts";
import { catalogueFolder } from "../catalogue-folder.ts";
import { connectLazily } from "../connection.ts";
import { systemsOf } from "../systems.ts";
import { dropForgotten } from "./housekeeping.ts";
import { gateway } from "./server.ts";

/** How long answers under way may take once the gateway is told to stop. */
const CLOSE_MS = 5_000;
const MIGRATE_AGAIN_MS = 1_000;

/** A gateway that listens. */
export interface RunningGateway {
  readonly url: string;
  /** Rejects when the database belongs to a newer build; otherwise resolves once the register is ready. */
  readonly registerReady: Promise<void>;
  close(): Promise<void>;
}

/** What a gateway process is started with. */
export interface GatewayStart {
  settings: Settings & { databaseUrl: string };
  log: Logger;
  checkpoint?: CasesDeps["checkpoint"];
}

/** Opens and listens. Neither Temporal nor the register need to be there: calls that want them answer 503 until they are. */
export async function startGateway({ settings, log, checkpoint }: GatewayStart): Promise<RunningGateway> {
  const { temporal, municipality, databaseUrl, attachmentsFolder, trustedNetwork } = settings;
  const { host, port, attachmentMaxBytes } = settings.gateway;
  const exposures = [
    { variable: "DARSENA_GATEWAY_HOST", address: host },
    { variable: "TEMPORAL_ADDRESS", address: temporal.address },
  ];
  requireLoopback(exposures, trustedNetwork, (message) => log.warn(message));
  const folder = catalogueFolder(settings);
  const catalogue = openCatalogue(folder, municipality, { durations: settings.durations });
  const register = openRegister(databaseUrl, { attachmentsFolder, log });
  const services = new CurrentCatalogue(catalogue, register.definitions);
  const connection = connectLazily({ address: temporal.address });
  const cases = openCases({
    temporal: new Client({ connection, namespace: temporal.namespace, dataConverter, identity: "darsena-gateway" }),
    register,
    catalogue: services,
    municipality,
    timeZone: catalogue.overlay.timeZone,
    attachmentLimitBytes: attachmentMaxBytes,
    checkpoint,
    warn: (message, caseId, error) => log.warn({ case: caseId, error: error instanceof Error ? error.name : typeof error }, message),
  });
  const systems = systemsOf(connection, temporal.namespace, catalogue.overlay.adapters);
  const app = await gateway({ cases, systems, log, loopbackOnly: !trustedNetwork, attachmentLimitBytes: attachmentMaxBytes });
  const stopped = new AbortController();
  const registerReady = migrateWhenThere(databaseUrl, stopped.signal);
  const housekeeping = dropForgotten(register.cases, log);
  const release = () => closeAll(connection, register, () => housekeeping.stop(), stopped);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await release();
    throw taken(error, host, port);
  }
  const address = app.server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    registerReady,
    async close() {
      // Whoever waits for a status number would hold the gateway open for half a minute.
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
      await app.close();
      clearTimeout(cut);
      await release();
    },
  };
}

async function closeAll(connection: Connection, register: Register, stopHousekeeping: () => void, stopped: AbortController): Promise<void> {
  stopped.abort();
  stopHousekeeping();
  await register.close();
  await connection.close();
}

/** Runs the migrations as soon as the database is there. */
async function migrateWhenThere(url: string, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    try {
      await migrate(url);
      return;
    } catch (error) {
      if (!(error instanceof RegisterError) || error.code === "REGISTER_NEWER" || error.code === "REGISTER_REFUSED") throw error;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MIGRATE_AGAIN_MS);
      stopped.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}

function taken(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Record<string, [variable: string, reason: string]> = {
    EADDRINUSE: ["DARSENA_GATEWAY_PORT", `port ${port} is taken`],
    EACCES: ["DARSENA_GATEWAY_PORT", `port ${port} is not allowed to this user`],
    EADDRNOTAVAIL: ["DARSENA_GATEWAY_HOST", `${host} is not an address of this machine`],
  };
  const [variable, reason] = reasons[code ?? ""] ?? [];
  return variable && reason ? new SettingsError("The gateway cannot listen", [{ variable, reason }]) : error;
}

/** Settings of the worker, the gateway and `darsena up`, read from the environment once, at start. */
import { join, resolve } from "node:path";
import { z } from "zod";
import { problemsOf, SettingsError } from "./problems.ts";

const port = (usual: number) => z.coerce.number().int().min(0).max(65_535).default(usual);
const flag = (usual: boolean) => z.stringbool().default(usual);
const hostAndPort = z.string().regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, "must be host:port");

/** Every variable that Darsena itself reads, with its meaning; systems have theirs beside (`systems.ts`). */
export const variables = {
  TEMPORAL_ADDRESS: hostAndPort.default("127.0.0.1:7233").describe("Temporal's gRPC interface"),
  TEMPORAL_NAMESPACE: z.string().min(1).default("default").describe("Temporal namespace of the municipality"),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe("PostgreSQL database of the register"),
  DARSENA_MUNICIPALITY: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "must be a name like milano")
    .default("milano")
    .describe("the overlay in municipalities/"),
  DARSENA_STATE: z.string().min(1).default(".darsena").describe("folder of everything that npm start keeps"),
  DARSENA_ATTACHMENTS: z.string().min(1).optional().describe("folder of the attachments; in the state folder when absent"),
  DARSENA_GATEWAY_HOST: z.string().min(1).default("127.0.0.1").describe("address on which the gateway listens"),
  DARSENA_GATEWAY_PORT: port(8080).describe("port on which the gateway listens"),
  DARSENA_ATTACHMENT_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(50 * 1024 * 1024)
    .describe("how large an uploaded file may be"),
  DARSENA_LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("least severe level that is logged"),
  DARSENA_TRUSTED_NETWORK: flag(false).describe("1 allows other addresses than loopback, without authorisation"),
  DARSENA_SHORT_WAY: flag(true).describe("0 sends every call of this worker's cases through its system's queue (docs/short-way.md)"),
  DARSENA_SECRET: z.string().min(32, "must have at least 32 characters").optional().describe("installation secret of the pseudonyms"),
  DARSENA_TEMPORAL_PORT: port(7233).describe("port of the Temporal server that npm start starts"),
  DARSENA_TEMPORAL_UI_PORT: port(8233).describe("port of its web UI"),
  DARSENA_POSTGRES_PORT: port(5533).describe("port of the PostgreSQL server that npm start starts"),
  DARSENA_CATALOGUE: z.string().min(1).optional().describe("folder of the compiled services; that of the build when absent"),
  DARSENA_DURATIONS: z
    .string()
    .regex(/^$|^[\w./-]+=P[\w]+(,[\w./-]+=P[\w]+)*$/, "must be like disabled-parking-pass.paid=PT15M,...")
    .optional()
    .describe(
      "durations that replace those of services: <service>.<step> for the interval of a wait, <service>.<step>.within for the time allowed (decision/correction.within for an ask of a decision)",
    ),
  DARSENA_SIMULATOR_HOST: z.string().min(1).default("127.0.0.1").describe("address on which the simulators listen"),
  DARSENA_SIMULATOR_PORT_BASE: port(9101).describe("first of the ports of the simulators, one after the other; 0 takes free ones"),
} as const satisfies Record<string, z.ZodType>;

/** All settings, with absolute folders. */
export interface Settings {
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** Undefined until `npm start` or the administrator has set it; see `required`. */
  readonly databaseUrl: string | undefined;
  readonly municipality: string;
  readonly stateFolder: string;
  readonly attachmentsFolder: string;
  /** Folder of the compiled services; undefined means that of the build. */
  readonly catalogueFolder: string | undefined;
  /** ISO durations that replace those of services, by `<service>.<step>` or `<service>.<step>.within`. */
  readonly durations: Readonly<Record<string, string>>;
  readonly gateway: { readonly host: string; readonly port: number; readonly attachmentMaxBytes: number };
  readonly logLevel: z.infer<typeof variables.DARSENA_LOG_LEVEL>;
  readonly trustedNetwork: boolean;
  /** Whether calls may take the short way in this worker. */
  readonly shortWay: boolean;
  /** Undefined until `npm start` or the administrator has set it; see `required`. */
  readonly secret: string | undefined;
  /** Ports of what `npm start` starts. */
  readonly embedded: { readonly temporalPort: number; readonly temporalUiPort: number; readonly postgresPort: number };
  readonly simulators: { readonly host: string; readonly portBase: number };
}

/** Reads all settings; throws one `SettingsError` that lists every wrong one. An empty variable counts as absent. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(Object.keys(variables).map((name) => [name, env[name] === "" ? undefined : env[name]]));
  const { success, data, error } = z.object(variables).safeParse(given);
  if (!success)
    throw new SettingsError(
      "These settings are wrong",
      problemsOf(
        error,
        (path) => String(path[0]),
        (name) => env[name],
      ),
    );
  const stateFolder = resolve(data.DARSENA_STATE);
  return {
    temporal: { address: data.TEMPORAL_ADDRESS, namespace: data.TEMPORAL_NAMESPACE },
    databaseUrl: data.DATABASE_URL,
    municipality: data.DARSENA_MUNICIPALITY,
    stateFolder,
    attachmentsFolder: resolve(data.DARSENA_ATTACHMENTS ?? join(stateFolder, "attachments")),
    catalogueFolder: data.DARSENA_CATALOGUE === undefined ? undefined : resolve(data.DARSENA_CATALOGUE),
    durations: Object.fromEntries((data.DARSENA_DURATIONS ?? "").split(",").flatMap((pair) => (pair === "" ? [] : [pair.split("=")]))),
    gateway: {
      host: data.DARSENA_GATEWAY_HOST,
      port: data.DARSENA_GATEWAY_PORT,
      attachmentMaxBytes: data.DARSENA_ATTACHMENT_MAX_BYTES,
    },
    logLevel: data.DARSENA_LOG_LEVEL,
    trustedNetwork: data.DARSENA_TRUSTED_NETWORK,
    shortWay: data.DARSENA_SHORT_WAY,
    secret: data.DARSENA_SECRET,
    embedded: {
      temporalPort: data.DARSENA_TEMPORAL_PORT,
      temporalUiPort: data.DARSENA_TEMPORAL_UI_PORT,
      postgresPort: data.DARSENA_POSTGRES_PORT,
    },
    simulators: { host: data.DARSENA_SIMULATOR_HOST, portBase: data.DARSENA_SIMULATOR_PORT_BASE },
  };
}

/** The settings that a worker or gateway cannot do without: throws one error that names the missing ones. */
export function required(settings: Settings): Settings & { readonly databaseUrl: string; readonly secret: string } {
  const { databaseUrl, secret } = settings;
  if (databaseUrl !== undefined && secret !== undefined) return { ...settings, databaseUrl, secret };
  const missing = [...(databaseUrl === undefined ? ["DATABASE_URL"] : []), ...(secret === undefined ? ["DARSENA_SECRET"] : [])];
  throw new SettingsError(
    "These settings are missing",
    missing.map((variable) => ({
      variable,
      reason: `is missing (${variables[variable as "DATABASE_URL"].description}; npm start sets it by itself)`,
    })),
  );
}

/** The command line of `darsena up` and `npm start`. */
import { parseArgs } from "node:util";
import { SettingsError } from "../configuration/problems.ts";
import { variables } from "../configuration/settings.ts";
import type { DemoResult } from "./demo.ts";
import { up } from "./up.ts";
import type { Output } from "./view.ts";

const options = {
  once: { type: "boolean" },
  json: { type: "boolean" },
  "no-demo": { type: "boolean" },
  state: { type: "string" },
  "gateway-port": { type: "string" },
  "temporal-port": { type: "string" },
  "temporal-ui-port": { type: "string" },
  "postgres-port": { type: "string" },
  "simulator-port-base": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Options that are a setting under another name. */
const settings = {
  state: "DARSENA_STATE",
  "gateway-port": "DARSENA_GATEWAY_PORT",
  "temporal-port": "DARSENA_TEMPORAL_PORT",
  "temporal-ui-port": "DARSENA_TEMPORAL_UI_PORT",
  "postgres-port": "DARSENA_POSTGRES_PORT",
  "simulator-port-base": "DARSENA_SIMULATOR_PORT_BASE",
} as const;

/** What `--help` prints. */
export const help = `Usage: darsena up [options]        (npm start -- [options])

Runs all of Darsena on this machine: Temporal, PostgreSQL, simulators of the legacy systems, a worker and the gateway.
Then sends one case through and stays up; Ctrl-C stops everything.

Options:
  --once                       end after that case: exit code 0 when it ended well, else 1
  --json                       print one JSON line {case, service, state, outcome, protocolNumber, steps} on stdout; all else on stderr
  --no-demo                    send no case
  --state <folder>             where everything is kept (DARSENA_STATE, .darsena)
  --gateway-port <port>        DARSENA_GATEWAY_PORT (${usual("DARSENA_GATEWAY_PORT")}); for every port, 0 takes a free one
  --temporal-port <port>       DARSENA_TEMPORAL_PORT (${usual("DARSENA_TEMPORAL_PORT")})
  --temporal-ui-port <port>    DARSENA_TEMPORAL_UI_PORT (${usual("DARSENA_TEMPORAL_UI_PORT")})
  --postgres-port <port>       DARSENA_POSTGRES_PORT (${usual("DARSENA_POSTGRES_PORT")})
  --simulator-port-base <port> DARSENA_SIMULATOR_PORT_BASE (${usual("DARSENA_SIMULATOR_PORT_BASE")}): five ports from here on
  -h, --help                   this text

TEMPORAL_ADDRESS and DATABASE_URL name servers that run already; those are then not started.

Exit codes: 0 stopped or case ended well, 1 something failed, 2 wrong usage or the folder is held by another start,
130 and 143 interrupted before all was ready.
`;

function usual(
  variable:
    | "DARSENA_GATEWAY_PORT"
    | "DARSENA_TEMPORAL_PORT"
    | "DARSENA_TEMPORAL_UI_PORT"
    | "DARSENA_POSTGRES_PORT"
    | "DARSENA_SIMULATOR_PORT_BASE",
): number {
  return variables[variable].parse(undefined);
}

/** Streams of the process, passed in. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Runs the command with these arguments; resolves with its exit code. */
export async function upCommand(args: readonly string[], env: NodeJS.ProcessEnv, { stdout, stderr }: Streams): Promise<number> {
  let given: ReturnType<typeof parse>;
  try {
    given = parse(args);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
    return 2;
  }
  if (given.help) {
    stdout.write(help);
    return 0;
  }
  const overrides = Object.entries(settings).flatMap(([option, variable]) => {
    const value = given[option as keyof typeof settings];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const result = (result: DemoResult["shown"]) => void (given.json && stdout.write(`${JSON.stringify(result)}\n`));
  try {
    return await up({
      env: { ...env, ...Object.fromEntries(overrides) },
      demo: !given["no-demo"] || given.once === true,
      once: given.once === true,
      out: given.json ? stderr : stdout,
      result,
    });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    stderr.write(`${error.message}\n`);
    return 2;
  }
}

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;

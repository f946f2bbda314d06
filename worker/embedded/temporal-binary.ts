/** Finds the Temporal command (which holds the development server), or obtains it once and keeps it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { goInstall, isExecutable, onPath } from "./go-install.ts";
import { downloadTemporal } from "./temporal-download.ts";

/** The release that Darsena obtains; the last one that `go install` can build. */
export const CLI_VERSION = "1.5.1";
const PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`;
const OLDEST_SERVER = [1, 29] as const;
const EXECUTABLE = process.platform === "win32" ? "temporal.exe" : "temporal";

/** A Temporal command that runs. */
export interface TemporalBinary {
  readonly path: string;
  /** Version of the server inside, such as `1.29.1`. */
  readonly serverVersion: string;
  /** Where it was found, in words. */
  readonly from: string;
}

/** Where to look. */
export interface FindTemporal {
  readonly env?: NodeJS.ProcessEnv;
  /** Where an obtained command is kept; `DARSENA_CACHE`, or `darsena` in the home's cache, when absent. */
  readonly cacheDir?: string;
  /** Told what goes on, again and again while something slow works. */
  readonly progress?: (message: string) => void;
  /** Base address of the official downloads; another one in tests. */
  readonly downloads?: string;
}

interface Place {
  readonly name: string;
  /** The command's path, or undefined when this place has none. Rejects with the reason when it cannot give one. */
  obtain(): Promise<string | undefined>;
}

/** The first Temporal command that runs, by the order of the design's section 8; rejects with one error that lists all that was tried. */
export async function findTemporal(options: FindTemporal = {}): Promise<TemporalBinary> {
  const env = options.env ?? process.env;
  const tried: string[] = [];
  for (const place of places(env, options)) {
    try {
      const path = await place.obtain();
      if (path === undefined) tried.push(`${place.name}: none`);
      else return { path, serverVersion: await serverVersion(path), from: place.name };
    } catch (error) {
      tried.push(`${place.name}: ${error instanceof Error ? error.message : String(error)}`);
      if (place.name === "TEMPORAL_CLI") break;
    }
  }
  throw new Error(
    [
      "The Temporal command was not found and could not be obtained. Tried:",
      ...tried.map((line) => `  - ${line}`),
      "What to do, one of:",
      "  - install it (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or name it with TEMPORAL_CLI=/path/to/temporal",
      `  - install Go, so that this command can build it (go install ${PACKAGE})`,
      "  - use a Temporal server that runs already: TEMPORAL_ADDRESS=host:port",
    ].join("\n"),
  );
}

/** Where obtained commands are kept. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env["DARSENA_CACHE"]) return resolve(env["DARSENA_CACHE"]);
  if (env["XDG_CACHE_HOME"]) return join(env["XDG_CACHE_HOME"], "darsena");
  return process.platform === "darwin" ? join(homedir(), "Library", "Caches", "darsena") : join(homedir(), ".cache", "darsena");
}

function places(env: NodeJS.ProcessEnv, options: FindTemporal): Place[] {
  const folder = join(options.cacheDir ?? cacheFolder(env), `temporal-${CLI_VERSION}`);
  const kept = join(folder, EXECUTABLE);
  const progress = options.progress ?? (() => {});
  return [
    { name: "TEMPORAL_CLI", obtain: async () => env["TEMPORAL_CLI"] || undefined },
    { name: "temporal on the PATH", obtain: async () => onPath(EXECUTABLE, env) },
    { name: `cache ${folder}`, obtain: async () => (isExecutable(kept) ? kept : undefined) },
    {
      name: "download",
      obtain: () => intoCache(folder, (fresh) => downloadTemporal(CLI_VERSION, join(fresh, EXECUTABLE), progress, options.downloads)),
    },
    {
      name: "go install",
      obtain: () => intoCache(folder, (gobin) => goInstall({ name: "Temporal", package: PACKAGE, gobin, env, progress })),
    },
  ];
}

/** The server's version that the command reports; rejects when it does not run or is too old. */
async function serverVersion(path: string): Promise<string> {
  let output: string;
  try {
    output = (await promisify(execFile)(path, ["--version"], { timeout: 30_000 })).stdout;
  } catch (error) {
    const { code } = error as { code?: string | number };
    throw new Error(`${path} does not run (${code ?? "killed"})`, { cause: error });
  }
  const version = /Server (\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (!version) throw new Error(`${path} does not tell a server version`);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1]))
    throw new Error(`${path} holds server ${version}; ${OLDEST_SERVER.join(".")} or newer is needed`);
  return version;
}

/** Obtained in a folder of its own and then renamed, so that a kill or a second start leaves no half of a program. */
async function intoCache(folder: string, obtain: (fresh: string) => Promise<void>): Promise<string> {
  const kept = join(folder, EXECUTABLE);
  mkdirSync(folder, { recursive: true });
  const fresh = mkdtempSync(join(folder, "new-"));
  try {
    await obtain(fresh);
    await serverVersion(join(fresh, EXECUTABLE));
    renameSync(join(fresh, EXECUTABLE), kept);
    return kept;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

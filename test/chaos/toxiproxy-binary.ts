/** Finds Toxiproxy's server, or builds it once and keeps it beside the Temporal command. Only the chaos test needs it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { goInstall, isExecutable, onPath } from "../../worker/embedded/go-install.ts";
import { cacheFolder } from "../../worker/embedded/temporal-binary.ts";

/** The release that is built. */
export const TOXIPROXY_VERSION = "2.12.0";
const PACKAGE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${TOXIPROXY_VERSION}`;
const NAME = process.platform === "win32" ? "toxiproxy-server.exe" : "toxiproxy-server";
/** What `go install` calls it: the last part of its package. */
const BUILT = process.platform === "win32" ? "server.exe" : "server";

/** Where to look, and who is told while something slow works. */
export interface FindToxiproxy {
  readonly env?: NodeJS.ProcessEnv;
  /** Where a built one is kept; that of the Temporal command when absent. */
  readonly cacheDir?: string;
  readonly progress?: (message: string) => void;
}

/** Path of the server: `TOXIPROXY_SERVER`, the PATH, the cache, or built by Go. Rejects with what to do. */
export async function findToxiproxy({ env = process.env, cacheDir, progress = () => {} }: FindToxiproxy = {}): Promise<string> {
  const named = env["TOXIPROXY_SERVER"];
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error("TOXIPROXY_SERVER does not name a program that can be run");
  }
  const found = onPath(NAME, env);
  if (found) return found;
  const folder = join(cacheDir ?? cacheFolder(env), `toxiproxy-${TOXIPROXY_VERSION}`);
  const kept = join(folder, NAME);
  if (isExecutable(kept)) return kept;
  mkdirSync(folder, { recursive: true });
  const gobin = mkdtempSync(join(folder, "new-"));
  try {
    await goInstall({ name: "Toxiproxy", package: PACKAGE, gobin, env, progress });
    renameSync(join(gobin, BUILT), kept);
    return kept;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Toxiproxy was not found and could not be built (${reason}). Install Go, or name the program with TOXIPROXY_SERVER=/path/to/${NAME}`,
      { cause },
    );
  } finally {
    rmSync(gobin, { recursive: true, force: true });
  }
}

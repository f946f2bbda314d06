/** Programs that Go builds from their module: slow once, so the time that passes is shown; and how a program is found on the PATH. */
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What to build, and where to put it. */
export interface GoProgram {
  /** For people. */
  readonly name: string;
  /** `<module path>/<package>@<version>`. */
  readonly package: string;
  /** Folder that gets the program, under the package's own last name. */
  readonly gobin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (message: string) => void;
}

/** Builds a program with Go. Go prints nothing while it works, so the time that has passed is the progress. Rejects with a short reason. */
export async function goInstall({ name, package: source, gobin, env, progress }: GoProgram): Promise<void> {
  const go = onPath("go", env) ?? (isExecutable("/usr/local/go/bin/go") ? "/usr/local/go/bin/go" : undefined);
  if (!go) throw new Error("Go is not on the PATH");
  const since = Date.now();
  const tell = () => progress(`building ${name} with Go (only this once, some minutes): ${Math.round((Date.now() - since) / 1000)} s`);
  tell();
  const ticking = setInterval(tell, 1_000);
  try {
    await run(go, ["install", source], { ...env, GOBIN: gobin });
  } finally {
    clearInterval(ticking);
  }
}

function run(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(file, args, { env, stdio: ["ignore", "ignore", "pipe"] });
    const killAtExit = () => void child.kill();
    process.once("exit", killAtExit);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2_000);
    });
    child.once("error", fail);
    child.once("close", (code) => {
      process.off("exit", killAtExit);
      if (code === 0) done();
      else fail(new Error(`exit code ${code}: ${said.trim().split("\n").slice(-3).join(" | ")}`));
    });
  });
}

/** The first executable of this name on the PATH of `env`. */
export function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Whether this file exists and may be run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Runs jest as this project needs it: `jest.mjs unit [arguments]` leaves test/ out, `jest.mjs [arguments]` runs what they say. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./build.mjs";

/** Exit code of a jest run; its output goes to this process's own. */
export function jest(args, env = process.env) {
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, join(root, "node_modules", "jest", "bin", "jest.js"), ...args], {
    cwd: root,
    stdio: "inherit",
    // Jest's own workers are processes too and need the same flags.
    env: { ...env, NODE_OPTIONS: [env.NODE_OPTIONS, ...flags].filter(Boolean).join(" ") },
  });
  const pass = (signal) => void child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Arguments that leave test/ out. */
export const unitOnly = ["--testPathIgnorePatterns", "<rootDir>/test/", "/node_modules/"];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first, ...rest] = process.argv.slice(2);
  process.exitCode = await jest(first === "unit" ? [...rest, ...unitOnly] : process.argv.slice(2));
}

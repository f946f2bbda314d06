/** `npm run bench -- <name> [arguments]`: runs one bench; without a name, lists them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildOrExit, root } from "./build.mjs";

const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => file.slice(0, -".ts".length));
const name = process.argv[2];

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`${name === undefined ? "" : `There is no bench "${name}". `}Benches: ${names.join(", ") || "none yet"}\n`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  await buildOrExit();
  // The bench reads its own arguments as if it had been started directly.
  process.argv.splice(1, 2, join(root, "dist", "bench", `${name}.js`));
  await import(`../dist/bench/${name}.js`);
}

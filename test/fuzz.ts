/**
 * `npm run fuzz`: calls adapters against mutated real answers. Ends with 1 when it finds a crash, a call that takes too long, a changed
 * `Object.prototype`, a false success, or more memory than the goal. Every case can be drawn again by the run's number.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fuzz } from "../connectors/transport/fuzz/fuzz.ts";
import { allSeeds } from "../connectors/transport/fuzz/seeds.ts";

/** Resident memory that a run may take. */
const GOAL_MB = 600;
const HELP = `Calls adapters against mutated real answers, over sockets.

  --cases <n>   how many (100000)
  --seed <n>    the run's number; the same one draws the same cases (1)
  --json        one line of JSON on stdout
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [cases, number] = [Number(values.cases), Number(values.seed)];
  if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(number)) {
    process.stderr.write(`--cases and --seed take whole numbers\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  // Compiled, this file is in dist/test.
  const seeds = allSeeds(join(dirname(fileURLToPath(import.meta.url)), "..", ".."));
  const since = performance.now();
  const onProgress = (done: number) => {
    if (done % 5_000 === 0) process.stderr.write(`${done} of ${cases} cases, ${Math.round((performance.now() - since) / 1_000)} s\n`);
  };
  const result = await fuzz({ seeds, cases, number, onProgress });
  const { findings, ...figures } = result;
  if (values.json) process.stdout.write(`${JSON.stringify({ fuzz: number, seeds: seeds.length, ...result })}\n`);
  else process.stdout.write(`${JSON.stringify({ seed: number, seeds: seeds.length, ...figures }, undefined, 2)}\n`);
  for (const one of findings) process.stderr.write(`${one.kind}: case ${one.case}, ${one.seed}, ${one.change}: ${one.detail}\n`);
  process.stderr.write(findings.length === 0 ? "nothing found\n" : `${findings.length} findings\n`);
  if (result.peakMb > GOAL_MB) process.stderr.write(`more than ${GOAL_MB} MB\n`);
  if (findings.length > 0 || result.peakMb > GOAL_MB) process.exitCode = 1;
}

await main();

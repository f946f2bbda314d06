/**
 * `npm test`: builds, says which outside tools are missing and skips just the suites that need them, runs the unit tests and then
 * what spans folders. The last line is `N passed, N failed` (and `, N skipped` when some were). DARSENA_REQUIRE=all makes a skip a failure.
 * `npm test -- <path>` runs only the test files whose path holds it.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { build, root } from "./build.mjs";
import { jest, unitOnly } from "./jest.mjs";

const say = (text) => process.stdout.write(`${text}\n`);
const requireAll = process.env.DARSENA_REQUIRE === "all";
const env = { ...process.env };

const answers = (file, ...args) => {
  try {
    execFileSync(file, args, { stdio: "ignore", timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
};

/** Each tool that a suite may need, and how to tell that it is there. */
const tools = {
  chromium: () =>
    env.CHROMIUM ? answers(env.CHROMIUM, "--version") : answers("chromium", "--version") || answers("google-chrome", "--version"),
  java: () => answers("java", "-version"),
  // Only to fetch Temporal's Java test server, once.
  maven: () => answers("mvn", "-version"),
  pdftotext: () => answers("pdftotext", "-v"),
  xmllint: () => answers("xmllint", "--version"),
  xmlsec1: () => answers("xmlsec1", "--version"),
  temporal: async () => {
    const { findTemporal } = await import("../dist/worker/embedded/temporal-binary.js");
    try {
      // Found once here, so that no suite has to build it.
      env.TEMPORAL_CLI = (await findTemporal({ progress: slowly() })).path;
      return true;
    } catch (error) {
      say(error.message);
      return false;
    }
  },
  toxiproxy: async () => {
    const { findToxiproxy } = await import("../dist/test/chaos/toxiproxy-binary.js");
    try {
      env.TOXIPROXY_SERVER = await findToxiproxy({ progress: slowly() });
      return true;
    } catch (error) {
      say(error.message);
      return false;
    }
  },
};

/** Tells of something slow every quarter of a minute. */
function slowly() {
  let told = 0;
  return (message) => {
    if (Date.now() - told < 15_000) return;
    told = Date.now();
    say(message);
  };
}

/** Suites by tool: a suite says what it needs by `suiteNeeding("chromium")` (test/suite-needing.ts). */
function suitesByTool() {
  const found = new Map();
  for (const entry of readdirSync(root, { recursive: false, withFileTypes: true })) {
    if (!entry.isDirectory() || ["node_modules", "dist", "scripts"].includes(entry.name) || entry.name.startsWith(".")) continue;
    for (const file of readdirSync(join(root, entry.name), { recursive: true })) {
      if (!file.endsWith(".test.ts")) continue;
      const path = join(root, entry.name, file);
      for (const [, list] of readFileSync(path, "utf8").matchAll(/suiteNeeding\(([^)]*)\)/g))
        for (const [, tool] of list.matchAll(/"(\w+)"/g)) found.set(tool, [...new Set([...(found.get(tool) ?? []), relative(root, path)])]);
    }
  }
  return found;
}

async function missingTools() {
  const missing = [];
  for (const [tool, suites] of suitesByTool()) {
    if (!(tool in tools)) throw new Error(`${suites[0]} needs "${tool}", which scripts/test.mjs does not know`);
    if (await tools[tool]()) continue;
    missing.push(tool);
    say(`${requireAll ? "MISSING" : "Skipped for want of"} ${tool}: ${suites.join(", ")}`);
  }
  return missing;
}

const folder = mkdtempSync(join(tmpdir(), "darsena-test-"));

async function count(name, args) {
  const file = join(folder, `${name}.json`);
  const code = await jest([...args, "--json", `--outputFile=${file}`], env);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, "utf8"));
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function run() {
  await build();
  const missing = await missingTools();
  env.DARSENA_SKIP = [...(env.DARSENA_SKIP ? [env.DARSENA_SKIP] : []), ...missing].join(",");
  const only = process.argv.slice(2);
  const runs = [
    await count("unit", [...only, "--maxWorkers=2", "--passWithNoTests", ...unitOnly]),
    await count("spanning", [...only, "--runInBand", "--passWithNoTests", "--roots", join(root, "test")]),
  ];
  const sum = (key) => runs.reduce((total, one) => total + one[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped"), missing };
}

let result;
try {
  result = await run();
} catch (error) {
  say(error.message);
  result = { passed: 0, failed: 1, skipped: 0, missing: [] };
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const refused = requireAll && (result.skipped > 0 || result.missing.length > 0);
if (refused) say("DARSENA_REQUIRE=all: nothing may be skipped");
process.exitCode = result.failed > 0 || refused ? 1 : 0;
say(`${result.passed} passed, ${result.failed} failed${result.skipped > 0 ? `, ${result.skipped} skipped` : ""}`);

/**
 * Builds dist/: compiles TypeScript, copies what stands beside it, compiles the services to JSON and bundles the workflows.
 * Each part is skipped when nothing that it reads has changed. Human output goes to stderr.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const records = join(dist, ".build");
const SOURCES = ["catalogue", "cases", "workflows", "activities", "connectors", "register", "worker", "client"];
const SETTINGS = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];
const say = (text) => process.stderr.write(`${text}\n`);

/** Files below `folders`, with golden cases and recorded histories left out: they are only read by tests, from their own place. */
function filesBelow(...folders) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === "golden" || entry.name === "histories" || entry.name === "archives") continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else found.push(path);
    }
  };
  for (const folder of folders) if (existsSync(join(root, folder))) walk(join(root, folder));
  return found;
}

const isScript = (file) => file.endsWith(".ts");
/** Tests are run from their sources. */
const isCode = (file) => isScript(file) && !file.endsWith(".test.ts");

/** Changes when a file comes, goes, or is written. */
function fingerprint(files) {
  const digest = createHash("sha256");
  for (const file of files.toSorted()) {
    const { mtimeMs, size } = statSync(file);
    digest.update(`${relative(root, file)} ${mtimeMs} ${size}\n`);
  }
  return digest.digest("hex");
}

const settings = () => SETTINGS.map((file) => join(root, file));

const parts = [
  {
    name: "compile",
    reads: () => [...filesBelow(...SOURCES, "test", "bench").filter(isCode), ...settings()],
    exists: () => existsSync(join(records, "tsbuildinfo")),
    run: () => {
      const sources = [...SOURCES, "test", "bench"];
      dropOrphans(sources);
      // The compiler trusts its own records: without them it writes every file anew.
      if (!sources.every((folder) => !existsSync(join(root, folder)) || filesBelow(folder).filter(isCode).every(isCompiled)))
        rmSync(join(records, "tsbuildinfo"), { force: true });
      const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
      const args = [compiler, "-p", join(root, "tsconfig.build.json"), "--tsBuildInfoFile", join(records, "tsbuildinfo")];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
      if (status !== 0) throw new Error(`the compiler found errors:\n${stdout}${stderr}`);
    },
  },
  {
    name: "assets",
    reads: () => filesBelow(...SOURCES).filter((file) => !isScript(file)),
    exists: () => true,
    run: () => {
      for (const file of filesBelow(...SOURCES).filter((one) => !isScript(one))) {
        const target = join(dist, relative(root, file));
        mkdirSync(dirname(target), { recursive: true });
        cpSync(file, target);
      }
    },
  },
  {
    name: "services",
    reads: () => [...filesBelow("services", "municipalities", "catalogue", "cases"), ...contractFiles(), ...settings()],
    exists: () => existsSync(join(dist, "catalogue-compiled", "catalogue.json")),
    run: async () => {
      const { compileCatalogue } = await import(pathToFileURL(join(dist, "catalogue", "compile.js")).href);
      await compileCatalogue(root, join(dist, "catalogue-compiled"));
    },
  },
  {
    name: "workflows",
    reads: () => [...filesBelow("workflows", "cases", "catalogue").filter(isScript), ...contractFiles(), ...settings()],
    exists: () => existsSync(join(dist, "workflow-bundle.js")),
    run: async () => {
      const { bundleWorkflowCode } = await import("@temporalio/worker");
      const quiet = {
        ...console,
        trace() {},
        debug() {},
        info() {},
        log() {},
        warn: (message) => say(String(message)),
        error: (message) => say(String(message)),
      };
      const { code } = await bundleWorkflowCode({
        workflowsPath: join(dist, "workflows", "index.js"),
        failureConverterPath: join(dist, "workflows", "sealing", "failure-converter.js"),
        preloadModules: [join(dist, "workflows", "shared-modules.js")],
        logger: quiet,
      });
      writeFileSync(join(dist, "workflow-bundle.js"), code);
    },
  },
];

/** What workflows may import of the connectors: the kit and the contracts. */
const contractFiles = () =>
  filesBelow("connectors").filter(
    (file) => isScript(file) && (file.endsWith(`${sep}contract.ts`) || dirname(file) === join(root, "connectors")),
  );

const compiled = (file) => join(dist, relative(root, file)).replace(/\.ts$/, ".js");
const isCompiled = (file) => file.endsWith(".d.ts") || existsSync(compiled(file));

/** A compiled file whose source has gone would still be imported and found. */
function dropOrphans(sources) {
  for (const folder of sources) {
    if (!existsSync(join(dist, folder))) continue;
    for (const file of filesBelow(join("dist", folder)).filter((one) => one.endsWith(".js"))) {
      const source = join(root, relative(dist, file)).replace(/\.js$/, ".ts");
      if (!existsSync(source) || !isCode(source)) for (const one of [file, `${file}.map`]) rmSync(one, { force: true });
    }
  }
}

const recordOf = (part) => join(records, `${part.name}.fingerprint`);

function isCurrent(part, print) {
  try {
    return readFileSync(recordOf(part), "utf8") === print && part.exists();
  } catch {
    return false;
  }
}

/** Two builds at once would read each other's half-written files. */
async function locked(run) {
  const lock = join(records, "lock");
  mkdirSync(records, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (!isAlive(Number(readFileSync(lock, "utf8")))) rmSync(lock, { force: true });
      await pause(100);
    }
  }
  try {
    await run();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Brings dist/ up to date; rejects with a readable error. */
export async function build() {
  if (parts.every((part) => isCurrent(part, fingerprint(part.reads())))) return;
  await locked(async () => {
    for (const part of parts) {
      const print = fingerprint(part.reads());
      if (isCurrent(part, print)) continue;
      const since = performance.now();
      rmSync(recordOf(part), { force: true });
      await part.run();
      writeFileSync(recordOf(part), print);
      say(`built ${part.name} in ${((performance.now() - since) / 1000).toFixed(1)} s`);
    }
  });
}

/** As a command: says why it failed and ends with exit code 1. */
export async function buildOrExit() {
  try {
    await build();
  } catch (error) {
    say(`The build failed: ${error.stack && !error.message.startsWith("the compiler") ? error.stack : error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildOrExit();

/** The embedded register database: a real PostgreSQL server on loopback, kept in a folder, with a password of its own. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { freePort } from "./free-port.ts";
import { type PostgresBinaries, postgresBinaries, reachableFolder, reaches, type Say, type ServerUser } from "./postgres-binaries.ts";
import { lastLines, type ServerProcess, startProcess } from "./server-process.ts";

const DATABASE = "darsena";
const USER = "darsena";
const START_MS = 30_000;
/** The user `nobody`, when we are root and the data folder does not say otherwise. */
const UNPRIVILEGED = 65534;

/** Where the database is kept and on which port it listens. */
export interface PostgresOptions {
  /** Holds the data, the password and (unless given) the log. */
  readonly folder: string;
  /** A free port is taken when absent or 0. */
  readonly port?: number;
  readonly log?: string;
  readonly say?: Say;
  /** Told of the process as soon as it exists, long before it is ready. */
  readonly onSpawn?: (server: ServerProcess) => void;
}

/** A running database server. `stop` is a fast shutdown, `kill` is SIGKILL. */
export interface PostgresServer {
  /** Connection string of the database `darsena`, password included. */
  readonly url: string;
  readonly port: number;
  /** Where the data are: in the folder, or in a place of its own when the server's user cannot reach the folder. */
  readonly data: string;
  readonly pid: number;
  readonly process: ServerProcess;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts PostgreSQL on the folder, initialising it the first time, and resolves when the database `darsena` takes queries. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const say = options.say ?? (() => {});
  mkdirSync(options.folder, { recursive: true });
  const folder = realpathSync(options.folder);
  const user = serverUser(folder);
  const binaries = postgresBinaries(user, say);
  const data = dataFolder(folder, user, say);
  const password = keptPassword(folder);
  if (!existsSync(data)) await initialise(binaries, data, password, user);
  checkVersion(data, binaries);
  const log = options.log ?? join(folder, "postgres.log");
  const deadline = Date.now() + START_MS;
  for (;;) {
    const port = options.port || (await freePort());
    const server = await startProcess({
      name: "postgres",
      file: binaries.postgres,
      args: ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c", "logging_collector=off"],
      env: { LC_ALL: "C", TZ: "UTC" },
      log,
      stopSignal: "SIGINT",
      ...(user ? { user, cwd: data } : {}),
    });
    options.onSpawn?.(server);
    const url = `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
    const refusal = await untilReady(server, data, url, deadline);
    if (refusal === undefined) return { url, port, data, pid: server.pid, process: server, stop: server.stop, kill: server.kill };
    if (!passing(refusal, options.port) || Date.now() > deadline) throw new Error(explain(refusal, folder, port));
    await pause(100);
  }
}

/** Undefined when the server is ready, otherwise what it wrote before it ended. */
async function untilReady(server: ServerProcess, data: string, url: string, deadline: number): Promise<string | undefined> {
  while (!saysReady(server, data)) {
    if (!server.running()) return server.output();
    if (Date.now() > deadline) {
      await server.kill();
      throw new Error(`PostgreSQL was not ready within ${START_MS / 1000} s; its log is ${server.log}\n${lastLines(server.output())}`);
    }
    await pause(15);
  }
  try {
    await createDatabase(url);
    return undefined;
  } catch (cause) {
    await server.kill();
    throw new Error(`the embedded PostgreSQL does not take our connection; its log is ${server.log}`, { cause });
  }
}

/** Read from the server's own lock file, since on this port another PostgreSQL may answer. */
function saysReady(server: ServerProcess, data: string): boolean {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === server.pid && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url.replace(/[^/]*$/, "postgres") });
  // A connection that is cut also fires here; the rejection of the pending call tells the same.
  client.on("error", () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** After a SIGKILL the server's children live on for some milliseconds, and a free port may be taken by somebody faster. */
const passing = (refusal: string, port: number | undefined): boolean =>
  /pre-existing shared memory block/.test(refusal) || (!port && /could not bind|Address already in use/.test(refusal));

function explain(refusal: string, folder: string, port: number): string {
  const holder = /Is another postmaster \(PID (\d+)\)/.exec(refusal)?.[1];
  if (holder)
    return `PostgreSQL already runs on ${folder} (process ${holder}), and two may not share a folder. Stop that one, or use another state folder (DARSENA_STATE).`;
  if (/could not bind|Address already in use/.test(refusal))
    return `PostgreSQL cannot listen on port ${port} of 127.0.0.1: it is taken. Choose another with DARSENA_POSTGRES_PORT.`;
  return `PostgreSQL did not start on ${folder}:\n${lastLines(refusal)}`;
}

/** Nobody special when we are an ordinary user; as root, the owner of the data or `nobody`. */
function serverUser(folder: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(join(folder, "data"), { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : { uid: UNPRIVILEGED, gid: UNPRIVILEGED };
}

/** The data stand in the folder itself, or where its file `location` says: once chosen, the place stays. */
function dataFolder(folder: string, user: ServerUser | undefined, say: Say): string {
  const location = join(folder, "location");
  if (existsSync(location)) return readFileSync(location, "utf8").trim();
  if (!user || existsSync(join(folder, "data")) || reaches(user, folder)) return join(folder, "data");
  const data = join(reachableFolder(user, folder), "data");
  writeFileSync(location, `${data}\n`);
  say(`PostgreSQL refuses root, and the user it runs as cannot reach ${folder}; its data are kept in ${data}`);
  return data;
}

function keptPassword(folder: string): string {
  const file = join(folder, "password");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8").trim();
}

/** Made beside its place and renamed, so that a kill leaves no half-made cluster. */
async function initialise(binaries: PostgresBinaries, data: string, password: string, user: ServerUser | undefined): Promise<void> {
  const fresh = `${data}.new`;
  const passwordFile = `${data}.password`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const one of [fresh, passwordFile]) chownSync(one, user.uid, user.gid);
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const args = ["-D", fresh, "-U", USER, "-E", "UTF8", "--auth=scram-sha-256", `--pwfile=${passwordFile}`, ...locale];
  const initdb = promisify(execFile)(binaries.initdb, args, { env: { LC_ALL: "C", TZ: "UTC" }, ...(user ? { ...user, cwd: fresh } : {}) });
  const killAtExit = () => void initdb.child.kill("SIGKILL");
  process.once("exit", killAtExit);
  try {
    await initdb;
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    throw new Error(`PostgreSQL's folder ${data} cannot be initialised:\n${lastLines(`${stdout}\n${stderr}`)}`, { cause });
  } finally {
    process.off("exit", killAtExit);
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, data);
}

function checkVersion(data: string, binaries: PostgresBinaries): void {
  let kept: string;
  try {
    kept = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  } catch (cause) {
    throw new Error(`${data} cannot be read as a PostgreSQL folder; if it belongs to another user, start as that user`, { cause });
  }
  const ours = binaries.version.split(".")[0];
  if (kept !== ours)
    throw new Error(
      `${data} belongs to PostgreSQL ${kept}, and this Darsena brings PostgreSQL ${ours}. Write its content out with the older Darsena first, or use another state folder (DARSENA_STATE).`,
    );
}

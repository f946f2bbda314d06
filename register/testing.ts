/** A register of its own for a test file: a real PostgreSQL on a fresh folder, migrated. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { type PostgresServer, startPostgres } from "../worker/embedded/postgres-server.ts";
import { openRegister, type Register } from "./database.ts";
import { migrate } from "./migrate.ts";

/** A started database with its register. */
export interface TestRegister {
  readonly url: string;
  readonly register: Register;
  readonly attachmentsFolder: string;
  /** Another process's view: a register with a pool of its own, closed by `stop`. */
  another(): Register;
  /** Runs a statement past the register. */
  sql<Row extends object>(text: string, values?: unknown[], url?: string): Promise<Row[]>;
  /**
   * Runs `lock` in a transaction, begins `work`, and lets go when `blocked` statements stand waiting for that lock: so they all
   * saw the database as it was before any of them.
   */
  racing<T>(lock: string, blocked: number, work: () => Promise<T>): Promise<T>;
  /** SIGKILL to the database server. */
  kill(): Promise<void>;
  /** Starts the server again on the same folder and port. */
  restart(): Promise<void>;
  /** Ends all of it and removes the folder. */
  stop(): Promise<void>;
}

/** Starts a database and opens its register; `stop` it in `afterAll`. */
export async function testRegister(): Promise<TestRegister> {
  const folder = mkdtempSync(join(tmpdir(), "darsena-register-"));
  // PostgreSQL runs as another user when we are root.
  chmodSync(folder, 0o755);
  const opened: Register[] = [];
  let server: PostgresServer = await startPostgres({ folder: join(folder, "postgres") });
  const { url, port } = server;
  await migrate(url);
  const attachmentsFolder = join(folder, "attachments");
  const another = () => {
    const register = openRegister(url, { attachmentsFolder });
    opened.push(register);
    return register;
  };
  const sql = async <Row extends object>(text: string, values: unknown[] = [], at = url) =>
    connected(at, async (client) => (await client.query<Row>(text, values)).rows);
  return {
    url,
    register: another(),
    attachmentsFolder,
    another,
    sql,
    racing: (lock, blocked, work) =>
      connected(url, async (client) => {
        await client.query("begin");
        await client.query(lock);
        const result = work();
        const waiting = "select from pg_stat_activity where wait_event_type = 'Lock'";
        while ((await sql(waiting)).length < blocked) await pause(5);
        await client.query("commit");
        return result;
      }),
    kill: () => server.kill(),
    restart: async () => {
      server = await startPostgres({ folder: join(folder, "postgres"), port });
    },
    stop: async () => {
      await Promise.all(opened.map((register) => register.close()));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function connected<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Runs `use` with a fresh register and ends it afterwards. */
export async function withRegister<T>(use: (test: TestRegister) => Promise<T>): Promise<T> {
  const test = await testRegister();
  try {
    return await use(test);
  } finally {
    await test.stop();
  }
}

/** A register of its own for a test file: a real PostgreSQL on a fresh folder, migrated. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  return {
    url,
    register: another(),
    attachmentsFolder,
    another,
    sql: async <Row extends object>(text: string, values: unknown[] = [], at = url) => {
      const client = new Client({ connectionString: at });
      await client.connect();
      try {
        return (await client.query<Row>(text, values)).rows;
      } finally {
        await client.end();
      }
    },
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

/** Runs `use` with a fresh register and ends it afterwards. */
export async function withRegister<T>(use: (test: TestRegister) => Promise<T>): Promise<T> {
  const test = await testRegister();
  try {
    return await use(test);
  } finally {
    await test.stop();
  }
}

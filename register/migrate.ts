/** Brings the register's schema to this build's version; every process does it at start. */
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client, Pool } from "pg";
import { clientConfig, type RegisterLog, survivesLosses } from "./connection.ts";
import { isUnreachable, RegisterError } from "./errors.ts";
import { migrations as known } from "./migrations/index.ts";

/** One numbered change of the schema; runs once, in a transaction. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  up(db: Kysely<unknown>): Promise<void>;
}

/** Settings of `migrate`; `migrations` is for tests. */
export interface MigrateOptions {
  log?: RegisterLog;
  migrations?: readonly Migration[];
}

/** Key of the advisory lock; any constant of ours would do. */
const LOCK = 5_077_271_001;

/**
 * Runs the migrations that the database lacks and returns its version. Safe to call from many processes at once: one works, the others wait.
 * Rejects with `RegisterError` REGISTER_UNREACHABLE, REGISTER_REFUSED, or REGISTER_NEWER when a newer build has migrated it already.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<number> {
  const address = addressOf(url);
  const pool = new Pool({ ...clientConfig(url), max: 1 });
  survivesLosses(pool);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await db.connection().execute((connection) => migrateOn(connection, options.migrations ?? known, options.log));
  } catch (error) {
    throw error instanceof RegisterError ? error : explained(error, address);
  } finally {
    // Closing the connection gives the lock back.
    await db.destroy();
  }
}

async function migrateOn(db: Kysely<unknown>, migrations: readonly Migration[], log: RegisterLog | undefined): Promise<number> {
  await sql`select pg_advisory_lock(${LOCK})`.execute(db);
  await sql`create table if not exists schema_versions (
    version integer primary key, name text not null, applied_at timestamptz not null default now())`.execute(db);
  const { rows } = await sql<{ present: number | null }>`select max(version) as present from schema_versions`.execute(db);
  const present = rows[0]?.present ?? 0;
  const ours = migrations.at(-1)?.version ?? 0;
  if (present > ours)
    throw new RegisterError("REGISTER_NEWER", `the register has schema version ${present}, and this build knows versions up to ${ours}`);
  for (const migration of migrations.filter(({ version }) => version > present)) {
    const began = Date.now();
    await db.transaction().execute(async (transaction) => {
      await migration.up(transaction);
      await sql`insert into schema_versions (version, name) values (${migration.version}, ${migration.name})`.execute(transaction);
    });
    log?.info({ version: migration.version, name: migration.name, ms: Date.now() - began }, "register migrated");
  }
  return ours;
}

/** Host and port, which may be shown; a URL that cannot be read is not repeated, since it holds the password. */
function addressOf(url: string): string {
  try {
    const { host, port } = new Client(clientConfig(url));
    return `${host}:${port}`;
  } catch {
    throw new RegisterError(
      "REGISTER_REFUSED",
      "DATABASE_URL is not a connection string such as postgres://user:password@host:5432/darsena",
    );
  }
}

function explained(error: unknown, address: string): unknown {
  if (isUnreachable(error))
    return new RegisterError("REGISTER_UNREACHABLE", `the register at ${address} cannot be reached`, { cause: error });
  const { code } = error as { code?: string };
  // Wrong password, wrong user, no such database, no right to create tables.
  if (code !== undefined && /^(28|3D|42501)/.test(code))
    return new RegisterError("REGISTER_REFUSED", `the register at ${address} refused us (SQLSTATE ${code})`, { cause: error });
  return error;
}

/** One pool of connections to the register, with the limits that keep a dead server from holding callers. */
import { Kysely, PostgresDialect } from "kysely";
import { type ClientConfig, Pool, type PoolClient, types } from "pg";
import type { Schema } from "./schema.ts";

/** The part of a pino logger that the register uses. */
export interface RegisterLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

const CONNECT_MS = 3_000;
const STATEMENT_MS = 15_000;

/** bigint for int8 and text for dates; `pg` would give text for the first and an instant of the local zone for the second. */
const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, BigInt],
  [types.builtins.DATE, (text) => text],
]);

/** Settings that each connection of the register shares. */
export const clientConfig = (url: string): ClientConfig => ({
  connectionString: url,
  application_name: "darsena",
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types: {
    getTypeParser: ((oid: number, format?: "text") => parsers.get(oid) ?? types.getTypeParser(oid, format)) as typeof types.getTypeParser,
  },
});

/**
 * A lost connection never ends the process: neither an idle one (of which `told` hears), nor one that is in use, such as in a transaction between two
 * statements: the pool (`pg` 8.23) takes its own listener away from those, and whoever uses one hears of the loss by its next statement.
 */
export function survivesLosses(pool: Pool, told: (error: Error) => void = () => {}): void {
  pool.on("error", told);
  pool.on("connect", (client) => client.on("error", () => {}));
}

/** A pool, seen as Kysely and as prepared statements. */
export class Connection {
  readonly url: string;
  readonly kysely: Kysely<Schema>;
  readonly log: RegisterLog | undefined;
  readonly #pool: Pool;

  constructor(url: string, options: { poolSize?: number; log?: RegisterLog } = {}) {
    this.url = url;
    this.log = options.log;
    this.#pool = new Pool({
      ...clientConfig(url),
      max: options.poolSize ?? 10,
      idleTimeoutMillis: 60_000,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      // For a server that no longer answers at all.
      query_timeout: STATEMENT_MS + 5_000,
    });
    survivesLosses(this.#pool, (error) => this.log?.warn({ error: error.message }, "a connection to the register was lost"));
    this.kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: this.#pool }) });
  }

  /** Runs one named statement, which each connection prepares once. */
  async run<Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#pool.query<Row>({ name, text, values })).rows;
  }

  /** Runs several statements in one transaction. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("begin");
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((lost: Error) => {
        broken = lost;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Waits for statements under way and closes all connections. */
  async close(): Promise<void> {
    await this.kysely.destroy();
  }
}

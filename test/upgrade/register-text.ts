/** The register's rows as SQL text, written and read through `pg`: a data folder of PostgreSQL belongs to one major version. */
import { Client } from "pg";
import { migrate } from "../../register/migrate.ts";
import { migrations } from "../../register/migrations/index.ts";

/** Kept by `migrate` itself. */
const OWN_TABLE = "schema_versions";

/** The schema's version, and the statements that fill an empty register of that version. */
export interface RegisterText {
  version: number;
  sql: string;
}

/** Every row of every table, in a stable order. */
export async function writeRegister(url: string): Promise<RegisterText> {
  return connected(url, async (database) => {
    const { rows: versions } = await database.query<{ version: number }>(`select max(version) as version from ${OWN_TABLE}`);
    const lines: string[] = [];
    for (const [table, columns] of await tablesOf(database)) {
      const names = columns.map((column) => `"${column}"`).join(", ");
      const values = columns.map((column) => `coalesce(quote_literal("${column}"::text), 'null')`).join(` || ', ' || `);
      const { rows } = await database.query<{ row: string }>(`select ${values} as row from "${table}" order by 1`);
      for (const { row } of rows) lines.push(`insert into "${table}" (${names}) overriding system value values (${row});`);
    }
    return { version: versions[0]?.version ?? 0, sql: `${lines.join("\n")}\n` };
  });
}

/** Brings an empty database to the text's schema and fills it; the next `migrate` brings it to this build's. */
export async function readRegister(url: string, { version, sql }: RegisterText): Promise<void> {
  await migrate(url, { migrations: migrations.filter((one) => one.version <= version) });
  await connected(url, async (database) => {
    // Neither triggers nor references are looked at: the rows are whole as they are.
    await database.query(`begin; set local session_replication_role = replica; ${sql} commit;`);
    const { rows } = await database.query<{ sequence: string; table: string; column: string }>(
      `select pg_get_serial_sequence(quote_ident(table_name), column_name) as sequence, table_name as table, column_name as column
       from information_schema.columns
       where table_schema = 'public' and pg_get_serial_sequence(quote_ident(table_name), column_name) is not null`,
    );
    for (const { sequence, table, column } of rows)
      await database.query(`select setval($1::regclass, coalesce((select max("${column}") from "${table}"), 0) + 1, false)`, [sequence]);
  });
}

/** Columns of each table, generated ones left out. */
async function tablesOf(database: Client): Promise<Map<string, string[]>> {
  const { rows } = await database.query<{ table: string; columns: string[] }>(
    `select table_name as table, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER' and table_name <> $1
     group by table_name order by table_name`,
    [OWN_TABLE],
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

async function connected<T>(url: string, use: (database: Client) => Promise<T>): Promise<T> {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    return await use(database);
  } finally {
    await database.end();
  }
}

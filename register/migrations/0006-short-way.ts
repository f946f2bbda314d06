import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/**
 * How often a case has looked ahead into the effect ledger before a stop took effect. A short call of a run that knows less often of it belongs
 * to a run that was overtaken: it writes no intent any more, so it sends nothing.
 */
export const shortWay: Migration = { version: 6, name: "short-way", up };

async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table cases add column fence integer not null default 0").execute(db);
}

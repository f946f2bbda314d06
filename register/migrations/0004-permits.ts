import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/**
 * What the supervisors of systems publish, and the permits of systems that bear only so many calls at one time.
 *
 * Where the Temporal server refuses to limit a task queue, the same row limits the calls: `slot_at` is when the next one may go.
 */
export const permits: Migration = { version: 4, name: "permits", up };

async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table gates (
    system text primary key,
    gate text not null check (gate in ('open', 'closed', 'trickle')),
    -- Calls per second; null without a limit.
    rate double precision,
    reason text,
    until timestamptz(3),
    enforced_by text not null check (enforced_by in ('queue', 'register')),
    since timestamptz(3) not null,
    -- The supervisor's own count of changes: a lower one comes late and is ignored.
    number bigint not null,
    slot_at timestamptz not null default 'epoch'
  )`,
  `create table permits (
    system text not null,
    slot integer not null,
    holder text,
    lease_until timestamptz,
    primary key (system, slot),
    check ((holder is null) = (lease_until is null))
  )`,
];

import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/**
 * The definitions of services: every version that was published or that a case has pinned, and which one new cases take.
 *
 * Nothing is ever changed or removed: a version is named by its content, and an alias is moved by one row more, so that who set it, when and why stays.
 */
export const definitions: Migration = { version: 2, name: "definitions", up };

async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table definitions (
    -- SHA-256 of the canonical JSON of the resolved definition, which holds the municipality's overlay.
    version text primary key check (version ~ '^[0-9a-f]{64}$'),
    service text not null,
    municipality text not null,
    definition json not null,
    kept_at timestamptz(3) not null default clock_timestamp(),
    -- Null while the version came with a build and was never published.
    published_at timestamptz(3),
    published_by text,
    reason text,
    check ((published_at is null) = (published_by is null))
  )`,
  `create index definitions_of_service on definitions (municipality, service, kept_at)`,
  `create table aliases (
    id bigint generated always as identity primary key,
    municipality text not null,
    service text not null,
    alias text not null,
    version text not null references definitions,
    set_at timestamptz(3) not null default clock_timestamp(),
    set_by text not null,
    reason text
  )`,
  // The last row of an alias is where it points.
  `create index aliases_last on aliases (municipality, alias, service, id desc)`,
  `create index cases_open on cases (municipality, service, version) where confirmed and state <> 'closed'`,
];

import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/** What systems answered, or did not, when a call came to no clear result: for operators, and never with a body or a value of a request. */
export const evidence: Migration = { version: 3, name: "evidence", up };

async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table evidence (
    id bigint generated always as identity primary key,
    case_id text not null,
    -- Of the effect ledger; reads have one too, and no row there.
    key text not null,
    send integer not null,
    -- The attempt of Temporal that saw it, as in the effect ledger.
    attempt text not null,
    operation text not null,
    at timestamptz(3) not null,
    kind text not null check (kind in ('unknown', 'rejected', 'conflict', 'failed')),
    code text not null,
    message text not null,
    -- Of the answer, where there was one.
    status integer,
    content_type text,
    bytes bigint,
    system text not null,
    adapter text not null,
    duration_ms integer not null
  )`,
  `create index evidence_of_case on evidence (case_id, id)`,
  // The parked cases, for lists of problems.
  `create index cases_parked on cases (municipality, problem) where state = 'parked' and confirmed`,
];

import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/**
 * Everything that the first Darsena keeps.
 *
 * JSON is kept as `json`, not `jsonb`: what a system answered must be storable whatever it holds, and `jsonb` refuses U+0000 and lone surrogates.
 * Instants have milliseconds, as JavaScript has, so that a page's cursor names exactly the row it came from.
 */
export const register: Migration = { version: 1, name: "register", up };

async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [cases, counters, effects, senders, numbers, attachments])
    for (const one of statement) await sql.raw(one).execute(db);
}

const cases = [
  `create table cases (
    case_id text primary key,
    channel text not null,
    -- Hash of the Idempotency-Key; null when the case was started without the gateway.
    key_hash text,
    body_hash text,
    service text not null,
    municipality text not null,
    -- False between the gateway's reservation and the first sign that the workflow exists.
    confirmed boolean not null,
    created_at timestamptz(3) not null default now(),
    -- By this database's clock, at each write: who asks for changes since an instant misses none.
    updated_at timestamptz(3) not null default now(),
    -- Temporal's run id of the first execution: the id belongs to it.
    first_run_id text,
    office text,
    -- Pseudonym, never a tax code.
    applicant text,
    version text,
    receipt_number text unique,
    receipt_at timestamptz(3),
    state text not null default 'received' check (state in ('received', 'running', 'waiting', 'parked', 'closed')),
    step text,
    waiting_for text,
    outcome text,
    protocol_number text,
    problem text,
    due date,
    closed_at timestamptz(3),
    number bigint,
    status json,
    unique (channel, key_hash),
    check ((key_hash is null) = (body_hash is null))
  )`,
  `create index cases_newest on cases (updated_at desc, case_id desc) where confirmed`,
  `create index cases_newest_of_service on cases (service, updated_at desc, case_id desc) where confirmed`,
  `create index cases_newest_of_applicant on cases (applicant, updated_at desc, case_id desc) where applicant is not null`,
  `create index cases_unconfirmed on cases (created_at) where not confirmed`,
];

const counters = [
  `create table receipt_counters (municipality text not null, year integer not null, last bigint not null, primary key (municipality, year))`,
];

const effects = [
  `create table effects (
    key text not null,
    send integer not null check (send >= 1),
    case_id text not null,
    operation text not null,
    adapter text not null,
    input_hash text not null,
    state text not null check (state in ('intended', 'done', 'rejected', 'not-sent', 'unknown')),
    -- Drawn by the call that set the row to intended: a call whose answer was lost on the way back knows its own row again.
    token text not null,
    -- Which attempt that was, when its caller says.
    attempt text,
    attempts integer not null,
    intended_at timestamptz(3) not null,
    deadline_ms integer not null,
    output json,
    -- SHA-256 of the output with sorted keys: tells whether two effects are one.
    output_hash text,
    warnings json,
    code text,
    message text,
    reason text,
    settled_at timestamptz(3),
    -- Another effect found under the same key: {send, output}.
    conflict json,
    primary key (key, send)
  )`,
  `create index effects_of_case on effects (case_id)`,
];

const senders = [
  `create table senders (sender text primary key, last_id bigint not null, holder text, lease_until timestamptz, check ((holder is null) = (lease_until is null)))`,
];

const numbers = [
  `create table number_scopes (scope text primary key, last bigint not null)`,
  `create table numbers (scope text not null, business_key text not null, value bigint not null, primary key (scope, business_key), unique (scope, value))`,
];

const attachments = [
  `create table attachments (
    id text primary key,
    sha256 text not null,
    bytes bigint not null,
    media_type text not null,
    name text not null,
    created_at timestamptz(3) not null default now(),
    -- Set for documents of our own, one per key.
    document_key text unique
  )`,
];

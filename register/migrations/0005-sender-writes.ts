import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/** The writes of senders whose ids must rise: which id was drawn for which key, and what became of it. */
export const senderWrites: Migration = { version: 5, name: "sender-writes", up };

async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table sender_writes (
    sender text not null references senders,
    id bigint not null,
    -- Of the effect ledger.
    key text not null,
    operation text not null,
    adapter text not null,
    state text not null check (state in ('open', 'left', 'done', 'rejected', 'absent', 'superseded')),
    -- What is sent again under this id, personal data included: kept no longer than the outcome is unknown.
    request json,
    result json,
    -- Who drew it; only this holder may say that it was not sent.
    holder text not null,
    kept_at timestamptz(3) not null,
    settle_at timestamptz(3) not null,
    -- When another than its own call sent it again.
    tried_at timestamptz(3),
    closed_at timestamptz(3),
    primary key (sender, id),
    check ((request is not null) = (state in ('open', 'left')))
  )`,
  // No higher id is sent while one is open.
  `create unique index sender_writes_open on sender_writes (sender) where state = 'open'`,
  `create index sender_writes_of_key on sender_writes (key, id)`,
];

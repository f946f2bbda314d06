/** Lists of cases, page by page: a page begins after the row where the last one ended, however many were updated meanwhile. */
import type { Kysely } from "kysely";
import { z } from "zod";
import type { CaseOutcome, CaseStateName, WaitingFor } from "../cases/status.ts";
import { RegisterError } from "./errors.ts";
import type { Schema } from "./schema.ts";

/** What to list; everything given must hold. */
export interface CaseList {
  service?: string;
  state?: CaseStateName;
  /** ISO instant, included. */
  updatedSince?: string;
  /** Pseudonym. */
  applicant?: string;
  /** 50 when absent, at most 500. */
  limit?: number;
  /** `next` of the page before. */
  cursor?: string;
}

/** A case in a list. `updatedAt` is the instant by the register's clock at which it last changed here. */
export interface CaseSummary {
  case: string;
  service: string;
  state: CaseStateName;
  waitingFor?: WaitingFor;
  step?: string;
  office?: string;
  /** SHA-256 of the pinned definition; absent until the case has opened. */
  version?: string;
  outcome?: CaseOutcome;
  protocolNumber?: string;
  /** Absent until the case's first activity has run. */
  receipt?: { number: string; at: string };
  updatedAt: string;
  due?: string;
}

/** `next` is absent on the last page. */
export interface CasePage {
  items: CaseSummary[];
  next?: string;
}

const columns = [
  "case_id",
  "service",
  "state",
  "waiting_for",
  "step",
  "office",
  "version",
  "outcome",
  "protocol_number",
  "receipt_number",
  "receipt_at",
  "updated_at",
  "due",
] as const;

/** One page of the confirmed cases. */
export async function listCases(db: Kysely<Schema>, filter: CaseList): Promise<CasePage> {
  const limit = Math.min(Math.max(Math.trunc(filter.limit ?? 50), 1), 500);
  let query = db.selectFrom("cases").select(columns).where("confirmed", "=", true);
  if (filter.service !== undefined) query = query.where("service", "=", filter.service);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  if (filter.updatedSince !== undefined) query = query.where("updated_at", ">=", new Date(filter.updatedSince));
  if (filter.applicant !== undefined) query = query.where("applicant", "=", filter.applicant);
  if (filter.cursor !== undefined) {
    const [updatedAt, caseId] = readCursor(filter.cursor);
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple("updated_at", "case_id"), "<", tuple(new Date(updatedAt), caseId)));
  }
  const rows = await query
    .orderBy("updated_at", "desc")
    .orderBy("case_id", "desc")
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map((row) => ({
    case: row.case_id,
    service: row.service,
    state: row.state,
    ...(row.waiting_for === null ? {} : { waitingFor: row.waiting_for }),
    ...(row.step === null ? {} : { step: row.step }),
    ...(row.office === null ? {} : { office: row.office }),
    ...(row.version === null ? {} : { version: row.version }),
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
    ...(row.protocol_number === null ? {} : { protocolNumber: row.protocol_number }),
    ...(row.receipt_number === null || row.receipt_at === null
      ? {}
      : { receipt: { number: row.receipt_number, at: row.receipt_at.toISOString() } }),
    updatedAt: row.updated_at.toISOString(),
    ...(row.due === null ? {} : { due: row.due }),
  }));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: writeCursor([last.updatedAt, last.case]) } : { items };
}

const Cursor = z.tuple([z.iso.datetime(), z.string().min(1)]);

const writeCursor = (cursor: z.infer<typeof Cursor>) => Buffer.from(JSON.stringify(cursor)).toString("base64url");

function readCursor(text: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (cause) {
    throw new RegisterError("INVALID_CURSOR", "the cursor of this list cannot be read", { cause });
  }
}

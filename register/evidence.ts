/** Evidence of calls that came to no clear result: kept for operators, beside the effect ledger and never in its way. */
import type { Selectable } from "kysely";
import type { Connection } from "./connection.ts";
import type { Schema } from "./schema.ts";

/** What one attempt of a call met. No body, no value of a request or an answer: only what tells operators where to look. */
export interface EvidenceEntry {
  caseId: string;
  /** Key of the effect ledger. */
  key: string;
  send: number;
  /** The attempt of Temporal that saw it. */
  attempt: string;
  operation: string;
  at: Date;
  kind: "unknown" | "rejected" | "conflict" | "failed";
  /** The system's business code, or the transport's own (`DEADLINE`, `RESET`, `NOT_SOAP` ...). */
  code: string;
  message: string;
  /** HTTP status, media type and size of the answer, where there was one. */
  status?: number;
  contentType?: string;
  bytes?: number;
  /** The contract that the system serves, and the adapter that spoke to it. */
  system: string;
  adapter: string;
  durationMs: number;
}

/** The register's evidence. Every method rejects with the driver's error (`isUnreachable`) when the database cannot be reached. */
export class Evidence {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Adds an entry; twice the same are two. */
  async keep(entry: EvidenceEntry): Promise<void> {
    const { status = null, contentType = null, bytes = null } = entry;
    const known = [entry.caseId, entry.key, entry.send, entry.attempt, entry.operation, entry.at, entry.kind];
    const answer = [plain(entry.code), plain(entry.message), status, contentType === null ? null : plain(contentType), bytes];
    await this.#connection.run("evidence.keep", KEEP, [...known, ...answer, entry.system, entry.adapter, entry.durationMs]);
  }

  /** The latest entries of a case, at most `limit`, the oldest first. */
  async ofCase(caseId: string, limit = 100): Promise<EvidenceEntry[]> {
    const query = this.#connection.kysely.selectFrom("evidence").selectAll().where("case_id", "=", caseId);
    return (await query.orderBy("id", "desc").limit(limit).execute()).map(toEntry).toReversed();
  }
}

const KEEP = `
insert into evidence (case_id, key, send, attempt, operation, at, kind, code, message, status, content_type, bytes, system, adapter, duration_ms)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

/** PostgreSQL's text refuses U+0000. */
const plain = (text: string) => text.replaceAll("\0", "");

const toEntry = (row: Selectable<Schema["evidence"]>): EvidenceEntry => ({
  caseId: row.case_id,
  key: row.key,
  send: row.send,
  attempt: row.attempt,
  operation: row.operation,
  at: row.at,
  kind: row.kind,
  code: row.code,
  message: row.message,
  ...(row.status === null ? {} : { status: row.status }),
  ...(row.content_type === null ? {} : { contentType: row.content_type }),
  ...(row.bytes === null ? {} : { bytes: Number(row.bytes) }),
  system: row.system,
  adapter: row.adapter,
  durationMs: row.duration_ms,
});

/** The register's tables as Kysely sees them; what each column means is said in the migration that made it. */
import type { ColumnType, Generated } from "kysely";
import type { CaseOutcome, CaseStateName, CaseStatus, WaitingFor } from "../cases/status.ts";
import type { Pinned } from "../catalogue/definition.ts";
import type { Json } from "../connectors/json.ts";

/** Stored as text in, parsed on the way out. */
type JsonColumn<T> = ColumnType<T, string, string>;

interface CasesTable {
  case_id: string;
  channel: string;
  key_hash: string | null;
  body_hash: string | null;
  service: string;
  municipality: string;
  confirmed: boolean;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  first_run_id: string | null;
  office: string | null;
  applicant: string | null;
  version: string | null;
  receipt_number: string | null;
  receipt_at: Date | null;
  state: Generated<CaseStateName>;
  step: string | null;
  waiting_for: WaitingFor | null;
  outcome: CaseOutcome | null;
  protocol_number: string | null;
  problem: string | null;
  due: string | null;
  closed_at: Date | null;
  number: bigint | null;
  fence: Generated<number>;
  status: JsonColumn<CaseStatus> | null;
}

interface EffectsTable {
  key: string;
  send: number;
  case_id: string;
  operation: string;
  adapter: string;
  input_hash: string;
  state: "intended" | "done" | "rejected" | "not-sent" | "unknown";
  token: string;
  attempt: string | null;
  attempts: number;
  intended_at: Date;
  deadline_ms: number;
  output: JsonColumn<Json> | null;
  output_hash: string | null;
  warnings: JsonColumn<string[]> | null;
  code: string | null;
  message: string | null;
  reason: string | null;
  settled_at: Date | null;
  conflict: JsonColumn<{ send: number; output: Json }> | null;
}

interface AttachmentsTable {
  id: string;
  sha256: string;
  bytes: bigint;
  media_type: string;
  name: string;
  created_at: Generated<Date>;
  document_key: string | null;
}

interface DefinitionsTable {
  version: string;
  service: string;
  municipality: string;
  definition: JsonColumn<Pinned>;
  kept_at: Generated<Date>;
  published_at: Date | null;
  published_by: string | null;
  reason: string | null;
}

interface AliasesTable {
  id: Generated<bigint>;
  municipality: string;
  service: string;
  alias: string;
  version: string;
  set_at: Generated<Date>;
  set_by: string;
  reason: string | null;
}

interface EvidenceTable {
  id: Generated<bigint>;
  case_id: string;
  key: string;
  send: number;
  attempt: string;
  operation: string;
  at: Date;
  kind: "unknown" | "rejected" | "conflict" | "failed";
  code: string;
  message: string;
  status: number | null;
  content_type: string | null;
  bytes: bigint | null;
  system: string;
  adapter: string;
  duration_ms: number;
}

/** All tables that queries are built on. */
export interface Schema {
  cases: CasesTable;
  receipt_counters: { municipality: string; year: number; last: bigint };
  effects: EffectsTable;
  senders: { sender: string; last_id: bigint; holder: string | null; lease_until: Date | null };
  number_scopes: { scope: string; last: bigint };
  numbers: { scope: string; business_key: string; value: bigint };
  attachments: AttachmentsTable;
  definitions: DefinitionsTable;
  aliases: AliasesTable;
  evidence: EvidenceTable;
  schema_versions: { version: number; name: string; applied_at: Generated<Date> };
}

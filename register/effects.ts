/**
 * The effect ledger (DESIGN section 5): before a request that has an effect is sent, its intent stands here, and afterwards what it came to.
 * Of two attempts at one (key, send number) only one can ever send.
 */
import { createHash, randomUUID } from "node:crypto";
import type { Selectable } from "kysely";
import type { Ahead } from "../cases/runtime.ts";
import type { Json } from "../connectors/json.ts";
import type { Connection } from "./connection.ts";
import { AHEAD, FENCE, FOUND, INTEND, INTEND_FENCED, SETTLE } from "./effects-sql.ts";
import { isUnreachable, RegisterError } from "./errors.ts";
import type { Schema } from "./schema.ts";

/** States of a row: `intended` until the outcome is known. */
export type EffectState = "intended" | "done" | "rejected" | "not-sent" | "unknown";

/** What is about to be sent. `key` is `<case id>/<step path>[~generation]`, `send` counts from 1. */
export interface Intent {
  key: string;
  send: number;
  caseId: string;
  /** `protocol.register`. */
  operation: string;
  adapter: string;
  inputHash: string;
  /** The settle time of an unknown outcome counts from the intent's instant plus this. */
  deadlineMs: number;
}

/** What a send came to. `done` and `rejected` are results; `unknown` may still become one. */
export type Settlement =
  | { state: "done"; output: Json; warnings?: string[] }
  | { state: "rejected"; code: string; message: string }
  | { state: "not-sent"; reason: string }
  | { state: "unknown"; reason: string };

/** A row of the ledger. */
export interface EffectRow extends Intent {
  state: EffectState;
  intendedAt: Date;
  /** How many attempts have set the row to `intended`; 0 for a result found without a send. */
  attempts: number;
  output?: Json;
  warnings?: string[];
  code?: string;
  message?: string;
  reason?: string;
  settledAt?: Date;
  /** Another effect that was found under this key. */
  conflict?: { send: number; output: Json };
}

/** `kept`: an earlier result stands. `duplicate-effect`: two different effects for one key; a person must look. */
export type SettleVerdict = "written" | "kept" | "duplicate-effect";

/** How long an intent whose answer was lost asks again whether it was written. */
const DOUBT_MS = 5_000;

/** The ledger. Every method rejects with the driver's error (`isUnreachable`) when the database cannot be reached. */
export class Effects {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The rows of a key, by send number. */
  async rows(key: string): Promise<EffectRow[]> {
    const rows = await this.#connection.kysely.selectFrom("effects").selectAll().where("key", "=", key).orderBy("send").execute();
    return rows.map(toRow);
  }

  /** All rows of a case, the oldest first. */
  async ofCase(caseId: string): Promise<EffectRow[]> {
    const query = this.#connection.kysely.selectFrom("effects").selectAll().where("case_id", "=", caseId);
    return (await query.orderBy("intended_at").orderBy("key").orderBy("send").execute()).map(toRow);
  }

  /**
   * True only for the caller that has just set the row to `intended`, by inserting it or by moving it back from `not-sent`: only this caller may send.
   * False when the row stands otherwise, was intended with another input, or another send of the key has its result already: read `rows`.
   * `attempt` names the caller's attempt (see `settle`). With `fence`, false also when the case has looked ahead more often (`Ahead`). When the connection breaks meanwhile, it asks again for up to 5 s whether its own row was written.
   */
  async intend(intent: Intent & { attempt?: string; fence?: number }): Promise<boolean> {
    const { key, send, caseId, operation, adapter, inputHash, deadlineMs, attempt, fence } = intent;
    const values: unknown[] = [key, send, caseId, operation, adapter, inputHash, deadlineMs, randomUUID(), attempt ?? null];
    const [name, statement] = fence === undefined ? ["effects.intend", INTEND] : ["effects.intendFenced", INTEND_FENCED];
    if (fence !== undefined) values.push(fence);
    const giveUpAt = Date.now() + DOUBT_MS;
    for (let doubtful = false; ; ) {
      try {
        return (await this.#connection.run(name, statement, values)).length === 1;
      } catch (error) {
        // A connection refused at the first try wrote nothing. One that broke may have: without an answer the row would stay `intended` with nothing sent.
        doubtful ||= !refused(error);
        if (!doubtful || !isUnreachable(error) || Date.now() > giveUpAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /**
   * Keys of the case under which an effect stands or may stand, and whether a closing status was published. From then on no attempt whose case
   * has looked ahead less often can send: what this answers is all that there is.
   */
  async lookAhead(caseId: string, fence: number): Promise<Ahead> {
    const [row] = await this.#connection.run<{ state: string | null }>("effects.fence", FENCE, [caseId, fence]);
    const keys = await this.#connection.run<{ key: string }>("effects.ahead", AHEAD, [caseId]);
    return { keys: keys.map(({ key }) => key), closed: row?.state === "closed" };
  }

  /**
   * Writes what a send came to, never over another result; the same settlement again is `kept`. Rejects with EFFECT_MISSING when nothing was intended.
   * With `attempt`, "not-sent" is written only when the row was intended by this attempt, so that a belated call cannot free another's row.
   */
  async settle(key: string, send: number, settlement: Settlement, attempt?: string): Promise<SettleVerdict> {
    const values = [key, send, ...columnsOf(settlement), attempt ?? null];
    const [row] = await this.#connection.run<{ verdict: SettleVerdict }>("effects.settle", SETTLE, values);
    if (!row) throw new RegisterError("EFFECT_MISSING", `no intent stands under this key with send number ${send}`);
    return row.verdict;
  }

  /** Writes a result that was found without a send: by a look-up, or by a person. */
  async record(found: Intent & { settled: Settlement }): Promise<SettleVerdict> {
    const { key, send, caseId, operation, adapter, inputHash, deadlineMs, settled } = found;
    return this.#connection.transaction(async (client) => {
      await client.query(FOUND, [key, send, caseId, operation, adapter, inputHash, deadlineMs]);
      const { rows } = await client.query<{ verdict: SettleVerdict }>(SETTLE, [key, send, ...columnsOf(settled), null]);
      return rows[0]?.verdict ?? "kept";
    });
  }
}

/** The statement never reached the server, so that it certainly wrote nothing. */
const refused = (error: unknown) => {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  return code === "ECONNREFUSED" || code === "57P03" || syscall === "connect" || /connection timeout|trying to connect/.test(message);
};

/** Values $3 to $9 of `SETTLE`. */
type Columns = [
  state: Settlement["state"],
  output: string | null,
  hash: string | null,
  warnings: string | null,
  code: string | null,
  message: string | null,
  reason: string | null,
];

/** A settlement as the columns of its row: state, output, its hash, warnings, code, message, reason. */
export function columnsOf(settlement: Settlement): Columns {
  const { state } = settlement;
  if (state === "done") {
    const warnings = settlement.warnings === undefined ? null : JSON.stringify(settlement.warnings);
    return [state, JSON.stringify(settlement.output), hashOf(settlement.output), warnings, null, null, null];
  }
  if (state === "rejected") return [state, null, null, null, plain(settlement.code), plain(settlement.message), null];
  return [state, null, null, null, null, null, plain(settlement.reason)];
}

/** PostgreSQL's text refuses U+0000, and no message of a foreign system may keep an outcome from being written. */
const plain = (text: string) => text.replaceAll("\0", "");

/** The same for equal JSON values, whatever the order of their keys. */
const hashOf = (output: Json) =>
  createHash("sha256")
    .update(JSON.stringify(sorted(output)))
    .digest("hex");

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { object: entries.map(([name, member]) => [name, sorted(member)]) };
}

function toRow(row: Selectable<Schema["effects"]>): EffectRow {
  return {
    key: row.key,
    send: row.send,
    caseId: row.case_id,
    operation: row.operation,
    adapter: row.adapter,
    inputHash: row.input_hash,
    state: row.state,
    intendedAt: row.intended_at,
    deadlineMs: row.deadline_ms,
    attempts: row.attempts,
    // The output may be null itself; the hash says whether there is one.
    ...(row.output_hash === null ? {} : { output: row.output }),
    ...(row.warnings === null ? {} : { warnings: row.warnings }),
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.message === null ? {} : { message: row.message }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
    ...(row.conflict === null ? {} : { conflict: row.conflict }),
  };
}

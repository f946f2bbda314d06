/**
 * The effect ledger in memory, by the rules of the statements in `effects-sql.ts`: what simulations stand on. `memory-model.test.ts` holds
 * both to the same answers.
 */
import { columnsOf, type EffectRow, type Effects, type Intent, type Settlement, type SettleVerdict } from "./effects.ts";
import type { Json } from "../connectors/json.ts";
import { RegisterError } from "./errors.ts";

/** A row as it is kept. */
export interface Row extends Omit<EffectRow, "output" | "intendedAt" | "settledAt"> {
  attempt?: string;
  /** JSON text: what was given is never shared. */
  output?: string;
  outputHash?: string;
  intendedAt: number;
  settledAt?: number;
}

/** A settlement as columns. */
export type Columns = ReturnType<typeof columnsOf>;

/** A ledger that lives as long as its process; `now` in ms. */
export class MemoryEffects implements Pick<Effects, "rows" | "ofCase" | "intend" | "settle" | "record"> {
  readonly #now: () => number;
  /** By key, each by send number. */
  readonly #keys = new Map<string, Row[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async rows(key: string): Promise<EffectRow[]> {
    return this.#of(key).map(toRow);
  }

  async ofCase(caseId: string): Promise<EffectRow[]> {
    return this.all().filter((row) => row.caseId === caseId);
  }

  /** Every row, the oldest first. */
  all(): EffectRow[] {
    return [...this.#keys.values()]
      .flat()
      .toSorted((a, b) => a.intendedAt - b.intendedAt || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.send - b.send))
      .map(toRow);
  }

  /** When something was last about to be sent under a key, in ms; -Infinity when never. */
  lastIntent(key: string): number {
    return Math.max(...this.#of(key).map((row) => row.intendedAt));
  }

  async intend({ attempt, ...intent }: Intent & { attempt?: string }): Promise<boolean> {
    const rows = this.#of(intent.key);
    const forbids = ({ send, state }: Row) =>
      send !== intent.send && (state === "done" || state === "rejected" || (send > intent.send && state !== "not-sent"));
    if (rows.some(forbids)) return false;
    const present = rows.find((row) => row.send === intent.send);
    if (!present) {
      this.#insert(intent, 1, attempt);
      return true;
    }
    if (present.state !== "not-sent" || present.inputHash !== intent.inputHash) return false;
    const { adapter, deadlineMs } = intent;
    Object.assign(present, { state: "intended", attempts: present.attempts + 1, adapter, deadlineMs, intendedAt: this.#now() });
    if (attempt === undefined) delete present.attempt;
    else present.attempt = attempt;
    delete present.reason;
    delete present.settledAt;
    return true;
  }

  async settle(key: string, send: number, settlement: Settlement, attempt?: string): Promise<SettleVerdict> {
    const verdict = this.#settle(key, send, columnsOf(settlement), attempt);
    if (!verdict) throw new RegisterError("EFFECT_MISSING", `no intent stands under this key with send number ${send}`);
    return verdict;
  }

  async record({ settled, ...intent }: Intent & { settled: Settlement }): Promise<SettleVerdict> {
    if (!this.#of(intent.key).some((row) => row.send === intent.send)) this.#insert(intent, 0);
    return this.#settle(intent.key, intent.send, columnsOf(settled)) ?? "kept";
  }

  #of(key: string): Row[] {
    return this.#keys.get(key) ?? [];
  }

  #insert({ key, send, caseId, operation, adapter, inputHash, deadlineMs }: Intent, attempts: number, attempt?: string): void {
    const intent = { key, send, caseId, operation, adapter, inputHash, deadlineMs };
    const row: Row = { ...intent, state: "intended", attempts, intendedAt: this.#now(), ...(attempt === undefined ? {} : { attempt }) };
    this.#keys.set(
      key,
      [...this.#of(key), row].toSorted((a, b) => a.send - b.send),
    );
  }

  #settle(key: string, send: number, columns: Columns, attempt?: string): SettleVerdict | undefined {
    const rows = this.#of(key);
    const row = rows.find((one) => one.send === send);
    if (!row) return undefined;
    const [state, output, hash] = columns;
    const other = state === "done" && rows.find((one) => one.send !== send && one.state === "done" && one.outputHash !== hash);
    const act = this.judged(row, state, hash, attempt);
    if (act === "write") {
      this.#write(row, columns);
      if (other) row.conflict = { send: other.send, output: JSON.parse(other.output ?? "null") as Json };
      else delete row.conflict;
    }
    if (act === "note") row.conflict ??= { send, output: JSON.parse(output ?? "null") as Json };
    if (act === "note" || act === "noted" || (act === "write" && other)) return "duplicate-effect";
    return act === "write" ? "written" : "kept";
  }

  /** What a settlement does to its row, as `judged` in `SETTLE` says. */
  protected judged(row: Row, state: Columns[0], hash: string | null, attempt: string | undefined): "write" | "note" | "noted" | "keep" {
    if (row.state === "intended" && (state !== "not-sent" || attempt === undefined || row.attempt === attempt)) return "write";
    if (row.state === "not-sent" && state !== "not-sent") return "write";
    if (row.state === "unknown" && (state === "done" || state === "rejected")) return "write";
    if (state !== "done") return "keep";
    if (row.state === "rejected" || (row.state === "done" && row.outputHash !== hash)) return "note";
    return row.conflict ? "noted" : "keep";
  }

  #write(row: Row, [state, output, outputHash, warnings, code, message, reason]: Columns): void {
    for (const column of ["output", "outputHash", "warnings", "code", "message", "reason"] as const) delete row[column];
    Object.assign(row, { state, settledAt: this.#now() });
    if (output !== null) row.output = output;
    if (outputHash !== null) row.outputHash = outputHash;
    if (warnings !== null) row.warnings = JSON.parse(warnings) as string[];
    if (code !== null) row.code = code;
    if (message !== null) row.message = message;
    if (reason !== null) row.reason = reason;
  }
}

function toRow({ attempt: _attempt, outputHash, output, intendedAt, settledAt, warnings, conflict, ...row }: Row): EffectRow {
  return {
    ...row,
    intendedAt: new Date(intendedAt),
    ...(outputHash === undefined ? {} : { output: JSON.parse(output ?? "null") as Json }),
    ...(warnings === undefined ? {} : { warnings: [...warnings] }),
    ...(conflict === undefined ? {} : { conflict: { ...conflict } }),
    ...(settledAt === undefined ? {} : { settledAt: new Date(settledAt) }),
  };
}

/** The gates of systems as their supervisors published them; and, where the Temporal server cannot limit a queue, their slots. */
import type { Connection } from "./connection.ts";

/** A gate as it was set last. */
export interface GateRow {
  system: string;
  gate: "open" | "closed" | "trickle";
  /** Calls per second; absent without a limit. */
  rate?: number;
  reason?: string;
  until?: string;
  enforcedBy: "queue" | "register";
  /** Instant of the last change. */
  since: string;
  /** The supervisor's count of changes. */
  number: number;
}

const PUBLISH = `
insert into gates as present (system, gate, rate, reason, until, enforced_by, since, number) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (system) do update set
  gate = excluded.gate, rate = excluded.rate, reason = excluded.reason, until = excluded.until,
  enforced_by = excluded.enforced_by, since = excluded.since, number = excluded.number
where present.number <= excluded.number`;

const ALL = "select system, gate, rate, reason, until, enforced_by, since, number from gates order by system";

/** One call for each slot, `1/rate` apart by the database's clock; slots that nobody took are not saved up. */
const TAKE = `
update gates set slot_at = clock_timestamp() + interval '1 second' / rate
where system = $1 and gate <> 'closed' and rate > 0 and slot_at <= clock_timestamp()
returning system`;

/** While single canaries go through, two of them are at least half an interval apart: no interval has more than two. Any other gate is not ours to hold. */
const CANARY = `
update gates set slot_at = case when gate = 'trickle' then clock_timestamp() + interval '0.5 second' / rate else slot_at end
where system = $1 and (gate <> 'trickle' or rate is null or slot_at <= clock_timestamp())
returning system`;

const WAIT = `select (extract(epoch from slot_at - clock_timestamp()) * 1000)::double precision as ms from gates where system = $1`;

interface Row {
  system: string;
  gate: GateRow["gate"];
  rate: number | null;
  reason: string | null;
  until: Date | null;
  enforced_by: GateRow["enforcedBy"];
  since: Date;
  number: bigint;
}

/** The table `gates`. */
export class Gates {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Keeps a gate; one that a later change has overtaken is ignored. */
  async publish({ system, gate, rate, reason, until, enforcedBy, since, number }: GateRow): Promise<void> {
    const values = [system, gate, rate ?? null, reason ?? null, until ?? null, enforcedBy, since, number];
    await this.#connection.run("gates.publish", PUBLISH, values);
  }

  /** Every gate that was ever set; a system without a row is open. */
  async all(): Promise<GateRow[]> {
    return (await this.#connection.run<Row>("gates.all", ALL, [])).map((row) => ({
      system: row.system,
      gate: row.gate,
      ...(row.rate === null ? {} : { rate: row.rate }),
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...(row.until === null ? {} : { until: row.until.toISOString() }),
      enforcedBy: row.enforced_by,
      since: row.since.toISOString(),
      number: Number(row.number),
    }));
  }

  /** Takes the next slot of a limited system: 0 when one call may go now, otherwise the milliseconds until the next slot. */
  takeSlot(system: string): Promise<number> {
    return this.#take("gates.take", TAKE, system);
  }

  /** Takes the place of a canary while the gate trickles: 0 when one may go now, or the gate trickles no more; otherwise the milliseconds until one may. */
  takeCanary(system: string): Promise<number> {
    return this.#take("gates.canary", CANARY, system);
  }

  async #take(name: string, statement: string, system: string): Promise<number> {
    const taken = await this.#connection.run(name, statement, [system]);
    if (taken.length > 0) return 0;
    const [wait] = await this.#connection.run<{ ms: number }>("gates.wait", WAIT, [system]);
    return Math.max(1, Math.ceil(wait?.ms ?? 1));
  }
}

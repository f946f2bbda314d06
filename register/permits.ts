/** Leased permits: at most so many calls of a system at one time, over all workers. */
import { randomUUID } from "node:crypto";
import type { Connection } from "./connection.ts";

const READY = "insert into permits (system, slot) select $1, slot from generate_series(0, $2::integer - 1) slot on conflict do nothing";

/** A slot that nobody holds, or whose holder's lease has run out, by the database's clock. Slots that others are just taking are passed over. */
const TAKE = `
update permits set holder = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
where (system, slot) = (
  select system, slot from permits
  where system = $1 and slot < $4 and (holder is null or lease_until < clock_timestamp())
  order by slot limit 1 for update skip locked
)
returning slot`;

const RELEASE = "update permits set holder = null, lease_until = null where system = $1 and slot = $2 and holder = $3";

/** A permit that was obtained. */
export interface Permit {
  readonly system: string;
  readonly slot: number;
  readonly holder: string;
}

/** The table `permits`. */
export class Permits {
  readonly #connection: Connection;
  readonly #ready = new Map<string, number>();
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** One of `max` permits, for `leaseMs` at most; undefined while all are held. A holder that dies gives way when its lease has run out. */
  async take(system: string, max: number, leaseMs: number): Promise<Permit | undefined> {
    if ((this.#ready.get(system) ?? 0) < max) {
      await this.#connection.run("permits.ready", READY, [system, max]);
      this.#ready.set(system, max);
    }
    const holder = randomUUID();
    const [taken] = await this.#connection.run<{ slot: number }>("permits.take", TAKE, [system, holder, leaseMs, max]);
    return taken && { system, slot: taken.slot, holder };
  }

  /** Gives it back; one whose lease has run out may be another's by now, and stays so. */
  async release({ system, slot, holder }: Permit): Promise<void> {
    await this.#connection.run("permits.release", RELEASE, [system, slot, holder]);
  }
}

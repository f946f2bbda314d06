/** Durable number sequences, one per scope, drawn once per business key. */
import type { NumberSequence } from "../connectors/ports.ts";
import type { Connection } from "./connection.ts";

/**
 * Two draws of one key at the same moment may both raise the counter; the second insert then meets the first's row and takes its value.
 * So a value may stay unused, and none is ever given to two keys.
 */
const DRAW = `
with present as (
  select value from numbers where scope = $1 and business_key = $2
), counted as (
  insert into number_scopes (scope, last) select $1, 1 where not exists (select from present)
  on conflict (scope) do update set last = number_scopes.last + 1
  returning last
), drawn as (
  insert into numbers (scope, business_key, value) select $1, $2, last from counted
  on conflict (scope, business_key) do update set value = numbers.value
  returning value
)
select value from present union all select value from drawn`;

/** The register's number sequences. Rejects with the driver's error when the database cannot be reached; drawing again is safe. */
export class Numbers implements NumberSequence {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async draw(scope: string, businessKey: string): Promise<bigint> {
    const [row] = await this.#connection.run<{ value: bigint }>("numbers.draw", DRAW, [scope, businessKey]);
    if (!row) throw new Error("the register drew no number");
    return row.value;
  }
}

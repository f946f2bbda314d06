/** Parked cases by the cause that parked them, and open cases that have been silent where they should not be. */
import type { ParkedProblem } from "../cases/status.ts";
import type { Connection } from "./connection.ts";

/** Cases parked for one cause. A case with several problems counts under the one that its status shows. */
export interface CauseCount {
  /** `<contract>.<operation>:<code>`. */
  cause: string;
  count: number;
  /** When the first of them parked. */
  oldest: string;
  /** Cases whose legal term ends within the days asked for, or is over. */
  atRisk: number;
  /** The first day on which a term of them ends. */
  nextDue?: string;
  services: string[];
  /** The one that parked first. */
  example: string;
  /** What its problem says. */
  title: string;
}

/** A parked case with its problem, as it was last published. */
export interface ParkedCase {
  case: string;
  service: string;
  /** Of the status that shows the problem. */
  number: number;
  due?: string;
  problem: ParkedProblem;
}

/** The cases parked for one cause, page by page in the order of their ids. */
export interface ParkedList {
  cause: string;
  limit: number;
  /** Case id of the last one of the page before. */
  after?: string;
}

/** The register's view of what needs a person. Every method rejects with the driver's error (`isUnreachable`) when the database cannot be reached. */
export class Problems {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every cause, the one with the most cases first. `riskDays`: how near the end of a term is a risk. */
  async causes(municipality: string, riskDays: number): Promise<CauseCount[]> {
    const rows = await this.#connection.run<CauseRow>("problems.causes", CAUSES, [municipality, riskDays]);
    return rows.map(({ next_due, at_risk, ...row }) => ({ ...row, atRisk: at_risk, ...(next_due === null ? {} : { nextDue: next_due }) }));
  }

  /** One page of the cases parked for a cause. */
  async parked(municipality: string, { cause, limit, after = "" }: ParkedList): Promise<ParkedCase[]> {
    const rows = await this.#connection.run<ParkedRow>("problems.parked", PARKED, [municipality, cause, after, limit]);
    return rows.map(({ due, ...row }) => ({ ...row, ...(due === null ? {} : { due }) }));
  }

  /**
   * Cases that say that they are running and have published nothing for so long: the longest silent first, at most `limit`, and how many there are.
   * A case that waits for its closed system is among them; whether it is stuck only Temporal knows.
   */
  async silent(municipality: string, forSeconds: number, limit: number): Promise<{ cases: SilentCase[]; of: number }> {
    const rows = await this.#connection.run<SilentRow>("problems.silent", SILENT, [municipality, forSeconds, limit]);
    const cases = rows.map(({ due, updated_at, at_risk, of: _of, ...row }) => ({
      ...row,
      since: updated_at.toISOString(),
      atRisk: at_risk,
      ...(due === null ? {} : { due }),
    }));
    return { cases, of: Number(rows[0]?.of ?? 0) };
  }
}

/** A case that says that it is running and has been silent. */
export interface SilentCase {
  case: string;
  service: string;
  since: string;
  due?: string;
  atRisk: boolean;
}

interface CauseRow extends Omit<CauseCount, "atRisk" | "nextDue"> {
  next_due: string | null;
  at_risk: number;
}

type ParkedRow = Omit<ParkedCase, "due"> & { due: string | null };
type SilentRow = Omit<SilentCase, "since" | "due" | "atRisk"> & { due: string | null; updated_at: Date; at_risk: boolean; of: bigint };

const TODAY = "(now() at time zone 'Europe/Rome')::date";

/** $1 municipality, $2 days of risk. */
const CAUSES = `
select problem as cause, count(*)::integer as count, min(since) as oldest, count(*) filter (where due <= ${TODAY} + $2::integer)::integer as at_risk,
  min(due) as next_due, array_agg(distinct service order by service) as services,
  (array_agg(case_id order by since, case_id))[1] as example, (array_agg(title order by since, case_id))[1] as title
from (
  select problem, service, case_id, due, status -> 'problem' ->> 'since' as since, status -> 'problem' ->> 'title' as title
  from cases where municipality = $1 and state = 'parked' and confirmed and problem is not null
) as parked
group by problem order by count desc, problem`;

/** $1 municipality, $2 cause, $3 the case after which the page begins, $4 limit. */
const PARKED = `
select case_id as case, service, number::double precision as number, due, status -> 'problem' as problem
from cases where municipality = $1 and state = 'parked' and confirmed and problem = $2 and case_id > $3
order by case_id limit $4::integer`;

/** $1 municipality, $2 seconds, $3 limit. */
const SILENT = `
select case_id as case, service, updated_at, due, coalesce(due <= ${TODAY} + 5, false) as at_risk, count(*) over () as of
from cases where municipality = $1 and state in ('received', 'running') and confirmed
  and updated_at < now() - $2::double precision * interval '1 second'
order by updated_at limit $3::integer`;

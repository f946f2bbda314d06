/** Where the open cases of a service stand, in groups: what a change of the service would meet. */
import type { CaseStateName, WaitingFor } from "../cases/status.ts";
import type { Connection } from "./connection.ts";

/** Open cases that are alike: of one version, at one step, with the same steps behind them. */
export interface Position {
  /** Absent for a case that has not opened yet. */
  version?: string;
  state: CaseStateName;
  waitingFor?: WaitingFor;
  step?: string;
  /** Paths of finished steps, without indices of `forEach`, sorted. */
  finished: string[];
  /** Paths of steps that have begun and are not finished. */
  begun: string[];
  count: number;
  /** One of them. */
  example: string;
}

/** $1 municipality, $2 service. */
const POSITIONS = `
select version, state, waiting_for, step, finished, begun, count(*)::integer as count, min(case_id) as example
from (
  select case_id, version, state, waiting_for, step,
    array(select distinct regexp_replace(one ->> 'id', '\\[[0-9]+\\]', '', 'g') from json_array_elements(status -> 'steps') as one
      where one ->> 'state' <> 'running' order by 1) as finished,
    array(select distinct regexp_replace(one ->> 'id', '\\[[0-9]+\\]', '', 'g') from json_array_elements(status -> 'steps') as one
      where one ->> 'state' = 'running' order by 1) as begun
  from cases where municipality = $1 and service = $2 and confirmed and state <> 'closed'
) as standing
group by version, state, waiting_for, step, finished, begun
order by version, count desc, example`;

interface Row extends Pick<Position, "state" | "finished" | "begun" | "count" | "example"> {
  version: string | null;
  waiting_for: WaitingFor | null;
  step: string | null;
}

/** The open cases of a service by version and position, as they were last published. */
export async function positionsOf(connection: Connection, municipality: string, service: string): Promise<Position[]> {
  const rows = await connection.run<Row>("cases.positions", POSITIONS, [municipality, service]);
  return rows.map(({ version, state, waiting_for, step, finished, begun, count, example }) => ({
    ...(version === null ? {} : { version }),
    state,
    ...(waiting_for === null ? {} : { waitingFor: waiting_for }),
    ...(step === null ? {} : { step }),
    finished,
    begun,
    count,
    example,
  }));
}

/** Which cases a command means: `step=decision office=mobilityPermits state=waiting,parked`. */
import type { CaseStateName } from "../../cases/status.ts";
import type { CaseSummary } from "../cases-client.ts";
import { UsageError } from "./exit-codes.ts";

/** A query that was read. */
export interface CaseQuery {
  /** `waiting` unless told. */
  states: CaseStateName[];
  matches(one: CaseSummary): boolean;
}

const OPEN: readonly string[] = ["waiting", "parked", "running", "received"] satisfies CaseStateName[];

const members: Readonly<Record<string, (one: CaseSummary, wanted: string) => boolean>> = {
  step: (one, wanted) => one.step === wanted || one.step?.replaceAll(/\[\d+\]/g, "") === wanted,
  office: (one, wanted) => one.office === wanted,
  waitingFor: (one, wanted) => one.waitingFor === wanted,
  version: (one, wanted) => one.version?.startsWith(wanted) === true,
  case: (one, wanted) => one.case === wanted,
};

/** Reads `name=value` pairs with spaces between them; a comma between values means either. Throws UsageError. */
export function caseQuery(text: string): CaseQuery {
  let states: CaseStateName[] = ["waiting"];
  const conditions: ((one: CaseSummary) => boolean)[] = [];
  for (const pair of text.split(/\s+/).filter(Boolean)) {
    const [, name = "", list = ""] = /^(\w+)=(.+)$/.exec(pair) ?? [];
    const values = list.split(",").filter(Boolean);
    const holds = members[name];
    if (name === "state" && values.length > 0 && values.every((one) => OPEN.includes(one))) states = values as CaseStateName[];
    else if (holds && values.length > 0) conditions.push((one) => values.some((value) => holds(one, value)));
    else
      throw new UsageError(`"${pair}" is not part of a query; there are state=${OPEN.join(",")} and ${Object.keys(members).join("=, ")}=`);
  }
  return { states, matches: (one) => conditions.every((holds) => holds(one)) };
}

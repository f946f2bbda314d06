/** Which of the calls that wait for a system go first: what is to be settled, then cases whose legal term ends soon. */
import { daysBetween, localDate } from "./calendar.ts";
import { legalClock } from "./clock.ts";
import { durationDays } from "./duration.ts";
import type { CaseState } from "./state.ts";

/** 1 goes first. Within one priority calls go in the order in which they came. */
export type Priority = 1 | 2 | 3 | 4 | 5;

/** The outcome of an earlier send is unknown: nothing else may go before that. */
export const SETTLES: Priority = 1;

/** By the days that are left of the legal term; what follows the decision is not urgent by law. */
export function priorityOf({ clock, service, overlay }: Pick<CaseState, "clock" | "service" | "overlay">, now: string): Priority {
  const { timeZone, patronDay } = overlay;
  const calendar = { timeZone, ...(patronDay === undefined ? {} : { patronDay }) };
  const { due, state } = legalClock(clock, durationDays(service.legal.term), calendar, now);
  if (state === "stopped") return 4;
  const left = daysBetween(localDate(now, timeZone), due);
  if (left <= 2) return 2;
  if (left <= 10) return 3;
  return left <= 30 ? 4 : 5;
}

/** Whether a system is open by its calendar: opening hours, holidays, maintenance windows. Pure. */
import { addDays, feast, localDate, weekday } from "../../cases/calendar.ts";
import type { Calendar } from "../../cases/calendar.ts";
import { holdsOn, type SystemSettings } from "../../catalogue/systems.ts";
import { instantOf } from "./wall-time.ts";

/** How far ahead the next change is looked for. */
const HORIZON_DAYS = 400;

/** What the calendar says now, and until when (ms); without `until` nothing changes within sight. */
export type Opened = { open: true; until?: number } | { open: false; reason: string; until?: number };

export type Hours = Pick<SystemSettings, "hours" | "holidays" | "maintenance">;

interface Window {
  from: number;
  to: number;
}

/** The state of the calendar at `now`. A window belongs to the day on which it begins: what opens on the eve of a holiday closes at its own time. */
export function openedAt(now: number, settings: Hours, calendar: Calendar): Opened {
  const closed = closedBecause(now, settings, calendar);
  const until = nextChange(now, closed !== undefined, settings, calendar);
  return {
    ...(closed === undefined ? { open: true as const } : { open: false as const, reason: closed }),
    ...(until === undefined ? {} : { until }),
  };
}

function closedBecause(instant: number, settings: Hours, calendar: Calendar): string | undefined {
  const maintenance = settings.maintenance.find((one) => holds(instant, windowOf(one, calendar.timeZone)));
  if (maintenance) return maintenance.reason === undefined ? "maintenance" : `maintenance: ${maintenance.reason}`;
  if (!settings.hours) return undefined;
  const today = localDate(instant, calendar.timeZone);
  const windows = [addDays(today, -1), today].flatMap((date) => openings(date, settings, calendar));
  if (windows.some((one) => holds(instant, one))) return undefined;
  return (settings.holidays === "closed" && feast(today, calendar)) || "outside opening hours";
}

/** The next instant at which the answer is another one. What changes on a day belongs to a window that began on it or on the day before. */
function nextChange(now: number, closed: boolean, settings: Hours, calendar: Calendar): number | undefined {
  const { timeZone } = calendar;
  const differs = (instant: number) => instant > now && (closedBecause(instant, settings, calendar) !== undefined) !== closed;
  const windows = settings.maintenance.map((one) => windowOf(one, timeZone)).filter(({ to }) => to > now);
  if (!settings.hours) return boundaries(windows).find(differs);
  const today = localDate(now, timeZone);
  for (let day = today; day < addDays(today, HORIZON_DAYS); day = addDays(day, 1)) {
    const began = [addDays(day, -1), day].flatMap((date) => openings(date, settings, calendar));
    const [start, end] = [day, addDays(day, 1)].map((date) => instantOf(date, "00:00", timeZone, "first")) as [number, number];
    const found = boundaries([...began, ...windows]).find((instant) => instant >= start && instant < end && differs(instant));
    if (found !== undefined) return found;
  }
  return undefined;
}

const boundaries = (windows: Window[]): number[] => windows.flatMap(({ from, to }) => [from, to]).toSorted((a, b) => a - b);

const holds = (instant: number, { from, to }: Window): boolean => instant >= from && instant < to;

/** Of an hour that is shown twice, maintenance takes both. */
function windowOf({ from, to }: Hours["maintenance"][number], timeZone: string): Window {
  const at = (local: string, which: "first" | "last") => instantOf(local.slice(0, 10), local.slice(11), timeZone, which);
  return { from: at(from, "first"), to: at(to, "last") };
}

/** The opening windows that begin on a date. Of an hour that is shown twice, the system counts as closed where it may be. */
function openings(date: string, { hours = [], holidays }: Hours, calendar: Calendar): Window[] {
  if (holidays === "closed" && feast(date, calendar) !== undefined) return [];
  return hours
    .filter(({ days }) => holdsOn(days, weekday(date)))
    .map(({ from, to }) => ({
      from: instantOf(date, from, calendar.timeZone, "last"),
      to: instantOf(to < from ? addDays(date, 1) : date, to, calendar.timeZone, "first"),
    }));
}

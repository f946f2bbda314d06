/**
 * The legal clock of a case (L. 241/1990 art. 2, art. 10-bis), a pure function of what happened. Rules R1 to R8 as documented in
 * docs/legal-clock.md, to be confirmed by a lawyer before any municipality relies on them.
 */
import { addDays, type Calendar, daysBetween, localDate, rolled } from "./calendar.ts";

export interface ClockEvent {
  kind:
    | "received"
    | "integrationRequested"
    | "integrationAnswered"
    | "rejectionNoticeDelivered"
    | "observationsFiled"
    | "noticeExpired"
    | "decided";
  /** ISO instant. */
  at: string;
}

export interface Clock {
  state: "running" | "suspended" | "expired" | "stopped";
  /** Days of the term used up to `now`, and days for which it stood still. */
  elapsed: number;
  suspended: number;
  /** Last day of the term, before and after rolling over holidays; calendar dates. */
  rawDue: string;
  due: string;
  rolledBecause: string[];
}

const INTEGRATION_DAYS = 30;
const NOTICE_DAYS = 10;

interface Running {
  /** Counting (re)started after this day. */
  from: string;
  used: number;
  suspended: number;
  integrations: number;
  open?: { kind: "integration" | "notice"; since: string; until: string };
}

/** The state of the term of `termDays` at `now`. */
export function legalClock(events: readonly ClockEvent[], termDays: number, calendar: Calendar, now: string): Clock {
  const day = (instant: string) => localDate(instant, calendar.timeZone);
  const received = events.find((event) => event.kind === "received");
  if (!received) throw new TypeError("a clock needs the event `received`");
  const run: Running = { from: day(received.at), used: 0, suspended: 0, integrations: 0 };
  let decided: string | undefined;
  for (const event of events) {
    if (event.kind === "decided") decided ??= day(event.at);
    else apply(run, event.kind, day(event.at), calendar);
  }
  const today = decided ?? day(now);
  if (run.open && today > run.open.until) resume(run, run.open.until);
  const restart = run.open ? run.open.until : run.from;
  const rawDue = addDays(restart, termDays - run.used);
  const roll = rolled(rawDue, calendar);
  const elapsed = run.open ? run.used : run.used + Math.max(0, daysBetween(run.from, today));
  const suspended = run.suspended + (run.open ? Math.max(0, daysBetween(run.open.since, today)) : 0);
  const state = decided !== undefined ? "stopped" : run.open ? "suspended" : today > roll.date ? "expired" : "running";
  return { state, elapsed, suspended, rawDue, due: roll.date, rolledBecause: roll.because };
}

function apply(run: Running, kind: ClockEvent["kind"], on: string, calendar: Calendar): void {
  if (run.open && on > run.open.until) resume(run, run.open.until);
  switch (kind) {
    case "integrationRequested":
      // Once, at most 30 days (art. 2 c. 7); a second request does not stop the clock.
      if (!run.open && run.integrations++ === 0) suspend(run, "integration", on, addDays(on, INTEGRATION_DAYS));
      return;
    case "integrationAnswered":
      if (run.open?.kind === "integration") resume(run, on);
      return;
    case "rejectionNoticeDelivered":
      if (!run.open) suspend(run, "notice", on, rolled(addDays(on, NOTICE_DAYS), calendar).date);
      return;
    case "observationsFiled":
      // The term runs again ten days after the observations (art. 10-bis): the clock stays open until then.
      if (run.open?.kind === "notice") run.open.until = addDays(on, NOTICE_DAYS);
      return;
    default:
      return;
  }
}

function suspend(run: Running, kind: "integration" | "notice", on: string, until: string): void {
  run.used += Math.max(0, daysBetween(run.from, on));
  run.open = { kind, since: on, until };
}

function resume(run: Running, on: string): void {
  if (!run.open) return;
  run.suspended += Math.max(0, daysBetween(run.open.since, on));
  run.from = on;
  delete run.open;
}

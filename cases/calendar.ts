/** Calendar dates of the municipality, computed on ISO dates and never as multiples of 24 hours of an instant. */

export interface Calendar {
  timeZone: string;
  /** Month and day of the patron's day (`12-07` in Milan): a holiday of kind `municipal`. */
  patronDay?: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Dates reckoned lately: a case asks for those of the same few instants at every publication. */
const reckoned = new Map<string, string>();
const MOST_RECKONED = 2_000;

/** The calendar date of an instant in a time zone. */
export function localDate(instant: string | number, timeZone: string): string {
  const asked = `${timeZone} ${instant}`;
  const known = reckoned.get(asked);
  if (known !== undefined) return known;
  const date = dateOf(instant, timeZone);
  if (reckoned.size >= MOST_RECKONED) reckoned.clear();
  reckoned.set(asked, date);
  return date;
}

function dateOf(instant: string | number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    formats.set(timeZone, format);
  }
  return format.format(new Date(instant));
}

const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;

export const addDays = (date: string, days: number): string => new Date((dayNumber(date) + days) * 86_400_000).toISOString().slice(0, 10);
export const daysBetween = (from: string, to: string): number => dayNumber(to) - dayNumber(from);

/** Easter Sunday of a year (Gregorian, by the anonymous algorithm). */
export function easter(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  const day = (h + l - 7 * m + 33 * month + 19) % 32;
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

const fixed = new Set(["01-01", "01-06", "04-25", "05-01", "06-02", "08-15", "11-01", "12-08", "12-25", "12-26"]);

/** Why a date is a public holiday, Sundays apart, or undefined when it is none. */
export function feast(date: string, calendar: Calendar): string | undefined {
  const monthDay = date.slice(5);
  const year = Number(date.slice(0, 4));
  const sunday = easter(year);
  if (fixed.has(monthDay) || date === sunday || date === addDays(sunday, 1)) return "national holiday";
  if (monthDay === "10-04" && year >= 2026) return "national holiday";
  return calendar.patronDay === monthDay ? "municipal feast" : undefined;
}

/** Why a date is not a working day for legal terms, or undefined when it is one. Saturday is one (rule R3). */
export function holiday(date: string, calendar: Calendar): string | undefined {
  if (weekday(date) === 0) return "Sunday";
  return feast(date, calendar);
}

/** 0 is Sunday, 6 is Saturday. */
export const weekday = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay();

/** The next date, this one included, that is no holiday; with the reasons of those passed over. */
export function rolled(date: string, calendar: Calendar): { date: string; because: string[] } {
  const because: string[] = [];
  let day = date;
  for (let reason = holiday(day, calendar); reason !== undefined; reason = holiday(day, calendar)) {
    because.push(`${day}: ${reason}`);
    day = addDays(day, 1);
  }
  return { date: day, because };
}

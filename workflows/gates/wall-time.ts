/** Instants of a municipality's wall clock, on the nights of the changes of the hour too. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the wall clock shows at an instant, as if it were UTC. */
function shownAt(instant: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)])) as Record<string, number>;
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute);
}

const DAY_MS = 86_400_000;

/** `24:00` is the next day's midnight. */
const asUtc = (date: string, time: string): number => {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return Date.parse(`${date}T00:00:00Z`) + (hours * 60 + minutes) * 60_000;
};

/**
 * The instant at which the wall clock shows `time` on `date`. In autumn an hour is shown twice: `which` chooses. In spring one is not shown
 * at all: the instant is the change of the hour.
 */
export function instantOf(date: string, time: string, timeZone: string, which: "first" | "last"): number {
  const wall = asUtc(date, time);
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((near) => shownAt(near, timeZone) - near) as [number, number];
  const candidates = offsets.map((offset) => wall - offset).toSorted((a, b) => a - b) as [number, number];
  const shown = candidates.filter((instant) => shownAt(instant, timeZone) === wall);
  const found = which === "first" ? shown[0] : shown.at(-1);
  if (found !== undefined) return found;
  let [before, after] = candidates;
  while (after - before > 60_000) {
    const middle = before + Math.floor((after - before) / 120_000) * 60_000;
    if (shownAt(middle, timeZone) < wall) before = middle;
    else after = middle;
  }
  return after;
}

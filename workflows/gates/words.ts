/** A gate in words. */
import type { Desired } from "./messages.ts";

/** The reason with its end by the municipality's clock: `outside opening hours, until 2026-11-23 08:00`. */
export function spoken({ reason, until }: Desired, timeZone: string): string {
  return [reason ?? "", until === undefined ? "" : `until ${localTime(until, timeZone)}`].filter(Boolean).join(", ");
}

/** `2026-11-23 08:00`. */
export function localTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, hourCycle: "h23", dateStyle: "short", timeStyle: "short" });
  return format.format(new Date(instant)).replace(", ", " ");
}

/** What a municipality's overlay says of a system besides its adapter: when it is open, how fast it may be called, how carefully it is tried again. */
import { z } from "zod";
import { durationMs } from "../cases/duration.ts";
import { Duration } from "./words.ts";

const Interval = Duration.refine((text) => durationMs(text) >= 1_000, { error: "is shorter than a second" });

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const day = `(?:${days.join("|")})`;
const WallTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: "is not a time such as 08:00 or 24:00" });
const LocalDateTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d$/, { error: "is not a local date and time such as 2026-12-01T20:00" });

/** `mon-fri`, `sat`, `mon,wed,fri`, `fri-mon`. */
const Days = z.string().regex(new RegExp(`^${day}(?:-${day})?(?:,${day}(?:-${day})?)*$`), { error: "is not like mon-fri or mon,wed,sat" });

export const Opening = z
  .strictObject({
    days: Days.describe("`mon-fri`, `sat`, `mon,wed,fri`."),
    from: WallTime.describe("When it opens, such as `08:00`."),
    to: WallTime.describe("When it closes; a window that ends before it begins passes midnight."),
  })
  .refine(({ from, to }) => from !== to, { error: "opens and closes at the same time; 00:00 to 24:00 is the whole day" });
export type Opening = z.infer<typeof Opening>;

export const Maintenance = z
  .strictObject({
    from: LocalDateTime.describe("When it begins, such as `2026-12-01T20:00`."),
    to: LocalDateTime.describe("When it ends."),
    reason: z.string().max(200).optional().describe("What operators read of it."),
  })
  .refine(({ from, to }) => from < to, { error: "ends before it begins" });
export type Maintenance = z.infer<typeof Maintenance>;

/** What happens after failures in a row: single calls go through as canaries, and after one that succeeds the rate rises again. */
export const Trickle = z.strictObject({
  after: z.int().min(1).max(1_000).default(10).describe("Failures in a row after which the system counts as failing."),
  every: Interval.default("PT15S").describe("One canary in each interval of this length."),
  rampFrom: z
    .number()
    .positive()
    .max(1_000)
    .default(2)
    .describe("Calls per second right after the first canary that succeeds; it doubles at each step."),
  step: Interval.default("PT5S").describe("How long each step of the ramp takes."),
});
export type Trickle = z.infer<typeof Trickle>;

export const SystemSettings = z.strictObject({
  hours: z
    .array(Opening)
    .min(1)
    .optional()
    .describe("Opening hours by the municipality's wall clock; without any the system is always open."),
  holidays: z
    .enum(["closed", "open"])
    .default("closed")
    .describe("Whether opening hours hold on public holidays, the patron's day included; Sundays follow `days`."),
  maintenance: z.array(Maintenance).default([]).describe("Times at which it is closed besides."),
  rate: z.number().positive().max(10_000).optional().describe("Calls per second over all workers."),
  maxInFlight: z.int().min(1).max(1_000).optional().describe("Calls at one time over all workers."),
  trickle: Trickle.prefault({}).describe(
    "What happens after failures in a row: single calls go through, and after one that succeeds the rate rises again.",
  ),
  shortWay: z
    .boolean()
    .default(true)
    .describe(
      "Whether calls may be made by the case's own worker while the system is open, quick and without a backlog, instead of through its queue.",
    ),
  shortCalls: z.int().min(1).max(1_000).default(20).describe("How many such calls one worker may have in flight."),
});
export type SystemSettings = z.infer<typeof SystemSettings>;

/** The settings of a system of which the overlay says nothing: always open, no limits, careful after failures. */
export const usualSettings: SystemSettings = SystemSettings.parse({});

/** Whether `mon-fri` holds on a weekday (0 is Sunday). */
export function holdsOn(written: string, weekday: number): boolean {
  return written.split(",").some((part) => {
    const [from, to = from] = part.split("-").map((name) => days.indexOf(name as (typeof days)[number])) as [number, number?];
    return from <= to ? weekday >= from && weekday <= to : weekday >= from || weekday <= to;
  });
}

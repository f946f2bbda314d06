import { expect, test } from "@jest/globals";
import { addDays } from "./calendar.ts";
import type { ClockEvent } from "./clock.ts";
import { priorityOf } from "./priority.ts";
import { overlay, pass } from "./testing.ts";

const received = "2026-03-02T09:00:00Z";
const after = (days: number, more: ClockEvent[] = []) =>
  priorityOf({ clock: [{ kind: "received", at: received }, ...more], service: pass, overlay }, `${addDays("2026-03-02", days)}T09:00:00Z`);

test("a call is the more urgent the fewer days are left of the legal term of 30 days", () => {
  expect([0, 19, 20, 27, 28, 30, 40].map((days) => after(days))).toEqual([4, 4, 3, 3, 2, 2, 2]);
});

test("what follows the decision is not urgent by law", () => {
  expect(after(29, [{ kind: "decided", at: "2026-03-30T09:00:00Z" }])).toBe(4);
});

test("a long term is least urgent at its beginning", () => {
  const long = { ...pass, legal: { ...pass.legal, term: "P90D" } };
  expect(priorityOf({ clock: [{ kind: "received", at: received }], service: long, overlay }, received)).toBe(5);
});

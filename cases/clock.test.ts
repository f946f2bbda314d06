import { describe, expect, test } from "@jest/globals";
import { type ClockEvent, legalClock } from "./clock.ts";

const milan = { timeZone: "Europe/Rome", patronDay: "12-07" };
const noon = (date: string) => `${date}T12:00:00+01:00`;
const clock = (events: [ClockEvent["kind"], string][], days = 30, now = "2026-01-01", calendar = milan) =>
  legalClock(
    events.map(([kind, date]) => ({ kind, at: date.includes("T") ? date : noon(date) })),
    days,
    calendar,
    now.includes("T") ? now : noon(now),
  );

const received = (date: string): [ClockEvent["kind"], string] => ["received", date];

describe("the worked examples of the legal clock", () => {
  test.each([
    ["1: received in the evening", [received("2026-01-12T23:10:00+01:00")], "2026-02-11", "2026-02-11"],
    ["2: from receipt, not from the protocol date", [received("2026-01-10")], "2026-02-09", "2026-02-09"],
    ["3: Sunday, municipal feast, holiday", [received("2026-11-06")], "2026-12-06", "2026-12-09"],
    ["4: Christmas and the days after", [received("2026-11-25")], "2026-12-25", "2026-12-28"],
    ["5a: Easter", [received("2027-02-26")], "2027-03-28", "2027-03-30"],
    ["5b: a Saturday is a working day", [received("2027-02-25")], "2027-03-27", "2027-03-27"],
    [
      "6: an integration suspends",
      [received("2026-03-02"), ["integrationRequested", "2026-03-12"], ["integrationAnswered", "2026-03-27"]],
      "2026-04-16",
      "2026-04-16",
    ],
    [
      "7: at most thirty days, and once",
      [received("2026-03-02"), ["integrationRequested", "2026-03-12"], ["integrationRequested", "2026-04-20"]],
      "2026-05-01",
      "2026-05-02",
    ],
    [
      "8a: observations after a notice",
      [received("2026-06-01"), ["rejectionNoticeDelivered", "2026-06-15"], ["observationsFiled", "2026-06-20"]],
      "2026-07-16",
      "2026-07-16",
    ],
    ["8b: a notice without observations", [received("2026-06-01"), ["rejectionNoticeDelivered", "2026-06-15"]], "2026-07-11", "2026-07-11"],
    [
      "9: both add up",
      [
        received("2026-09-01"),
        ["integrationRequested", "2026-09-11"],
        ["integrationAnswered", "2026-09-21"],
        ["rejectionNoticeDelivered", "2026-10-01"],
        ["observationsFiled", "2026-10-08"],
      ],
      "2026-10-28",
      "2026-10-28",
    ],
    ["the hours trap at summer time", [received("2026-02-28T23:30:00+01:00")], "2026-03-30", "2026-03-30"],
    [
      "a notice whose window ends on a feast",
      [received("2026-11-09"), ["rejectionNoticeDelivered", "2026-11-27"]],
      "2026-12-21",
      "2026-12-21",
    ],
  ] as [string, [ClockEvent["kind"], string][], string, string][])("%s", (_name, events, rawDue, due) => {
    expect(clock(events)).toMatchObject({ rawDue, due });
  });

  test("10: a term of sixty days", () => {
    expect(clock([received("2026-09-10")], 60)).toMatchObject({ due: "2026-11-09" });
  });

  test("without the municipal feast the day counts", () => {
    expect(clock([received("2026-11-06")], 30, "2026-11-07", { timeZone: "Europe/Rome" } as typeof milan)).toMatchObject({
      due: "2026-12-07",
    });
  });
});

test("a clock says where it stands", () => {
  const events: [ClockEvent["kind"], string][] = [
    ["received", "2026-03-02"],
    ["integrationRequested", "2026-03-12"],
  ];
  expect(clock(events, 30, "2026-03-20")).toMatchObject({ state: "suspended", elapsed: 10, suspended: 8 });
  expect(clock([...events, ["integrationAnswered", "2026-03-20"]], 30, "2026-03-25")).toMatchObject({
    state: "running",
    elapsed: 15,
    suspended: 8,
  });
  expect(clock([...events, ["decided", "2026-03-14"]], 30, "2026-09-01")).toMatchObject({ state: "stopped" });
  expect(clock([["received", "2026-03-02"]], 30, "2026-04-02")).toMatchObject({ state: "expired", due: "2026-04-01" });
});

import { describe, expect, test } from "@jest/globals";
import { SystemSettings } from "../../catalogue/systems.ts";
import { openedAt } from "./opening.ts";
import { instantOf } from "./wall-time.ts";

const milan = { timeZone: "Europe/Rome", patronDay: "12-07" };
const office = SystemSettings.parse({ hours: [{ days: "mon-fri", from: "08:00", to: "20:00" }] });
const at = (instant: string, settings = office, calendar = milan) => {
  const { until, ...rest } = openedAt(Date.parse(instant), settings, calendar);
  return { ...rest, until: until === undefined ? undefined : new Date(until).toISOString() };
};
const hours = (from: string, to: string, days = "sun-sat", more: object = {}) =>
  SystemSettings.parse({ hours: [{ days, from, to }], ...more });
const maintained = (from: string, to: string, more: object = {}) => SystemSettings.parse({ maintenance: [{ from, to }], ...more });

describe("opening hours", () => {
  test("open and close a system at its wall-clock times, in winter and in summer", () => {
    expect(at("2026-11-23T06:59:59Z")).toEqual({ open: false, reason: "outside opening hours", until: "2026-11-23T07:00:00.000Z" });
    expect(at("2026-11-23T07:00:00Z")).toEqual({ open: true, until: "2026-11-23T19:00:00.000Z" });
    expect(at("2026-07-06T06:00:00Z")).toEqual({ open: true, until: "2026-07-06T18:00:00.000Z" });
    expect(at("2026-07-06T18:00:00Z")).toMatchObject({ open: false, until: "2026-07-07T06:00:00.000Z" });
  });

  test("keep a system closed over the weekend", () => {
    expect(at("2026-11-20T20:00:00Z")).toMatchObject({ open: false, until: "2026-11-23T07:00:00.000Z" });
  });

  test("without any, a system is always open", () => {
    expect(at("2026-12-25T03:00:00Z", SystemSettings.parse({}))).toEqual({ open: true, until: undefined });
  });

  test("that follow one another are one opening", () => {
    const two = SystemSettings.parse({
      hours: [
        { days: "mon-fri", from: "08:00", to: "13:00" },
        { days: "mon-fri", from: "13:00", to: "18:00" },
      ],
    });
    expect(at("2026-11-23T08:00:00Z", two)).toEqual({ open: true, until: "2026-11-23T17:00:00.000Z" });
  });

  test("may pass midnight, and last the whole day", () => {
    const night = hours("22:00", "06:00", "fri");
    expect(at("2026-11-20T23:30:00Z", night)).toEqual({ open: true, until: "2026-11-21T05:00:00.000Z" });
    expect(at("2026-11-21T05:00:00Z", night)).toMatchObject({ open: false, until: "2026-11-27T21:00:00.000Z" });
    const days = hours("00:00", "24:00", "mon-fri", { holidays: "open" });
    expect(at("2026-11-23T00:00:00Z", days)).toEqual({ open: true, until: "2026-11-27T23:00:00.000Z" });
  });

  test("may name days in any of the ways of the overlay", () => {
    const settings = hours("08:00", "12:00", "sat-mon,wed");
    const open = ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"].map(
      (day) => at(`${day}T09:00:00Z`, settings).open,
    );
    expect(open).toEqual([true, true, true, false, true, false]);
  });
});

describe("holidays", () => {
  test.each([
    ["Christmas", "2026-12-25", "national holiday", "2026-12-28"],
    ["Easter Monday", "2026-04-06", "national holiday", "2026-04-07"],
    ["the patron's day in Milan, and the Immaculate Conception after it", "2026-12-07", "municipal feast", "2026-12-09"],
  ])("%s keeps a system with opening hours closed", (_, date, reason, next) => {
    const found = at(`${date}T10:00:00Z`);
    expect(found).toMatchObject({ open: false, reason });
    expect(found.until?.slice(0, 10)).toBe(next);
  });

  test("of the patron are those of the municipality", () => {
    expect(at("2026-12-07T10:00:00Z", office, { timeZone: "Europe/Rome" } as typeof milan)).toMatchObject({ open: true });
  });

  test("may be days like others for a system", () => {
    const always = hours("08:00", "20:00", "mon-sun", { holidays: "open" });
    expect(at("2026-12-25T10:00:00Z", always)).toMatchObject({ open: true });
    expect(at("2026-12-27T10:00:00Z", hours("08:00", "20:00"))).toMatchObject({ open: true });
  });

  test("do not cut an opening that began on their eve", () => {
    expect(at("2026-12-24T23:30:00Z", hours("22:00", "06:00"))).toEqual({ open: true, until: "2026-12-25T05:00:00.000Z" });
  });
});

describe("a maintenance window", () => {
  test("closes an open system, and says why", () => {
    const settings = SystemSettings.parse({ maintenance: [{ from: "2026-12-01T20:00", to: "2026-12-02T02:00", reason: "new version" }] });
    expect(at("2026-12-01T18:00:00Z", settings)).toEqual({ open: true, until: "2026-12-01T19:00:00.000Z" });
    expect(at("2026-12-01T19:00:00Z", settings)).toEqual({
      open: false,
      reason: "maintenance: new version",
      until: "2026-12-02T01:00:00.000Z",
    });
    expect(at("2026-12-02T01:00:00Z", settings)).toEqual({ open: true, until: undefined });
  });

  test("that ends outside the opening hours is over when the system opens", () => {
    const settings = maintained("2026-12-01T18:00", "2026-12-01T22:00", { hours: office.hours });
    expect(at("2026-12-01T16:59:00Z", settings)).toEqual({ open: true, until: "2026-12-01T17:00:00.000Z" });
    expect(at("2026-12-01T17:00:00Z", settings)).toEqual({ open: false, reason: "maintenance", until: "2026-12-02T07:00:00.000Z" });
  });

  test("that lies between two openings changes nothing", () => {
    expect(at("2026-12-01T20:00:00Z", maintained("2026-12-01T22:00", "2026-12-02T05:00", { hours: office.hours }))).toMatchObject({
      open: false,
      until: "2026-12-02T07:00:00.000Z",
    });
  });
});

describe("the nights on which the hour changes", () => {
  test("in spring, a time that no clock shows is the change itself", () => {
    expect(new Date(instantOf("2026-03-29", "02:30", "Europe/Rome", "first")).toISOString()).toBe("2026-03-29T01:00:00.000Z");
    expect(at("2026-03-29T00:30:00Z", hours("02:30", "05:00"))).toMatchObject({ open: false, until: "2026-03-29T01:00:00.000Z" });
    expect(at("2026-03-29T01:00:00Z", hours("02:30", "05:00"))).toEqual({ open: true, until: "2026-03-29T03:00:00.000Z" });
  });

  test("in autumn, of an hour that comes twice, a system opens at the second and closes at the first", () => {
    expect(at("2026-10-25T00:30:00Z", hours("02:30", "05:00"))).toMatchObject({ open: false, until: "2026-10-25T01:30:00.000Z" });
    expect(at("2026-10-24T23:00:00Z", hours("00:00", "02:30"))).toEqual({ open: true, until: "2026-10-25T00:30:00.000Z" });
  });

  test("in autumn, a maintenance window holds through both hours", () => {
    const settings = maintained("2026-10-25T02:15", "2026-10-25T02:45");
    expect(at("2026-10-25T00:15:00Z", settings)).toMatchObject({ open: false, until: "2026-10-25T01:45:00.000Z" });
  });

  test("a night's opening has 7 hours in spring and 9 in autumn", () => {
    const night = hours("22:00", "06:00");
    expect(at("2026-03-28T21:00:00Z", night)).toEqual({ open: true, until: "2026-03-29T04:00:00.000Z" });
    expect(at("2026-10-24T20:00:00Z", night)).toEqual({ open: true, until: "2026-10-25T05:00:00.000Z" });
  });

  test("08:00 stays 08:00 on the Mondays after", () => {
    expect(at("2026-03-28T10:00:00Z")).toMatchObject({ until: "2026-03-30T06:00:00.000Z" });
    expect(at("2026-10-24T10:00:00Z")).toMatchObject({ until: "2026-10-26T07:00:00.000Z" });
  });
});

import { describe, expect, test } from "@jest/globals";
import { Catalogue } from "./catalogue.ts";
import { Overlay } from "./definition.ts";
import { overlay, pass } from "../cases/testing.ts";
import { holdsOn, SystemSettings, usualSettings } from "./systems.ts";

const wrong = (settings: object): string[] =>
  SystemSettings.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

const days = (written: string) => [0, 1, 2, 3, 4, 5, 6].filter((weekday) => holdsOn(written, weekday));

describe("the settings of a system", () => {
  test("are all optional: always open, no limits, careful after failures", () => {
    expect(usualSettings).toEqual({
      holidays: "closed",
      maintenance: [],
      shortCalls: 20,
      shortWay: true,
      trickle: { after: 10, every: "PT15S", rampFrom: 2, step: "PT5S" },
    });
  });

  test("name what is wrong and how it is written", () => {
    expect(wrong({ hours: [{ days: "lun-ven", from: "8:00", to: "20:00" }] })).toEqual([
      "hours.0.days: is not like mon-fri or mon,wed,sat",
      "hours.0.from: is not a time such as 08:00 or 24:00",
    ]);
    expect(wrong({ hours: [{ days: "mon", from: "08:00", to: "08:00" }] })).toEqual([
      "hours.0: opens and closes at the same time; 00:00 to 24:00 is the whole day",
    ]);
    expect(wrong({ maintenance: [{ from: "2026-12-02T20:00", to: "2026-12-01T20:00" }] })).toEqual([
      "maintenance.0: ends before it begins",
    ]);
    expect(wrong({ trickle: { every: "PT0S" } })).toEqual(["trickle.every: is shorter than a second"]);
  });

  test("hold on the days that they name", () => {
    expect([days("mon-fri"), days("sat"), days("fri-mon"), days("mon,wed-thu")]).toEqual([[1, 2, 3, 4, 5], [6], [0, 1, 5, 6], [1, 3, 4]]);
  });

  test("are pinned by no case: a maintenance window makes no new version of any service", () => {
    const plain = new Catalogue([pass], overlay).pinned(pass.service);
    const busy = Overlay.parse({ ...overlay, systems: { protocol: { rate: 5 } } });
    const limited = new Catalogue([pass], busy);
    expect(limited.pinned(pass.service)).toEqual(plain);
    expect(limited.overlay.systems?.["protocol"]?.rate).toBe(5);
  });
});

import { expect, test } from "@jest/globals";
import { victims } from "./city.ts";
import { wishOf } from "./people.ts";
import { planOf } from "./plan.ts";

test("a seed is a plan: the same one twice, another one for another seed", () => {
  expect(planOf("a", 4, 44)).toEqual(planOf("a", 4, 44));
  expect(planOf("a", 4, 44)).not.toEqual(planOf("b", 4, 44));
});

test("kills are spread over the time, in order, and every process comes before any comes again", () => {
  const { kills } = planOf("a", 4, 44);
  const instants = kills.map(({ atMs }) => atMs);
  expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  expect(instants.at(-1)).toBeLessThan(4 * 60_000);
  for (let from = 0; from + victims.length <= kills.length; from += victims.length)
    expect(
      kills
        .slice(from, from + victims.length)
        .map(({ victim }) => victim)
        .toSorted(),
    ).toEqual([...victims].toSorted());
});

test("no way is poisoned while it still is, and no poison outlasts what a call allows", () => {
  const { weather } = planOf("a", 20, 200);
  expect(weather.length).toBeGreaterThan(100);
  for (const one of weather) {
    expect(one.forMs).toBeLessThanOrEqual(6_000);
    const same = weather.filter(({ way, atMs }) => way === one.way && atMs > one.atMs && atMs < one.atMs + one.forMs);
    expect(same).toEqual([]);
  }
});

test("a wish is the same for its seed and number; its other body differs", () => {
  const [one, again] = [wishOf("a", 7), wishOf("a", 7)];
  expect(one.body({})).toEqual(again.body({}));
  for (let n = 0; n < 50; n++) expect(wishOf("a", n).body({})).not.toEqual(wishOf("a", n).body({}, true));
  expect(new Set(Array.from({ length: 50 }, (_, n) => wishOf("a", n).key)).size).toBe(50);
});

import { describe, expect, test } from "@jest/globals";
import { Pace, type PaceClock } from "./pace.ts";

/** A clock that passes only while somebody sleeps, each time as late as told. */
function aClock(lateness: () => number = () => 0): PaceClock {
  let at = 0;
  return {
    now: () => at,
    sleep: async (ms) => {
      at += ms + lateness();
    },
  };
}

const mostInASecond = (instants: number[]): number =>
  Math.max(...instants.map((from) => instants.filter((at) => at >= from && at < from + 1_000).length));

/** When each of so many calls went that came together. */
async function gone(calls: number, rate: number, clock: PaceClock): Promise<number[]> {
  const pace = new Pace(clock);
  const instants: number[] = [];
  await Promise.all(Array.from({ length: calls }, () => pace.step(rate, 60_000).then(() => void instants.push(clock.now()))));
  return instants;
}

describe("calls that a worker comes to at once", () => {
  test("leave at the rate, in their order, with at most one more than that in any second", async () => {
    const instants = await gone(50, 10, aClock());
    expect(mostInASecond(instants)).toBe(11);
    expect(instants.at(-1)).toBe(4_800);
  });

  test("lose nothing of the rate to a timer that is late, and do not make up for a long pause", async () => {
    const late = await gone(
      50,
      10,
      aClock(() => 70),
    );
    expect(late.at(-1)).toBeLessThan(4_800 + 200);
    let stall = 0;
    const stalled = await gone(
      50,
      10,
      aClock(() => (++stall === 10 ? 3_000 : 0)),
    );
    expect(mostInASecond(stalled)).toBeLessThanOrEqual(11);
  });

  test("go back when they would wait too long, and do not wait for a slower rate that holds no more", async () => {
    const clock = aClock();
    const pace = new Pace(clock);
    expect(await Promise.all(Array.from({ length: 5 }, () => pace.step(1, 2_000)))).toEqual([true, true, true, false, false]);
    const changedAt = clock.now();
    await pace.step(100, 2_000);
    expect(clock.now()).toBe(changedAt);
  });

  test("do not wait where they come no faster than the rate", async () => {
    const clock = aClock();
    const pace = new Pace(clock);
    for (let one = 0; one < 5; one++) {
      await pace.step(10, 0);
      expect(clock.now()).toBe(one * 100);
      await clock.sleep(100);
    }
  });
});

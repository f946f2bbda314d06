import { describe, expect, test } from "@jest/globals";
import { faultNames, faultScenarios } from "./faults.ts";
import { simulate } from "./simulate.ts";

const root = process.cwd();

const counted = async (options: { only?: number; seed?: number }) => {
  const { outcomes, faultsByKind, attempts, effects, simulatedDays } = await simulate({ root, cases: 12, seed: 5, ...options });
  return { outcomes, faultsByKind, attempts, effects, simulatedDays };
};

describe("simulated cases with every fault", () => {
  test("end or park, meet every fault there is, and break no guarantee, with four seeds", async () => {
    const met = new Set<string>();
    for (const seed of [1, 2, 3, 4]) {
      const { breached, cases, outcomes, faultsByKind } = await simulate({ root, cases: 500, seed });
      expect({ seed, breached, cases }).toEqual({ seed, breached: [], cases: 500 });
      for (const outcome of ["granted", "completed", "withdrawn", "cancelled", "parked"])
        expect({ outcome, found: (outcomes[outcome] ?? 0) > 0 }).toEqual({ outcome, found: true });
      for (const fault of Object.keys(faultsByKind)) met.add(fault);
    }
    expect(faultNames.filter((name) => !met.has(name))).toEqual([]);
  }, 120_000);

  test("are the same with the same seed, and each is the same alone", async () => {
    expect(await counted({})).toEqual(await counted({}));
    expect(await counted({})).not.toEqual(await counted({ seed: 6 }));
    let attempts = 0;
    for (let only = 1; only <= 12; only++) attempts += (await counted({ only })).attempts;
    expect(attempts).toBe((await counted({})).attempts);
  }, 60_000);

  test("meet only the faults that were asked for, and none where none are", async () => {
    const { faultsByKind } = await simulate({ root, cases: 60, seed: 1, faults: ["answer-lost", "zombie"] });
    expect(Object.keys(faultsByKind).toSorted()).toEqual(["answer-lost", "zombie"]);
    const calm = await simulate({ root, cases: 60, seed: 1, faults: [] });
    expect(calm).toMatchObject({ faults: 0, breaches: 0, cases: 60 });
  }, 60_000);

  test("stop between two cases when they are told to, and say how far they came", async () => {
    let lived = 0;
    const { cases } = await simulate({ root, cases: 50, seed: 1, stopped: () => lived++ >= 7 });
    expect(cases).toBe(7);
  });
});

describe("the thirty scenarios", () => {
  test("are all named; each has its faults here, or says where else it is shown", () => {
    expect(faultScenarios.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    for (const { number, faults, elsewhere } of faultScenarios.slice(0, 29))
      expect({ number, shown: faults.length > 0 || elsewhere !== undefined }).toEqual({ number, shown: true });
  });

  test("use every fault", () => {
    const used = new Set(faultScenarios.flatMap(({ faults }) => [...faults] as string[]));
    expect(faultNames.filter((name) => !used.has(name))).toEqual([
      "rejected",
      "duplicate-refused",
      "look-up-fails",
      "opened-twice",
      "publication-late",
      "publication-twice",
      "gate-closed",
      "hasty-operator",
    ]);
  });
});

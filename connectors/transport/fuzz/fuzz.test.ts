import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fuzz } from "./fuzz.ts";
import { chance, mutate } from "./mutations.ts";
import { allSeeds, type Seed } from "./seeds.ts";

const seeds = allSeeds(join(import.meta.dirname, "../../.."));

describe("mutated answers", () => {
  test("of all adapters cause no crash, no slow call, no changed prototype and no false success", async () => {
    const { findings, outcomes, cases } = await fuzz({ seeds, cases: 2_000, number: 2 });
    expect(findings).toEqual([]);
    expect(Object.values(outcomes).reduce((sum, n) => sum + n, 0)).toBe(cases);
    // The changes are neither all harmless nor all deadly.
    for (const kind of ["done, same value", "done, another value", "contract-broken", "unknown", "rejected"])
      expect(outcomes[kind]).toBeGreaterThan(0);
  }, 120_000);

  test("are the same for the same number", () => {
    const [answer] = (seeds[0] as Seed).answers;
    const bodies = [1, 1, 2].map((number) => answer && mutate(answer, "soap", chance(number)).body.toString("latin1"));
    expect(bodies[0]).toBe(bodies[1]);
    expect(bodies[0]).not.toBe(bodies[2]);
  });

  test.each<[string, Partial<Seed>, string]>([
    ["reads what it likes", { perform: async (url) => /name>([^<]*)/.exec(await (await fetch(url)).text())?.[1] ?? "x" }, "false-success"],
    ["throws what it likes", { perform: async (url) => JSON.parse(await (await fetch(url)).text()) as unknown }, "crash"],
  ])("are found out where an adapter %s", async (_, more, kind) => {
    const careless: Seed = {
      name: "careless",
      kind: "soap",
      answers: [{ status: 200, type: "text/xml", body: Buffer.from("<a><name>n</name></a>") }],
      perform: async () => undefined,
      ...more,
    };
    const { findings } = await fuzz({ seeds: [careless], cases: 60, number: 1 });
    expect(findings.map((one) => one.kind)).toContain(kind);
  });
});

/**
 * Broken on purpose: each invariant is shown to notice when its guarantee is broken, and to say nothing of the same cases when it is not.
 */
import { describe, expect, test } from "@jest/globals";
import { invariants } from "./invariants.ts";
import { type SabotageName, sabotages } from "./sabotage.ts";
import { simulate } from "./simulate.ts";

const root = process.cwd();
/** Enough for the rarest of them. */
const CASES = 120;
const BATCH = 20;

/** The invariants that breaches were found of, in as many cases as it takes. */
async function broken(sabotage: SabotageName, noticedBy: string): Promise<string[]> {
  const found = new Set<string>();
  for (let seed = 1; seed <= CASES / BATCH && !found.has(noticedBy); seed++)
    for (const { invariant } of (await simulate({ root, cases: BATCH, seed, sabotage })).breached) found.add(invariant);
  return [...found];
}

describe("a simulated town that is broken on purpose", () => {
  test.each(Object.entries(sabotages).map(([name, { breaks, noticedBy }]) => ({ name: name as SabotageName, breaks, noticedBy })))(
    "by $name ($breaks) breaks $noticedBy",
    async ({ name, noticedBy }) => expect(await broken(name, noticedBy)).toContain(noticedBy),
    60_000,
  );

  test("is found out by every invariant at least once", () => {
    const noticed = new Set<string>(Object.values(sabotages).map(({ noticedBy }) => noticedBy));
    expect([...noticed].toSorted()).toEqual(Object.keys(invariants).toSorted());
  });
});

/** A case whose input always breaks something is parked after a bounded number of attempts, and stops nobody else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { inventTaxCode } from "../connectors/registry/anpr/sample-people.ts";
import { expectEachEffectOnce, grant, parked } from "./acts.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, startRig, type TestCase } from "./rig.ts";

const OTHERS = 10;
/** A person whose fines the tax system cannot write down, for ever. */
const POISON = inventTaxCode(13);

let rig: Rig;
beforeAll(async () => {
  // On the short way a read may be made again with its task, and here reads are counted.
  rig = await startRig({ env: { DARSENA_SHORT_WAY: "0" } });
  await rig.startWorker();
  await rig.simulators.tax.control("setFines", { taxCode: POISON, fines: [{ reference: "1", date: "yesterday", amount: 1 }] });
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

const begin = async (taxCode?: string) => rig.start("disabled-parking-pass", await passRequest(rig.register, "new", taxCode));
const asked = () => rig.simulators.tax.requests().length;

async function isGranted(c: TestCase): Promise<void> {
  await decide(c, grant);
  expect(await c.closed(60_000)).toMatchObject({ outcome: "granted" });
}

describe("a poisoned case", () => {
  test("parks after five reads, with its evidence, while ten others are granted, and each retry costs five reads more", async () => {
    const poisoned = await begin(POISON);
    await poisoned.until("the tax system is asked", (now) => now.state !== "received");
    const others = await Promise.all(Array.from({ length: OTHERS }, () => begin()));
    await Promise.all(others.map(isGranted));
    // The pauses between five reads are 15 s: all others have ended meanwhile.
    expect((await poisoned.status()).state).not.toBe("closed");
    const problem = await parked(poisoned, "tax.openFines:CONTRACT_BROKEN", 60_000);
    expect(problem).toMatchObject({ path: "fines", verbs: ["retry", "resolve", "cancel"] });
    expect(asked()).toBe(OTHERS + 5);
    const evidence = await rig.register.evidence.ofCase(poisoned.id);
    expect(evidence).toHaveLength(5);
    expect(evidence[0]).toMatchObject({ kind: "unknown", key: `${poisoned.id}/fines`, system: "tax" });
    expect(JSON.stringify(evidence)).not.toMatch(new RegExp(`${POISON}|yesterday`));

    await poisoned.repair({ verb: "retry", problem: problem.id });
    await poisoned.until("parked anew", (now) => now.problem !== undefined && now.problem.id !== problem.id, 60_000);
    expect(asked()).toBe(OTHERS + 10);
    const again = await begin();
    await isGranted(again);

    await poisoned.repair({ verb: "cancel", problem: (await poisoned.status()).problem?.id ?? "" });
    expect(await poisoned.closed()).toMatchObject({ outcome: "cancelled" });
  }, 180_000);
});

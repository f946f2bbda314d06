/** The second municipality: the same services as they are, with other adapters, offices, fee, term and words. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { JsonObject } from "../connectors/json.ts";
import { expectEachEffectOnce, grant, registrations } from "./acts.ts";
import { passRequest, person } from "./people.ts";
import { decide, type Rig, startRig } from "./rig.ts";

const overlay = (name: string) =>
  parse(readFileSync(`municipalities/${name}.yaml`, "utf8")) as {
    municipality: string;
    adapters: Record<string, string>;
    offers?: string[];
  };
const [town, city] = [overlay("borgo-sereno"), overlay("milano")];
const ADDRESS = "prova.inventata@example.org";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ adapters: town.adapters, env: { DARSENA_MUNICIPALITY: town.municipality } });
  await rig.startWorker();
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

const reachable = (request: JsonObject): JsonObject => ({ ...request, applicant: { ...person(), email: ADDRESS } });

describe("Borgo Sereno", () => {
  test("names other adapters than Milan, and writes no service of its own", () => {
    expect(town.adapters).not.toEqual(city.adapters);
    expect(Object.keys(town.adapters)).toEqual(Object.keys(city.adapters));
  });

  test("grants a parking pass by the shared service, and tells the applicant by e-mail", async () => {
    const c = await rig.start("disabled-parking-pass", reachable(await passRequest(rig.register)));
    await decide(c, grant);
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
    expect(registrations(rig, c)).toHaveLength(2);
    const steps = (await c.status()).steps;
    expect(steps.find(({ id }) => id === "tell/send")).toMatchObject({ state: "done", operation: "messages.send" });
    expect([rig.simulators.email.ledger().length, rig.simulators.messages.ledger()]).toEqual([1, []]);
  });

  test("issues a certificate by the shared service written by hand, also to somebody without e-mail", async () => {
    const [with_, without] = await Promise.all([
      rig.start("residence-certificate", reachable({ use: "private" })),
      rig.start("residence-certificate", { applicant: person(), use: "private" }),
    ]);
    expect(await with_.closed()).toMatchObject({ outcome: "completed" });
    expect(await without.closed()).toMatchObject({ outcome: "completed" });
    expect(rig.simulators.email.ledger()).toHaveLength(2);
  });
});

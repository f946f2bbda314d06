import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Pinned } from "../catalogue/definition.ts";
import type { CaseStatus } from "../cases/status.ts";
import { CURRENT, type KeptDefinition } from "./definitions.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

/** A version of a service; its content does not matter here. */
function version(service: string, municipality = "milano"): KeptDefinition {
  const definition = { service: { service, title: { en: `Version ${++count}`, it: "è" } }, overlay: { municipality } } as unknown as Pinned;
  return { version: createHash("sha256").update(JSON.stringify(definition)).digest("hex"), service, municipality, definition };
}
const by = { by: "A. Bianchi", reason: "a fee changed" };

describe("versions", () => {
  test("that a build brings are kept once, unpublished, and read back as they are", async () => {
    const one = version("kept");
    const { definitions } = db.register;
    await Promise.all([definitions.keep(one), definitions.keep(one), db.another().definitions.keep(one)]);
    expect(await definitions.definition(one.version)).toEqual(one);
    const [summary, ...others] = await definitions.versions("milano", "kept");
    expect(others).toEqual([]);
    expect(summary).toEqual({ version: one.version, keptAt: expect.any(String), openCases: 0, aliases: [] });
    expect(await definitions.definition("0".repeat(64))).toBeUndefined();
  });

  test("that are published are what new cases take, with who, when and why; the same again changes nothing", async () => {
    const { definitions } = db.register;
    const [one, two] = [version("published"), version("published")];
    expect(await definitions.publish(one, by)).toBe(true);
    expect(await definitions.publish(one, { by: "C. Neri" })).toBe(false);
    expect(await definitions.publish(two, { by: "C. Neri" })).toBe(true);
    expect((await definitions.aliases("milano")).get("published")).toBe(two.version);
    const versions = await definitions.versions("milano", "published");
    expect(versions).toMatchObject([
      { version: two.version, publishedBy: "C. Neri", aliases: [{ alias: CURRENT, setBy: "C. Neri" }] },
      { version: one.version, publishedBy: "A. Bianchi", reason: "a fee changed", aliases: [] },
    ]);
  });

  test("are gone back to by the alias alone, and each move stays on record", async () => {
    const { definitions } = db.register;
    const [one, two] = [version("rollback"), version("rollback")];
    await definitions.publish(one, by);
    await definitions.publish(two, by);
    expect(await definitions.point("milano", "rollback", CURRENT, one.version, { by: "C. Neri", reason: "it was wrong" })).toBe(true);
    expect(await definitions.point("milano", "rollback", CURRENT, one.version, by)).toBe(false);
    expect((await definitions.aliases("milano")).get("rollback")).toBe(one.version);
    const moves = await db.sql<{ version: string; reason: string }>(
      "select version, reason from aliases where service = 'rollback' order by id",
    );
    expect(moves).toEqual([
      { version: one.version, reason: "a fee changed" },
      { version: two.version, reason: "a fee changed" },
      { version: one.version, reason: "it was wrong" },
    ]);
  });

  test("of another service or municipality cannot be pointed to", async () => {
    const { definitions } = db.register;
    const [here, there] = [version("pointed"), version("pointed", "borgo")];
    await definitions.keep(here);
    await definitions.keep(there);
    for (const [service, target] of [
      ["another", here.version],
      ["pointed", there.version],
      ["pointed", "f".repeat(64)],
    ] as const)
      await expect(definitions.point("milano", service, CURRENT, target, by)).rejects.toMatchObject({ code: "VERSION_MISSING" });
    expect(await definitions.aliases("borgo")).toEqual(new Map());
    expect((await definitions.aliases("milano")).has("pointed")).toBe(false);
  });
});

const open = async (id: string, pinned: string, status: Partial<CaseStatus>) => {
  const opening = { firstRunId: `run-${id}`, service: "standing", municipality: "milano", channel: "api", applicant: null };
  await db.register.cases.open({ caseId: id, version: pinned, ...opening });
  await db.register.cases.publish({ case: id, number: 2, state: "waiting", steps: [], version: pinned, ...status } as CaseStatus);
};
const step = (id: string, state: string) => ({ id, state, title: { en: id, it: id } }) as CaseStatus["steps"][number];

describe("open cases", () => {
  test("are counted by version and by where they stand, and closed ones are not", async () => {
    const one = version("standing");
    await db.register.definitions.keep(one);
    const waiting = {
      waitingFor: "office" as const,
      step: "decision",
      steps: [step("docs[0]/register", "done"), step("docs[1]/register", "done"), step("decision", "running"), step("fee", "skipped")],
    };
    for (const id of ["c-1", "c-2", "c-3"]) await open(id, one.version, waiting);
    await open("c-4", one.version, { ...waiting, state: "parked", waitingFor: "operator" });
    await open("c-5", one.version, { state: "closed", updatedAt: "2026-11-22T10:00:00Z" });
    const standing = { version: one.version, step: "decision", finished: ["docs/register", "fee"], begun: ["decision"] };
    expect(await db.register.cases.positions("milano", "standing")).toEqual([
      { ...standing, state: "waiting", waitingFor: "office", count: 3, example: "c-1" },
      { ...standing, state: "parked", waitingFor: "operator", count: 1, example: "c-4" },
    ]);
    expect(await db.register.definitions.versions("milano", "standing")).toMatchObject([{ version: one.version, openCases: 4 }]);
    const { items } = await db.register.cases.list({ service: "standing", state: "parked" });
    expect(items).toMatchObject([{ case: "c-4", version: one.version }]);
  });
});

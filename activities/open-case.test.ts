import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { Catalogue, versionOf } from "../catalogue/catalogue.ts";
import { readCatalogue } from "../catalogue/check.ts";
import { CurrentCatalogue, type DefinitionsPort } from "../catalogue/current-catalogue.ts";
import type { Overlay, Service } from "../catalogue/definition.ts";
import { SAMPLE } from "../connectors/registry/anpr/sample-people.ts";
import type { JsonObject } from "../connectors/json.ts";
import { type TestRegister, testRegister } from "../register/testing.ts";
import { caseActivities } from "./open-case.ts";

const { services, overlays } = readCatalogue(join(import.meta.dirname, ".."));
const overlay = overlays.find(({ municipality }) => municipality === "milano") as Overlay;
const compiled = new Catalogue(services, overlay);
const ID = "residence-certificate";
const applicant = { taxCode: SAMPLE.resident, givenName: "Prova", familyName: "Inventata" };

let db: TestRegister;
let clock: number;
let asked: string[];
let open: (caseId: string, request?: JsonObject) => ReturnType<ReturnType<typeof caseActivities>["case.open"]>;

beforeAll(async () => {
  db = await testRegister();
  clock = 0;
  asked = [];
  const { definitions, cases, effects } = db.register;
  const counted: DefinitionsPort = {
    aliases: (municipality) => (asked.push("aliases"), definitions.aliases(municipality)),
    definition: (version) => (asked.push("definition"), definitions.definition(version)),
    keep: (kept) => (asked.push("keep"), definitions.keep(kept)),
  };
  const catalogue = new CurrentCatalogue(compiled, counted, () => clock);
  const activities = caseActivities({ catalogue, cases, effects, municipality: "milano", report: async () => {}, secret: "s".repeat(32) });
  open = (caseId, request = { applicant, use: "private" }) =>
    activities["case.open"]({ caseId, firstRunId: `run-${caseId}`, service: ID, start: { request, channel: "api" } });
});
afterAll(() => db.stop());

const versionsOf = async (...ids: string[]) => {
  const rows = await db.sql<{ version: string }>("select version from cases where case_id = any($1) order by case_id", [ids]);
  return rows.map(({ version }) => version);
};

describe("a case that opens", () => {
  test("pins the build's version, which the register keeps from then on, and asks the register once more only every two seconds", async () => {
    for (const id of ["c-1", "c-2", "c-3"]) expect(await open(id)).toMatchObject({ kind: "opened", version: compiled.pinned(ID)?.version });
    expect(asked).toEqual(["aliases", "keep"]);
    const [version = ""] = await versionsOf("c-1", "c-2", "c-3");
    expect((await db.register.definitions.definition(version))?.definition.service.service).toBe(ID);
  });

  test("pins what was published since, with its own fields, while cases that are open stay on theirs", async () => {
    const service = structuredClone(compiled.service(ID)) as Service;
    service.request["copies"] = "Integer";
    const version = versionOf({ service, overlay });
    await db.register.definitions.publish(
      { version, service: ID, municipality: "milano", definition: { service, overlay } },
      { by: "A. Bianchi" },
    );
    clock += 2_000;
    expect(await open("c-4")).toMatchObject({ kind: "refused", code: "INVALID_REQUEST", errors: [{ field: "copies" }] });
    expect(await open("c-4", { applicant, use: "private", copies: 2 })).toMatchObject({
      kind: "opened",
      version,
      service: { request: service.request },
    });
    expect(await versionsOf("c-3", "c-4")).toEqual([compiled.pinned(ID)?.version, version]);
    expect((await db.register.cases.positions("milano", ID)).map((one) => [one.version, one.count]).toSorted()).toEqual(
      [
        [compiled.pinned(ID)?.version, 3],
        [version, 1],
      ].toSorted(),
    );
  });

  test("is refused for a service that is none, with those that there are", async () => {
    const activities = caseActivities({
      catalogue: new CurrentCatalogue(compiled, db.register.definitions),
      cases: db.register.cases,
      effects: db.register.effects,
      municipality: "milano",
      report: async () => {},
      secret: "s".repeat(32),
    });
    const start = { request: {}, channel: "api" };
    expect(await activities["case.open"]({ caseId: "c-9", firstRunId: "r", service: "none-such", start })).toMatchObject({
      code: "UNKNOWN_SERVICE",
      message: expect.stringContaining(ID),
    });
  });
});

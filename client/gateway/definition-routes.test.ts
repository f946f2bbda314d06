import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { join } from "node:path";
import pino from "pino";
import { Catalogue, versionOf } from "../../catalogue/catalogue.ts";
import { readCatalogue } from "../../catalogue/check.ts";
import { CurrentCatalogue } from "../../catalogue/current-catalogue.ts";
import type { Overlay, Pinned, Service } from "../../catalogue/definition.ts";
import { openCases } from "../cases.ts";
import { DarsenaError } from "../errors.ts";
import { aStatus, type MemoryEngine, type MemoryRegister, memoryEngine, memoryRegister, memorySystems } from "../memory-ports.ts";
import { gateway } from "./server.ts";

const { services, overlays } = readCatalogue(join(import.meta.dirname, "../.."));
const overlay = overlays.find((one) => one.municipality === "milano") as Overlay;
const compiled = new Catalogue(services, overlay);
const ID = "disabled-parking-pass";
const OLD = compiled.pinned(ID)?.version ?? "";
const CASE = `${ID}-20261122-0123456789`;

let app: FastifyInstance;
let engine: MemoryEngine;
let register: MemoryRegister;

beforeEach(async () => {
  engine = memoryEngine();
  register = memoryRegister();
  const catalogue = new CurrentCatalogue(compiled, register.definitions);
  const cases = openCases({ temporal: engine, register, catalogue, municipality: overlay.municipality });
  app = await gateway({ cases, systems: memorySystems(), log: pino({ level: "silent" }), loopbackOnly: true });
});
afterEach(() => app.close());

const headers = { host: "localhost" };
const get = (url: string) => app.inject({ method: "GET", url, headers });
const post = (url: string, payload: object) => app.inject({ method: "POST", url, payload, headers });
const put = (url: string, payload: object) => app.inject({ method: "PUT", url, payload, headers });
const signed = { by: "A. Bianchi", reason: "the law changed" };

/** The parking pass with an edit. */
function edited(edit: (service: Service) => void): Pinned {
  const service = structuredClone(compiled.service(ID)) as Service;
  edit(service);
  return { service, overlay };
}
const longer = edited((service) => {
  service.legal.term = "P60D";
});
const NEW = versionOf(longer);

describe("versions of a service", () => {
  test("begin with the build's, which new cases take", async () => {
    const answer = await get(`/services/${ID}/versions`);
    expect(answer.json()).toEqual({
      service: ID,
      municipality: "milano",
      current: OLD,
      compiled: OLD,
      items: [{ version: OLD, openCases: 0, aliases: [] }],
    });
    expect((await get(`/services/${ID}/versions/${OLD}`)).json().definition.service.service).toBe(ID);
    expect((await get("/services/no-such-service/versions")).json().code).toBe("UNKNOWN_SERVICE");
    expect((await get(`/services/${ID}/versions/${"0".repeat(64)}`)).json().code).toBe("VERSION_NOT_FOUND");
    expect((await get(`/services/${ID}/versions/latest`)).json().code).toBe("MALFORMED");
  });

  test("are published, taken at once by new cases, and gone back from, each with a name marked as unverified", async () => {
    const first = await post(`/services/${ID}/versions`, { definition: longer, ...signed });
    expect([first.statusCode, first.json()]).toEqual([201, { service: ID, version: NEW, before: OLD, changed: true }]);
    expect((await get(`/services/${ID}`)).json().legal.term).toBe("P60D");
    const again = await post(`/services/${ID}/versions`, { definition: longer, ...signed });
    expect([again.statusCode, again.json().changed]).toEqual([200, false]);
    expect((await get(`/services/${ID}/versions`)).json()).toMatchObject({
      current: NEW,
      compiled: OLD,
      items: [{ version: OLD }, { version: NEW, publishedBy: "A. Bianchi (unverified)", aliases: [{ alias: "current" }] }],
    });
    const back = await put(`/services/${ID}/current`, { version: OLD, ...signed });
    expect(back.json()).toEqual({ service: ID, version: OLD, before: NEW, changed: true });
    expect((await get(`/services/${ID}`)).json().legal.term).toBe("P30D");
  });

  test("with mistakes are refused with all of them, and nothing is published", async () => {
    const wrong = edited((service) => {
      service.request["plate"] = "Numberplate";
      if ("steps" in service) service.steps.push({ id: "registration", call: "protocol.regster", with: {} });
    });
    const answer = await post(`/services/${ID}/versions`, { definition: wrong, ...signed });
    expect([answer.statusCode, answer.json().code]).toEqual([422, "INVALID_DEFINITION"]);
    const codes = answer.json().details.findings.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(expect.arrayContaining(["unknown-type", "duplicate-id", "unknown-operation"]));
    expect((await get(`/services/${ID}/versions`)).json().current).toBe(OLD);
  });

  test.each<[string, unknown, string]>([
    ["of another service", edited((service) => (service.service = "another-service")), "other-service"],
    ["of another municipality", { ...longer, overlay: { ...overlay, municipality: "borgo" } }, "other-municipality"],
    ["that are no definition", { service: {} }, "schema"],
    [
      "whose workflow this build does not have",
      { service: { ...compiled.service("residence-certificate"), service: ID, workflow: "another" }, overlay },
      "unknown-workflow",
    ],
  ])("%s are refused", async (_name, definition, code) => {
    const answer = await post(`/services/${ID}/versions`, { definition, ...signed });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().details.findings.map((one: { code: string }) => one.code)).toContain(code);
  });

  test("need a name and a reason", async () => {
    const answer = await post(`/services/${ID}/versions`, { definition: longer });
    expect([answer.statusCode, answer.json().errors.map(({ field }: { field: string }) => field)]).toEqual([422, ["by", "reason"]]);
  });

  test("cannot be read or published while the register is away", async () => {
    register.down = true;
    expect((await get(`/services/${ID}/versions`)).json().code).toBe("REGISTER_UNAVAILABLE");
    expect((await post(`/services/${ID}/versions`, { definition: longer, ...signed })).statusCode).toBe(503);
  });
});

describe("open cases", () => {
  test("are shown in groups that stand alike", async () => {
    register.positions = [
      { version: OLD, state: "waiting", step: "decision", finished: ["registration"], begun: ["decision"], count: 3, example: CASE },
    ];
    expect((await get(`/services/${ID}/positions`)).json()).toEqual({ items: register.positions });
    register.positions = [];
    expect((await get("/services/no-such-service/positions")).json().code).toBe("UNKNOWN_SERVICE");
  });

  test("adopt a version: the case is told the definition, and its refusal comes back with the reasons", async () => {
    register.publish(aStatus(CASE));
    engine.answer = () => ({ accepted: true, number: 7 });
    await post(`/services/${ID}/versions`, { definition: longer, ...signed });
    const adoption = { id: "adopt-1", version: NEW, ...signed };
    const answer = await post(`/cases/${CASE}/adoptions`, adoption);
    expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: true, number: 7 }]);
    expect(engine.told).toEqual([
      { caseId: CASE, message: { id: "adopt-1", version: NEW, ...longer, by: "A. Bianchi (unverified)", reason: "the law changed" } },
    ]);
    engine.answer = () => {
      throw new DarsenaError("NOT_EXPECTED", { details: { reasons: ['the step "fee" no longer exists'] } });
    };
    const refused = await post(`/cases/${CASE}/adoptions`, adoption);
    expect([refused.statusCode, refused.json().details]).toEqual([409, { reasons: ['the step "fee" no longer exists'] }]);
  });

  test("cannot adopt a version that is not kept, and closed ones none at all", async () => {
    register.publish(aStatus(CASE));
    expect((await post(`/cases/${CASE}/adoptions`, { id: "a", version: "0".repeat(64), ...signed })).json().code).toBe("VERSION_NOT_FOUND");
    expect((await post(`/cases/${CASE}/adoptions`, { id: "a", version: OLD, ...signed })).json().code).toBe("CASE_CLOSED");
    expect((await post("/cases/none/adoptions", { id: "a", version: OLD, ...signed })).json().code).toBe("CASE_NOT_FOUND");
  });
});

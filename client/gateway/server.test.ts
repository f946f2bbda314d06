import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { openCases } from "../cases.ts";
import { DarsenaError } from "../errors.ts";
import {
  aStatus,
  type MemoryEngine,
  type MemoryRegister,
  memoryCatalogue,
  memoryEngine,
  memoryRegister,
  memorySystems,
} from "../memory-ports.ts";
import { gateway } from "./server.ts";

let app: FastifyInstance;
let engine: MemoryEngine;
let register: MemoryRegister;
let lines: string[];

beforeEach(async () => {
  engine = memoryEngine();
  register = memoryRegister();
  lines = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const cases = openCases({ temporal: engine, register, catalogue: memoryCatalogue, municipality: "milano", attachmentLimitBytes: 1_000 });
  app = await gateway({ cases, systems: memorySystems(), log, loopbackOnly: true, attachmentLimitBytes: 1_000 });
});
afterEach(() => app.close());

const body = { service: "disabled-parking-pass", request: { plate: "AB123CD" } };
const start = (payload: object = body, key: string | undefined = '"key-1"') =>
  app.inject({
    method: "POST",
    url: "/cases",
    payload,
    headers: { host: "127.0.0.1:8080", ...(key === undefined ? {} : { "idempotency-key": key }) },
  });
const get = (url: string) => app.inject({ method: "GET", url, headers: { host: "localhost" } });
const post = (url: string, payload: object) => app.inject({ method: "POST", url, payload, headers: { host: "localhost" } });

const upload = (payload: Buffer, type = "application/pdf") =>
  app.inject({ method: "POST", url: "/attachments?name=a.pdf", payload, headers: { host: "localhost", "content-type": type } });

describe("a start", () => {
  test("answers 201 with the case and its links, and the same key and body answer 200 with the same case", async () => {
    const first = await start();
    expect(first.statusCode).toBe(201);
    const { case: caseId, links, number } = first.json();
    expect(caseId).toMatch(/^disabled-parking-pass-\d{8}-[0-9a-z]{10}$/);
    expect(number).toBe(1);
    expect(links.status).toBe(`/cases/${caseId}`);
    const again = await start({ request: { plate: "AB123CD" }, service: "disabled-parking-pass" }, "key-1");
    expect(again.statusCode).toBe(200);
    expect(again.json().case).toBe(caseId);
    expect(engine.started.size).toBe(1);
  });

  test("with the same key and another body is 422 IDEMPOTENCY_KEY_REUSED", async () => {
    await start();
    const other = await start({ ...body, request: { plate: "ZZ999ZZ" } });
    expect(other.statusCode).toBe(422);
    expect(other.headers["content-type"]).toMatch("application/problem+json");
    expect(other.json()).toMatchObject({ type: "urn:darsena:error:IDEMPOTENCY_KEY_REUSED", status: 422, code: "IDEMPOTENCY_KEY_REUSED" });
  });

  test("without a key is 400, whatever the body, and with a malformed one too", async () => {
    const bare = await app.inject({ method: "POST", url: "/cases", payload: {}, headers: { host: "localhost" } });
    expect([bare.statusCode, bare.json().code]).toEqual([400, "IDEMPOTENCY_KEY_MISSING"]);
    const odd = await start(body, "two words");
    expect([odd.statusCode, odd.json().code]).toEqual([400, "IDEMPOTENCY_KEY_MALFORMED"]);
  });

  test("that does not fit the service is 422 with the fields in both languages, and reserves nothing", async () => {
    const answer = await start({ ...body, request: {} });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: "INVALID_REQUEST", errors: [{ field: "plate", en: "is required", it: "è obbligatorio" }] });
    expect(register.rows.size).toBe(0);
  });

  test("with wrong members around the request names them in both languages", async () => {
    const answer = await start({ service: "disabled-parking-pass", request: "no", extra: 1 });
    expect(answer.statusCode).toBe(422);
    const { code, errors } = answer.json();
    expect(code).toBe("INVALID_BODY");
    expect(errors.map((error: { field: string }) => error.field)).toEqual(["request", "extra"]);
    expect(errors[0].en).not.toBe(errors[0].it);
  });

  test("of an unknown service is 404", async () => {
    expect((await start({ ...body, service: "no-such-service" })).json().code).toBe("UNKNOWN_SERVICE");
  });

  test("while Temporal is down is 503 with Retry-After, and goes on with the same case id afterwards", async () => {
    engine.down = true;
    const refused = await start();
    expect([refused.statusCode, refused.json().code]).toEqual([503, "TEMPORAL_UNAVAILABLE"]);
    expect(refused.headers["retry-after"]).toBe("5");
    const [reserved] = [...register.rows.keys()];
    engine.down = false;
    const later = await start();
    expect(later.json().case).toBe(reserved);
    expect(register.rows.size).toBe(1);
  });

  test("while the register is down is 503, and Temporal is not asked", async () => {
    register.down = true;
    expect((await start()).json().code).toBe("REGISTER_UNAVAILABLE");
    expect(engine.started.size).toBe(0);
  });
});

describe("a status", () => {
  test("is the applicant's without internals unless the operator's is asked for", async () => {
    register.publish(aStatus("a-20261122-0123456789", { problem: parked, state: "parked", waitingFor: "operator", steps: [step] }));
    const applicant = (await get("/cases/a-20261122-0123456789")).json();
    expect(applicant).not.toHaveProperty("problem");
    expect(applicant).not.toHaveProperty("version");
    const operator = (await get("/cases/a-20261122-0123456789?view=operator")).json();
    expect(operator.problem).toEqual(parked);
    expect(operator.steps).toEqual([step]);
  });

  test("with after waits for that number", async () => {
    const id = "a-20261122-0123456789";
    register.publish(aStatus(id));
    const waiting = get(`/cases/${id}?after=2`);
    setTimeout(() => register.publish(aStatus(id, { number: 2, state: "waiting" })), 50);
    expect((await waiting).json()).toMatchObject({ number: 2, state: "waiting" });
  });

  test("of a case that has not published yet says that it is received", async () => {
    const { case: caseId } = (await start()).json();
    expect((await get(`/cases/${caseId}`)).json()).toMatchObject({ case: caseId, state: "received", number: 0 });
  });

  test("of no case is 404, and a wrong query 400 naming it", async () => {
    expect((await get("/cases/a-20261122-0123456789")).statusCode).toBe(404);
    const wrong = await get("/cases/a-20261122-0123456789?after=soon");
    expect(wrong.statusCode).toBe(400);
    expect(wrong.json().errors[0].field).toBe("after");
  });
});

describe("an act", () => {
  let caseId: string;
  beforeEach(async () => {
    caseId = (await start()).json().case;
  });

  test("is 202 with the number of its effect, and the names of people are marked as unverified", async () => {
    const answer = await post(`/cases/${caseId}/decisions`, { id: "m1", for: "decision.1", outcome: "grant", form: {}, by: "A. Bianchi" });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ accepted: true, number: 2 });
    expect(engine.told[0]?.message).toMatchObject({
      id: "m1",
      for: "decision.1",
      name: "decision",
      body: { outcome: "grant", form: {} },
      from: "office:A. Bianchi (unverified)",
    });
    await post(`/cases/${caseId}/repairs`, {
      id: "r1",
      problem: "p1",
      verb: "retry",
      reason: "it is up again",
      by: "A. Bianchi (unverified)",
    });
    expect(engine.told[1]?.message).toMatchObject({ by: "A. Bianchi (unverified)" });
  });

  test("answers an ask under the name in the action's id", async () => {
    await post(`/cases/${caseId}/corrections`, { id: "m2", for: "decision/rejectionNotice.1", body: { text: "x" } });
    expect(engine.told[0]?.message).toMatchObject({ name: "rejectionNotice", from: "applicant" });
  });

  test("withdraws as the applicant", async () => {
    await post(`/cases/${caseId}/withdrawal`, { id: "m3", reason: "moved away" });
    expect(engine.told[0]?.message).toMatchObject({ name: "withdraw", body: { reason: "moved away" }, from: "applicant" });
  });

  test("that the case refuses is 409 with what it says", async () => {
    engine.answer = () => {
      throw new DarsenaError("NOT_EXPECTED", { details: { waitsFor: ["decision (decision.1)"] } });
    };
    const answer = await post(`/cases/${caseId}/messages`, { id: "m4", name: "payment", body: {} });
    expect(answer.statusCode).toBe(409);
    expect(answer.json().details).toEqual({ waitsFor: ["decision (decision.1)"] });
  });

  test("on a closed case is 409, on none 404, and a repair without its problem 422", async () => {
    engine.answer = () => undefined;
    expect((await post(`/cases/${caseId}/withdrawal`, { id: "m5" })).json().code).toBe("CASE_CLOSED");
    expect((await post("/cases/a-20261122-0123456789/withdrawal", { id: "m5" })).json().code).toBe("CASE_NOT_FOUND");
    const repair = await post(`/cases/${caseId}/repairs`, { id: "r2", verb: "retry", reason: "x", by: "y" });
    expect(repair.statusCode).toBe(422);
    expect(repair.json().errors).toEqual([{ field: "problem", en: "is needed for this verb", it: "è necessario per questo verbo" }]);
  });
});

describe("an attachment", () => {
  test("is stored by reference and read back", async () => {
    const stored = await upload(Buffer.from("%PDF-1.7"));
    expect(stored.statusCode).toBe(201);
    expect(stored.json()).toMatchObject({ bytes: 8, mediaType: "application/pdf", name: "a.pdf" });
    const read = await get(`/attachments/${stored.json().id}`);
    expect(read.body).toBe("%PDF-1.7");
    expect(read.headers["content-disposition"]).toContain("attachment");
  });

  test("too large is 413, of another type 415", async () => {
    expect((await upload(Buffer.alloc(1_001))).json().code).toBe("TOO_LARGE");
    expect((await upload(Buffer.from("<html>"), "text/html")).json().code).toBe("MEDIA_TYPE");
  });
});

describe("the gateway", () => {
  test("documents every route in OpenAPI 3.1, generated from the schemas", async () => {
    const document = (await get("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).sort()).toEqual([
      "/attachments",
      "/attachments/{id}",
      "/cases",
      "/cases/{id}",
      "/cases/{id}/adoptions",
      "/cases/{id}/corrections",
      "/cases/{id}/decisions",
      "/cases/{id}/evidence",
      "/cases/{id}/messages",
      "/cases/{id}/repairs",
      "/cases/{id}/withdrawal",
      "/health",
      "/problems",
      "/problems/{cause}/cases",
      "/services",
      "/services/{id}",
      "/services/{id}/aliases/{alias}",
      "/services/{id}/current",
      "/services/{id}/positions",
      "/services/{id}/versions",
      "/services/{id}/versions/{version}",
      "/systems",
      "/systems/{name}/gate",
    ]);
    expect(document.components.schemas).toHaveProperty("CaseStatus");
    expect(document.paths["/cases"].post.requestBody.content["application/json"].schema.required).toEqual(["service", "request"]);
    expect((await get("/docs/")).statusCode).toBe(200);
  });

  test("answers neither to a foreign name nor to another site's page", async () => {
    const rebound = await app.inject({ url: "/services", headers: { host: "evil.example" } });
    expect(rebound.statusCode).toBe(403);
    const foreign = await app.inject({ url: "/services", headers: { host: "127.0.0.1:8080", origin: "http://evil.example" } });
    expect(foreign.statusCode).toBe(403);
    const own = await app.inject({ url: "/services", headers: { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" } });
    expect(own.statusCode).toBe(200);
  });

  test("logs route, status and case id, and neither bodies, query values nor keys", async () => {
    const { case: caseId } = (await start()).json();
    await get(`/cases/${caseId}?after=0`);
    await get("/cases?service=secret-service-name");
    const log = lines.map((line) => JSON.parse(line));
    expect(log[0]).toMatchObject({ method: "POST", route: "/cases", status: 201, case: caseId });
    expect(log[1]).toMatchObject({ method: "GET", route: "/cases/:id", status: 200, case: caseId });
    expect(lines.join("")).not.toMatch(/AB123CD|key-1|secret-service-name|after/);
  });

  test("says what is down", async () => {
    expect((await get("/health")).json()).toEqual({ ok: true, temporal: true, register: true });
    engine.down = true;
    const ill = await get("/health");
    expect([ill.statusCode, ill.json()]).toEqual([503, { ok: false, temporal: false, register: true }]);
  });

  test("answers an unknown address, broken JSON and a foreign media type as coded problems", async () => {
    expect((await get("/nowhere")).json().code).toBe("NOT_FOUND");
    const headers = { host: "localhost", "idempotency-key": "k" };
    const broken = await app.inject({
      method: "POST",
      url: "/cases",
      payload: "{",
      headers: { ...headers, "content-type": "application/json" },
    });
    expect([broken.statusCode, broken.json().code]).toEqual([400, "MALFORMED"]);
    const xml = await app.inject({ method: "POST", url: "/cases", payload: "<a/>", headers: { ...headers, "content-type": "text/xml" } });
    expect(xml.json().code).toBe("MEDIA_TYPE");
    const large = await app.inject({
      method: "POST",
      url: "/cases",
      payload: { ...body, request: { plate: "x".repeat(1_100_000) } },
      headers,
    });
    expect(large.json().code).toBe("TOO_LARGE");
  });
});

const step = {
  id: "registration",
  title: { en: "Register", it: "Protocollazione" },
  state: "failed" as const,
  ms: 12,
  operation: "protocol.register",
};
const parked = {
  id: "registration.p1",
  code: "protocol.register:OUTCOME_UNKNOWN",
  path: "registration",
  title: "The answer was lost",
  advice: "Look for the number",
  since: "2026-11-22T09:31:00Z",
  verbs: ["resolve" as const, "cancel" as const],
};

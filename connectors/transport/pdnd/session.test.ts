/** Sessions through PDND against an authorisation server and a producer that check every rule. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "../../json.ts";
import { type Fault, type Simulator, startSimulator } from "../../simulator.ts";
import { failing, failureOf } from "../fixtures/failing.ts";
import { closedPort } from "../fixtures/canned-server.ts";
import { type Moment, realMoment } from "./jws.ts";
import { modiClient, type ModiSettings, pdndSigner } from "./session.ts";
import { type AuthorityState, newAuthority } from "./simulated-authority.ts";
import { simulatedClient } from "./simulated-client.ts";
import { answerBehindPdnd, type Demands, isTokenRequest, TOKEN } from "./simulated-producer.ts";

const AUDIENCE = "https://anpr.example.org/govway/rest/in/C001/v1";
const both: Demands = { integrity: AUDIENCE, audit: AUDIENCE };

interface State extends JsonObject {
  pdnd: AuthorityState;
}

let service: Simulator;
let demands: Demands;
let moment: Moment;
const json = (status: number, body: unknown) => ({ status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const start = (options: Parameters<typeof newAuthority>[0] = {}) =>
  startSimulator<State>({
    name: "behind-pdnd",
    initial: { pdnd: newAuthority(options) },
    operationOf: (request) => (isTokenRequest(request) ? TOKEN : "ask"),
    answer: (request, { pdnd }) =>
      answerBehindPdnd(request, pdnd, {
        demands,
        refused: ({ status, code }) => json(status, { code }),
        answer: () => json(200, { took: request.body.toString("utf8") }),
      }),
    controls: {
      change: (body, { pdnd }) => {
        Object.assign(Object.values(pdnd.purposes)[0] ?? {}, body);
        return {};
      },
      forgetClient: (_, { pdnd }) => {
        pdnd.clients = {};
        return {};
      },
    },
  });
beforeEach(async () => {
  demands = {};
  moment = realMoment;
  service = await start();
});
afterEach(() => service.close());

const settings = (change: Partial<ModiSettings> = {}, pdnd: Partial<ModiSettings["pdnd"]> = {}): ModiSettings => ({
  system: "trial",
  baseUrl: service.url,
  signer: pdndSigner(simulatedClient),
  pdnd: { ...simulatedClient, tokenUrl: `${service.url}/token.oauth2`, ...pdnd },
  ...change,
});
const integrity = { pattern: "INTEGRITY_REST_02", audience: AUDIENCE, issuer: simulatedClient.clientId } as const;
const audit = {
  pattern: "AUDIT_REST_02",
  audience: AUDIENCE,
  issuer: simulatedClient.clientId,
  purposeId: simulatedClient.purposeId,
  evidence: { userId: "case-1", userLocation: "darsena", levelOfAssurance: "LOW" },
} as const;
const client = (change?: Partial<ModiSettings>, pdnd?: Partial<ModiSettings["pdnd"]>) => modiClient(settings(change, pdnd), moment);
const ask = (by: ReturnType<typeof client>, signal = AbortSignal.timeout(5_000), body = { name: "Niccolò" }) =>
  by.request({ method: "POST", path: ["ask"], json: body, signal });
const sent = () => [service.ledger().length, count("ask")];
const foreignKey = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const count = (operation: string) => service.requests().filter((one) => one === operation).length;

describe("a voucher", () => {
  test("is asked for once, however many calls wait for it, and kept", async () => {
    const by = client();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(by)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect([count(TOKEN), count("ask")]).toEqual([1, 20]);
    await ask(by);
    expect(count(TOKEN)).toBe(1);
  });

  test("is renewed shortly before it expires, not after", async () => {
    let at = Date.now();
    moment = { ...realMoment, now: () => new Date(at) };
    const by = client();
    await ask(by);
    at += 569_000;
    await ask(by);
    expect(count(TOKEN)).toBe(1);
    at = Date.now() + 570_000;
    // The server's own clock refuses an assertion from ten minutes ahead; that it was asked is what counts here.
    await ask(by).catch(() => undefined);
    expect(count(TOKEN)).toBe(2);
  });

  test("that the service refuses is renewed once and the request repeated; a second refusal is the service's answer", async () => {
    const by = client();
    await ask(by);
    service.inject({ kind: "unauthorized", operation: "ask" });
    expect((await ask(by)).status).toBe(200);
    expect(count(TOKEN)).toBe(2);
    service.inject({ kind: "unauthorized", operation: "ask", times: 2 });
    expect((await ask(by)).status).toBe(401);
    expect((await ask(by)).status).toBe(200);
    expect([count(TOKEN), count("ask")]).toEqual([4, 6]);
  });

  test("with a hash of the evidence is for one call only", async () => {
    demands = both;
    const by = client({ integrity, audit });
    expect((await Promise.all([ask(by), ask(by), ask(by)])).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([count(TOKEN), count("ask")]).toEqual([3, 3]);
  });

  test("of the kind DPoP is bound to a key, and each request proves that we hold it", async () => {
    await service.control("change", { dpop: true });
    const by = client({}, { dpop: true });
    expect((await Promise.all([ask(by), ask(by)])).map(({ status }) => status)).toEqual([200, 200]);
    expect(count(TOKEN)).toBe(1);
    expect(await failing(ask(client()))).toEqual({ kind: "misconfigured", code: "ASSERTION_REFUSED" });
  });
});

describe("without a voucher nothing is sent to the system", () => {
  test.each<[Fault["kind"], string, string]>([
    ["unavailable", "not-sent", "VOUCHER_UNAVAILABLE"],
    ["cut-before", "not-sent", "VOUCHER_RESET"],
    ["answer-lost", "not-sent", "VOUCHER_RESET"],
    ["answer-held", "not-sent", "VOUCHER_DEADLINE"],
    ["html", "not-sent", "VOUCHER_UNREADABLE"],
    ["garbage", "not-sent", "VOUCHER_UNREADABLE"],
    ["reject", "misconfigured", "ASSERTION_REFUSED"],
    ["unauthorized", "misconfigured", "ASSERTION_REFUSED"],
  ])("the fault %s of the authorisation server is %s, and the next call goes through", async (kind, expected, code) => {
    const by = client({}, { timeoutMs: 300 });
    service.inject({ kind, operation: TOKEN });
    expect(await failing(ask(by))).toEqual({ kind: expected, code });
    expect(sent()).toEqual([0, 0]);
    expect((await ask(by)).status).toBe(200);
  });

  test("nobody who listens is not-sent, with the wait that the server asks for where it asks", async () => {
    const by = client({}, { tokenUrl: `http://127.0.0.1:${await closedPort()}/token.oauth2` });
    expect(await failing(ask(by))).toEqual({ kind: "not-sent", code: "VOUCHER_REFUSED" });
    service.inject({ kind: "unavailable", operation: TOKEN });
    expect((await failureOf(ask(client()))).detail.retryAfterMs).toBe(1_000);
  });

  test("one caller's deadline ends its own waiting, not that of the others", async () => {
    const by = client();
    service.inject({ kind: "delay", delayMs: 400, operation: TOKEN });
    const [hurried, patient] = await Promise.allSettled([ask(by, AbortSignal.timeout(100)), ask(by)]);
    expect([hurried?.status, patient?.status, count(TOKEN)]).toEqual(["rejected", "fulfilled", 1]);
  });

  test.each<[string, (given: ModiSettings) => Promise<ModiSettings>]>([
    ["another key", async (given) => ({ ...given, signer: { ...given.signer, key: foreignKey() } })],
    ["an unknown kid", async (given) => ({ ...given, signer: { ...given.signer, by: { kid: "other" } } })],
    ["a certificate instead of the kid", async (given) => ({ ...given, signer: { ...given.signer, by: { x5c: ["AAAA"] } } })],
    ["another client", async (given) => changed(given, { clientId: "nobody" })],
    ["another audience", async (given) => changed(given, { assertionAudience: "auth.example.org" })],
    ["another purpose", async (given) => changed(given, { purposeId: "none" })],
  ])("an assertion with %s is misconfigured, and no word of it is shown", async (_, change) => {
    const failure = await failureOf(ask(modiClient(await change(settings()))));
    expect([failure.kind, failure.detail.code, sent()]).toEqual(["misconfigured", "ASSERTION_REFUSED", [0, 0]]);
    expect(`${failure.message}${JSON.stringify(failure.detail)}`).not.toMatch(/eyJ|BEGIN|nobody/);
  });

  test.each<[string, Moment]>([
    ["a jti that was seen before", { ...realMoment, newId: () => "always the same" }],
    ["a time that is over", { ...realMoment, now: () => new Date(Date.now() - 120_000) }],
    ["a time to come", { ...realMoment, now: () => new Date(Date.now() + 120_000) }],
  ])("an assertion with %s is refused", async (_, given) => {
    moment = given;
    const first = client({ audit });
    const outcomes = await Promise.allSettled([ask(first), ask(first)]);
    expect(outcomes.filter(({ status }) => status === "rejected").length).toBeGreaterThanOrEqual(1);
    expect(count("ask")).toBeLessThanOrEqual(1);
  });

  test("a purpose that is suspended is misconfigured until it is active again", async () => {
    await service.control("change", { active: false });
    const by = client();
    expect(await failing(ask(by))).toEqual({ kind: "misconfigured", code: "ASSERTION_REFUSED" });
    await service.control("change", { active: true });
    expect((await ask(by)).status).toBe(200);
  });
});

describe("a producer that checks its patterns", () => {
  beforeEach(() => {
    demands = both;
  });
  test("takes integrity and evidence as they are declared", async () => {
    const answer = await ask(client({ integrity, audit }));
    expect(answer).toMatchObject({ status: 200, json: { took: '{"name":"Niccolò"}' } });
  });

  test.each<[string, Partial<ModiSettings>, string]>([
    ["no signature", { audit }, "SIGNATURE"],
    ["no evidence", { integrity }, "EVIDENCE"],
    ["a signature for another", { integrity: { ...integrity, audience: `${AUDIENCE}/anpr-service-e002` }, audit }, "SIGNATURE_AUDIENCE"],
    ["evidence for another", { integrity, audit: { ...audit, audience: "https://other.example.org" } }, "EVIDENCE_AUDIENCE"],
    ["evidence for another purpose", { integrity, audit: { ...audit, purposeId: "other" } }, "EVIDENCE_PURPOSE"],
    ["evidence whose hash is not in the voucher", { integrity, audit: { ...audit, pattern: "AUDIT_REST_01" } }, "EVIDENCE_CLAIMS"],
    ["a long LoA", { integrity, audit: { ...audit, evidence: { ...audit.evidence, levelOfAssurance: "x".repeat(21) } } }, "EVIDENCE_LOA"],
  ])("refuses %s", async (_, change, code) => {
    expect(await ask(client(change))).toMatchObject({ status: 400, json: { code } });
  });
});

test("an identity of one's own and a voucher exclude each other", () => {
  expect(() => client({ idAuth: { pattern: "ID_AUTH_REST_02", audience: AUDIENCE } })).toThrow("exclude each other");
});

function changed(given: ModiSettings, change: Partial<ModiSettings["pdnd"]>): ModiSettings {
  if (!given.pdnd) throw new Error("no PDND in these settings");
  return { ...given, pdnd: { ...given.pdnd, ...change } };
}

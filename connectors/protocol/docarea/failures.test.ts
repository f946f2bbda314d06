import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Json } from "../../json.ts";
import type { Fault, Simulator } from "../../simulator.ts";
import { docarea } from "./adapter.ts";
import { type DialectName, dialectNames } from "./dialects.ts";
import { ada, annex, attachment, type Called, certificate, connected, settings } from "./fixtures.ts";
import { docareaSimulator, simulatedAccount } from "./simulator.ts";

let simulator: Simulator;
beforeEach(async () => {
  simulator = await docareaSimulator();
});
afterEach(() => simulator.close());

/** Values that must never stand in a message. */
const markers = [
  ada.taxCode,
  ada.familyName,
  ada.givenName,
  "Oggetto riservato",
  simulatedAccount.password,
  simulatedAccount.username,
  "non valido",
  "rifiutata",
  "DST-",
];
const input: { [name: string]: Json } = { subject: "Oggetto riservato", sender: ada, documents: [certificate] };

const connect = (more: Record<string, unknown> = {}, dialect: DialectName = "halley") =>
  connected(settings(`${simulator.url}/${dialect}`, { dialect, ...more }));

function failureOf({ failure }: Called) {
  const shown = JSON.stringify([failure?.message, failure?.detail, failure?.cause, failure?.stack?.split("\n")[0]]);
  for (const marker of markers) expect(shown).not.toContain(marker);
  return failure && { kind: failure.kind, code: failure.detail.code };
}
const count = (operation: string) => simulator.requests().filter((one) => one === operation).length;

describe.each(dialectNames)("in the dialect %s", (dialect) => {
  test.each(["Inserimento", "Protocollazione"])(
    "a session that expires at %s is renewed once, and one entry is made",
    async (operation) => {
      const call = connect({}, dialect);
      await call("register", input);
      simulator.inject({ kind: "unauthorized", operation });
      const { output, effects } = await call("register", input, { key: "case-2/registration" });
      expect(output).toMatchObject({ number: expect.stringMatching(/^0004712/) });
      expect(count("Login")).toBe(2);
      expect(effects).toBe(operation === "Protocollazione" ? 2 : 1);
      expect(simulator.ledger().map(({ key }) => key)).toEqual(["case-1/registration", "case-2/registration"]);
    },
  );

  test("a wrong password is misconfigured, and nothing but the log-in was sent", async () => {
    const called = await connect({ password: "wrong" }, dialect)("register", input);
    expect(failureOf(called)).toEqual({ kind: "misconfigured", code: "CREDENTIALS" });
    expect(called.effects).toBe(0);
    expect(simulator.requests()).toEqual(["Login"]);
  });

  test("a refusal is rejected with the vendor's number and without its text", async () => {
    simulator.inject({ kind: "reject", operation: "Protocollazione", code: "-7" });
    const called = await connect({}, dialect)("register", input);
    expect(failureOf(called)).toEqual({ kind: "rejected", code: "REFUSED" });
    expect(called.failure?.message).toContain("vendor code -7");
    expect(simulator.ledger()).toEqual([]);
  });

  test.each<Fault["kind"]>(["answer-lost", "garbage"])("%s at Protocollazione may have had an effect", async (kind) => {
    simulator.inject({ kind, operation: "Protocollazione" });
    const called = await connect({}, dialect)("register", input);
    expect(["unknown", "contract-broken"]).toContain(failureOf(called)?.kind);
    expect(called.effects).toBe(1);
    expect(simulator.ledger()).toHaveLength(1);
  });
});

describe("a session that expires", () => {
  test("for all calls in flight is renewed by one log-in", async () => {
    const call = connect();
    await call("register", input);
    await simulator.control("expireSessions");
    const called = await Promise.all(Array.from({ length: 20 }, (_, i) => call("register", input, { key: `case-x${i}/registration` })));
    expect(called.map(({ failure }) => failure)).toEqual(Array.from({ length: 20 }));
    expect(count("Login")).toBe(2);
    expect(simulator.ledger()).toHaveLength(21);
  });

  test("for a slow call, while a quick one has renewed it already, is not renewed twice", async () => {
    const call = connect();
    await call("register", input);
    simulator.inject({ kind: "delay", operation: "Inserimento", delayMs: 400 });
    const slow = call("register", input, { key: "case-2/registration" });
    while (count("Inserimento") < 2) await new Promise((resolve) => void setTimeout(resolve, 5));
    await simulator.control("expireSessions");
    expect((await call("register", input, { key: "case-3/registration" })).output).toBeDefined();
    expect((await slow).output).toBeDefined();
    expect(count("Login")).toBe(2);
  });

  test("again, immediately after the new log-in, is misconfigured and leaves no effect", async () => {
    simulator.inject({ kind: "unauthorized", operation: "Protocollazione", times: 2 });
    const called = await connect()("register", input);
    expect(failureOf(called)).toEqual({ kind: "misconfigured", code: "SESSION_REFUSED" });
    expect([count("Login"), count("Protocollazione"), called.effects]).toEqual([2, 2, 2]);
    expect(simulator.ledger()).toEqual([]);
  });

  test("does not stop the next call, which logs in anew", async () => {
    const call = connect();
    simulator.inject({ kind: "unauthorized", operation: "Inserimento", times: 2 });
    expect(failureOf(await call("register", input))).toMatchObject({ code: "SESSION_REFUSED" });
    expect((await call("register", input)).output).toMatchObject({ year: expect.any(Number) });
  });
});

describe("credentials", () => {
  test("that are corrected work again without a new session object", async () => {
    const call = connect();
    await simulator.control("setPassword", { password: "changed" });
    expect(failureOf(await call("register", input))).toEqual({ kind: "misconfigured", code: "CREDENTIALS" });
    await simulator.control("setPassword", { password: simulatedAccount.password });
    expect((await call("register", input)).output).toBeDefined();
  });

  test("that are wrong are tried once for 20 concurrent calls", async () => {
    const call = connect({ password: "wrong" });
    const called = await Promise.all(Array.from({ length: 20 }, (_, i) => call("register", input, { key: `case-${i}/registration` })));
    expect(called.map((one) => failureOf(one)?.code)).toEqual(Array.from({ length: 20 }, () => "CREDENTIALS"));
    expect(count("Login")).toBe(1);
  });
});

describe("an answer that is lost", () => {
  test.each([
    { operation: "Login", effects: 0 },
    { operation: "Inserimento", effects: 0 },
    { operation: "Protocollazione", effects: 1 },
  ])("at $operation is unknown, with $effects begun effect; only Protocollazione has one", async ({ operation, effects }) => {
    simulator.inject({ kind: "answer-lost", operation });
    const call = connect();
    const called = await call("register", input);
    expect(failureOf(called)).toEqual({ kind: "unknown", code: "RESET" });
    expect(called.effects).toBe(effects);
    expect(simulator.ledger()).toHaveLength(effects);
    if (effects === 0) expect((await call("register", input)).output).toBeDefined();
  });

  test.each(["Login", "Inserimento", "Protocollazione"])("because it never comes at %s is unknown at the deadline", async (operation) => {
    simulator.inject({ kind: "answer-held", operation });
    const called = await connect()("register", input, { deadlineMs: 400 });
    expect(failureOf(called)).toEqual({ kind: "unknown", code: "DEADLINE" });
    expect(called.effects).toBe(operation === "Protocollazione" ? 1 : 0);
  });

  test("to a log-in that others wait for does not make them fail when one caller gives up", async () => {
    simulator.inject({ kind: "delay", operation: "Login", delayMs: 600 });
    const call = connect();
    const [impatient, patient] = await Promise.all([call("register", input, { deadlineMs: 200 }), call("register", input)]);
    expect(failureOf(impatient)).toEqual({ kind: "unknown", code: "DEADLINE" });
    expect(patient.output).toBeDefined();
    expect(count("Login")).toBe(1);
  });

  test("may hide a registration: whoever sends again has two, which is why only a person settles it", async () => {
    simulator.inject({ kind: "answer-lost", operation: "Protocollazione" });
    const call = connect();
    await call("register", input);
    await call("register", input);
    expect(simulator.ledger().map(({ key }) => key)).toEqual(["case-1/registration", "case-1/registration"]);
    expect(docarea.recovery).toEqual({ register: { by: "person" }, registerOutgoing: { by: "person" } });
  });

  test("that arrives late had its effect all the same", async () => {
    simulator.inject({ kind: "late-arrival", operation: "Protocollazione", delayMs: 500 });
    expect(failureOf(await connect()("register", input, { deadlineMs: 300 }))).toEqual({ kind: "unknown", code: "DEADLINE" });
    expect(simulator.ledger()).toEqual([]);
    await new Promise((resolve) => void setTimeout(resolve, 600));
    expect(simulator.ledger()).toHaveLength(1);
  });
});

describe("a system that does not answer in its protocol", () => {
  test("and cannot be reached was sent nothing", async () => {
    await simulator.close();
    const called = await connect()("register", input);
    expect(failureOf(called)?.kind).toBe("not-sent");
    expect(called.effects).toBe(0);
  });

  test.each(["Login", "Inserimento", "Protocollazione"])("a proxy's page at %s is never a success", async (operation) => {
    simulator.inject({ kind: "html", operation });
    expect(failureOf(await connect()("register", input))?.kind).toBe("contract-broken");
    expect(simulator.ledger()).toEqual([]);
  });

  test.each(["Login", "Inserimento", "Protocollazione"])(
    "a 503 at %s may hide an effect, unless the vendor confirms that it does not",
    async (operation) => {
      simulator.inject({ kind: "unavailable", operation, times: 2 });
      expect(failureOf(await connect()("register", input))).toEqual({ kind: "unknown", code: "HTTP_503" });
      const { failure } = await connect({ unavailableIsNotTaken: true })("register", input);
      expect(failure).toMatchObject({ kind: "not-sent", detail: { retryAfterMs: 1_000 } });
      expect(simulator.ledger()).toEqual([]);
    },
  );

  test("a SOAP fault, which the interface does not have, is unknown and no refusal", async () => {
    const called = await connected(settings(`${simulator.url}/prisma`, { dialect: "halley" }))("register", input);
    expect(failureOf(called)).toEqual({ kind: "unknown", code: "SOAP_FAULT" });
  });
});

describe("documents", () => {
  test("whose signature the protocol doubts are refused, unless the settings accept them with a warning", async () => {
    simulator.inject({ kind: "reject", operation: "Inserimento", code: "-51", times: 2 });
    expect(failureOf(await connect()("register", input))).toEqual({ kind: "rejected", code: "REFUSED" });
    const called = await connect({ acceptSignatureWarning: true })("register", { ...input, documents: [certificate, annex] });
    expect(called.warnings).toEqual(["document 1: the protocol could not verify its signature (vendor code -51)"]);
    expect(simulator.ledger()).toMatchObject([{ documents: [{ sha256: certificate.sha256 }, { sha256: annex.sha256 }] }]);
  });

  test("with a control character in their name are stored under a name without it", async () => {
    const named = attachment("att-control001", "a\u0000b.pdf", "%PDF");
    expect((await connect()("register", { ...input, documents: [named] })).output).toBeDefined();
    expect(simulator.ledger()).toMatchObject([{ documents: [{ name: "a b.pdf" }] }]);
  });

  test("that the protocol refuses are rejected before anything is registered", async () => {
    simulator.inject({ kind: "reject", operation: "Inserimento", code: "-9" });
    const called = await connect({ acceptSignatureWarning: true })("register", input);
    expect(failureOf(called)).toEqual({ kind: "rejected", code: "REFUSED" });
    expect(called.effects).toBe(0);
  });

  test("that are too large, gone or altered stop the call before anything is registered", async () => {
    const call = connect({ maxDocumentBytes: 1_000 });
    const big = attachment("att-large00001", "big.pdf", Buffer.alloc(1_001));
    const lying = { ...attachment("att-lying00001", "big.pdf", Buffer.alloc(1_001)), bytes: 10 };
    const gone = { ...certificate, id: "att-gone000001" };
    const altered = { ...certificate, sha256: "0".repeat(64) };
    const codes = [];
    for (const document of [big, lying, gone, altered])
      codes.push(failureOf(await call("register", { ...input, documents: [document] }))?.code);
    expect(codes).toEqual(["DOCUMENT_TOO_LARGE", "DOCUMENT_TOO_LARGE", "ATTACHMENT_MISSING", "ATTACHMENT_DAMAGED"]);
    expect(simulator.requests()).toEqual([]);
  });
});

test("a marker that leaves no room for a subject is misconfigured", async () => {
  const called = await connect({ subjectMaxLength: 120 })(
    "register",
    { ...input, subject: "x".repeat(100) },
    { key: `case-1/${"step".repeat(40)}` },
  );
  expect(failureOf(called)).toEqual({ kind: "misconfigured", code: "SUBJECT_LENGTH" });
});

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CallContext } from "../../adapter.ts";
import type { Fault, Simulator } from "../../simulator.ts";
import { memorySender } from "../../memory-sender.ts";
import { memoryPorts, onTrial, type Trial } from "../../trial.ts";
import { anpr } from "./adapter.ts";
import { inventTaxCode, SAMPLE } from "./sample-people.ts";
import { anprSimulator, type ReceivedId } from "./simulator.ts";

let simulator: Simulator;
let orderedSender = memorySender();
beforeEach(async () => {
  simulator = await anprSimulator();
  orderedSender = memorySender();
});
afterEach(() => simulator.close());

const settings = (more: Record<string, unknown> = {}) => ({ endpoint: simulator.url, municipality: "015146", mode: "TEST", ...more });
const trial = (more: Record<string, unknown> = {}) => onTrial(anpr, settings(more), { ...memoryPorts(), orderedSender });
const find = (taxCode: string, more: Record<string, unknown> = {}, deadlineMs = 5_000) =>
  trial(more).call("findResident", { taxCode }, { deadlineMs });
const failure = ({ failure }: Trial) => failure && { kind: failure.kind, code: failure.detail.code };
const order = async () => (await simulator.control("order")) as ReceivedId[];

describe("a resident", () => {
  test("is found, with name, birth and address", async () => {
    expect(await find(SAMPLE.resident)).toEqual({
      effects: 0,
      output: {
        taxCode: SAMPLE.resident,
        givenName: expect.stringMatching(/^[A-ZÈ ]+$/),
        familyName: expect.any(String),
        birthDate: "1985-04-05",
        birthPlace: "MILANO",
        address: {
          street: expect.any(String),
          number: expect.any(String),
          postalCode: expect.stringMatching(/^201\d\d$/),
          town: "MILANO",
          province: "MI",
        },
        residentSince: expect.stringMatching(/^\d{4}-\d{2}-15$/),
      },
    });
  });

  test.each([0, 1, 999, 1_000, 27_999, 123_456, 19_999_999])("is whoever has a well-formed tax code (seed %i)", async (seed) => {
    const taxCode = inventTaxCode(seed);
    expect(await find(taxCode)).toMatchObject({ output: { taxCode } });
  });

  test("with an anomaly that does not block comes with a warning", async () => {
    expect(await find(SAMPLE.withWarning)).toMatchObject({
      output: { taxCode: SAMPLE.withWarning },
      warnings: ["ENS050 Dati in corso di allineamento"],
    });
  });
});

test("invented tax codes are distinct, well formed and the same for the same seed", () => {
  const codes = Array.from({ length: 5_000 }, (_, i) => inventTaxCode(i * 3_989));
  expect(new Set(codes).size).toBe(codes.length);
  expect(inventTaxCode(42)).toBe(inventTaxCode(42));
  expect(() => inventTaxCode(-1)).toThrow(RangeError);
});

describe("ANPR says no", () => {
  test.each([
    ["who lives elsewhere", SAMPLE.nonResident, "NOT_RESIDENT"],
    ["whom nobody knows", SAMPLE.unknown, "NOT_FOUND"],
    ["who died", SAMPLE.deceased, "DECEASED"],
  ])("to a person %s", async (_, taxCode, code) => {
    expect(failure(await find(taxCode))).toEqual({ kind: "rejected", code });
  });

  test("a resident of Milan is no resident for another municipality", async () => {
    expect(failure(await find(SAMPLE.resident, { municipality: "058091" }))).toEqual({ kind: "rejected", code: "NOT_RESIDENT" });
  });

  test("with a code that nobody declared, which is passed on as it is", async () => {
    simulator.inject({ kind: "reject", operation: "3002", code: "EN465" });
    expect(failure(await find(SAMPLE.resident))).toEqual({ kind: "rejected", code: "EN465" });
  });

  test("with a code whose meaning is a setting", async () => {
    simulator.inject({ kind: "reject", code: "EN465" });
    expect(failure(await find(SAMPLE.resident, { errorCodes: "EN465=DECEASED, EN053=NOT_FOUND" }))).toEqual({
      kind: "rejected",
      code: "DECEASED",
    });
  });

  test("to our setting: another environment, or credentials refused", async () => {
    expect(failure(await find(SAMPLE.resident, { mode: "PROD" }))).toEqual({ kind: "misconfigured", code: "ENS003" });
    simulator.inject({ kind: "unauthorized" });
    expect(failure(await find(SAMPLE.resident))).toEqual({ kind: "misconfigured", code: "SOAP_SECURITY" });
  });

  test("and no message holds the tax code", async () => {
    const { failure } = await find(SAMPLE.nonResident);
    expect(JSON.stringify([failure?.message, failure?.detail, failure?.stack])).not.toContain(SAMPLE.nonResident);
  });
});

describe("operation ids", () => {
  test("20 concurrent calls arrive in rising order, each id once", async () => {
    const run = trial();
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => run.call("findResident", { taxCode: inventTaxCode(i) })));
    expect(results.map(({ output }) => (output as { taxCode: string }).taxCode)).toEqual(
      Array.from({ length: 20 }, (_, i) => inventTaxCode(i)),
    );
    const received = await order();
    expect(received.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1} new`));
  });

  test("an id below one that was used is refused, and that is our setting", async () => {
    orderedSender.next = 50n;
    await find(SAMPLE.resident);
    orderedSender.next = 10n;
    expect(failure(await find(SAMPLE.resident))).toEqual({ kind: "misconfigured", code: "ID_TOO_LOW" });
    expect((await order()).map(({ verdict }) => verdict)).toEqual(["new", "too-low"]);
  });

  test("the same id gets the first answer again, which is refused when it was the answer to another person's request", async () => {
    await find(SAMPLE.resident);
    orderedSender.next = 1n;
    expect(await find(SAMPLE.resident)).toMatchObject({ output: { taxCode: SAMPLE.resident } });
    orderedSender.next = 1n;
    expect(failure(await find(inventTaxCode(1)))).toEqual({ kind: "contract-broken", code: "OTHER_PERSON" });
    expect((await order()).map(({ verdict }) => verdict)).toEqual(["new", "replayed", "replayed"]);
  });

  test("an id whose answer was lost is abandoned: the next call draws a higher one", async () => {
    simulator.inject({ kind: "answer-lost" });
    expect(failure(await find(SAMPLE.resident))).toEqual({ kind: "unknown", code: "RESET" });
    expect(await find(SAMPLE.resident)).toMatchObject({ output: { taxCode: SAMPLE.resident } });
    expect((await order()).map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("a request that arrives late is refused by ANPR and harms nothing", async () => {
    simulator.inject({ kind: "late-arrival", delayMs: 500 });
    expect(failure(await find(SAMPLE.resident, {}, 150))).toEqual({ kind: "unknown", code: "DEADLINE" });
    expect(await find(SAMPLE.resident)).toMatchObject({ output: { taxCode: SAMPLE.resident } });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await order()).map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(["2 new", "1 too-low"]);
  });

  test("the section is asked for per municipality, for longer than the deadline, and waited for at most 30 s", async () => {
    await find(SAMPLE.resident);
    await find(SAMPLE.resident, { deadlineMs: 2_000 });
    expect(orderedSender.asked).toEqual([
      { sender: "015146", leaseMs: 15_000, waitMs: 30_000, effect: "read" },
      { sender: "015146", leaseMs: 7_000, waitMs: 30_000, effect: "read" },
    ]);
    expect(anpr.queueMs).toBe(30_000);
  });

  test("the deadline starts anew when the section is obtained, not when the call is queued", async () => {
    const ports = { ...memoryPorts(), orderedSender };
    const session = anpr.connect(anpr.config.parse(settings()) as never, ports);
    let restarted = 0;
    const context = {
      session,
      ports,
      key: "case-1/resident",
      signal: AbortSignal.abort(),
      effect: <T>(send: () => Promise<T>) => send(),
      restartDeadline: () => {
        restarted += 1;
        return AbortSignal.timeout(5_000);
      },
    } satisfies CallContext<unknown>;
    const result = await anpr.operations["findResident"]?.({ taxCode: SAMPLE.resident } as never, context as unknown as CallContext<never>);
    expect([restarted, (result as { taxCode: string }).taxCode]).toEqual([1, SAMPLE.resident]);
  });
});

describe("when the system fails", () => {
  test.each<[Fault["kind"], { kind: string; code: string }]>([
    ["unavailable", { kind: "not-sent", code: "HTTP_503" }],
    ["cut-before", { kind: "unknown", code: "RESET" }],
    ["answer-lost", { kind: "unknown", code: "RESET" }],
    ["answer-held", { kind: "unknown", code: "DEADLINE" }],
    ["garbage", { kind: "contract-broken", code: "NOT_SOAP" }],
    ["html", { kind: "contract-broken", code: "NOT_SOAP" }],
  ])("%s is told as what it is, and the next call goes through", async (kind, expected) => {
    simulator.inject({ kind });
    expect(failure(await find(SAMPLE.resident, {}, 300))).toEqual(expected);
    expect(await find(SAMPLE.resident)).toMatchObject({ output: { taxCode: SAMPLE.resident } });
  });

  test("503 says when to come again", async () => {
    simulator.inject({ kind: "unavailable" });
    expect((await find(SAMPLE.resident)).failure?.detail.retryAfterMs).toBe(1_000);
  });

  test("an answer within the deadline is taken, however slow", async () => {
    simulator.inject({ kind: "delay", delayMs: 200 });
    expect(await find(SAMPLE.resident)).toMatchObject({ output: { taxCode: SAMPLE.resident } });
  });

  test("nobody listening is not sent", async () => {
    const url = simulator.url;
    await simulator.close();
    expect(failure(await find(SAMPLE.resident, { endpoint: url }))).toEqual({ kind: "not-sent", code: "REFUSED" });
    simulator = await anprSimulator();
  });

  test("an answer that contradicts the question breaks the contract", async () => {
    const wrong = "<x:Risposta3002 xmlns:x='http://sogei.it/ANPR/3000consultazione'><x:Risposta3002_OK/></x:Risposta3002>";
    const server = createServer((request, response) => {
      request.resume();
      response
        .writeHead(200, { "content-type": "text/xml" })
        .end(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${wrong}</s:Body></s:Envelope>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(failure(await find(SAMPLE.resident, { endpoint }))).toEqual({ kind: "contract-broken", code: "SCHEMA" });
    server.closeAllConnections();
    server.close();
  });
});

describe("settings", () => {
  test.each([
    ["endpoint", { endpoint: "not an address" }],
    ["endpoint", { endpoint: "file:///etc/passwd" }],
    ["municipality", { municipality: "15146" }],
    ["mode", { mode: "LIVE" }],
    ["softwareName", { softwareName: "<x>" }],
    ["requestedData", { requestedData: "1;2" }],
    ["errorCodes", { errorCodes: "EN465=MAYBE" }],
  ])("a wrong %s is named", (name, wrong) => {
    const result = anpr.config.safeParse(settings(wrong));
    expect(result.error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });
});

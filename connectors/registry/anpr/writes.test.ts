import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { memorySender } from "../../memory-sender.ts";
import type { Fault, Simulator } from "../../simulator.ts";
import { memoryPorts, onTrial, type Trial } from "../../trial.ts";
import type { AddressChange, CertificateRequest, Household } from "../contract.ts";
import { anpr } from "./adapter.ts";
import { inventTaxCode, SAMPLE } from "./sample-people.ts";
import { anprSimulator, type ReceivedId } from "./simulator.ts";

let simulator: Simulator;
let orderedSender = memorySender();
let ports = memoryPorts();
beforeEach(async () => {
  simulator = await anprSimulator();
  orderedSender = memorySender();
  ports = { ...memoryPorts(), orderedSender };
});
afterEach(() => simulator.close());

const officer = { officerFamilyName: "ESEMPIO", officerGivenName: "ANNA" };
const settings = (more: Record<string, unknown> = {}) => ({
  endpoint: simulator.url,
  municipality: "015146",
  mode: "TEST",
  ...officer,
  ...more,
});
const run = (more: Record<string, unknown> = {}) => onTrial(anpr, settings(more), ports);

const move = (household: string): AddressChange => ({
  household,
  address: { street: "Via dei Modelli", number: "7/B", postalCode: "20131", town: "Milano", province: "MI" },
  since: "2026-11-20",
});
const HOUSEHOLD = "700000000001";
const change = (key = "case-1/move", deadlineMs = 5_000, more: Record<string, unknown> = {}) =>
  run(more).call("changeAddress", move(HOUSEHOLD), { key, deadlineMs });
const look = (key = "case-1/move", deadlineMs = 5_000) => run().find("changeAddress", move(HOUSEHOLD), { key, deadlineMs });
const findResident = (deadlineMs = 5_000) => run().call("findResident", { taxCode: SAMPLE.resident }, { deadlineMs });
const household = async (taxCode: string) => (await run().call("findHousehold", { taxCode })).output as Household;

const failure = ({ failure }: Trial) => failure && { kind: failure.kind, code: failure.detail.code };
const order = async () =>
  ((await simulator.control("order")) as ReceivedId[]).map(({ id, operation, verdict }) => `${id} ${operation} ${verdict}`);
const states = () => orderedSender.writes().map(({ id, state }) => `${id} ${state}`);
/** Each id was only ever received with one content. */
async function expectOneContentPerId(): Promise<void> {
  const received = (await simulator.control("order")) as ReceivedId[];
  expect(new Set(received.map(({ id, content }) => `${id} ${content}`)).size).toBe(new Set(received.map(({ id }) => id)).size);
}

describe("a household", () => {
  test("is found with its id, its address and its members", async () => {
    const taxCode = [1, 2, 3, 4, 5, 6].map(inventTaxCode);
    const found = await Promise.all(taxCode.map(household));
    expect(Math.max(...found.map(({ members }) => members.length))).toBe(3);
    for (const [i, { id, address, members }] of found.entries()) {
      expect(id).toMatch(/^\d{12}$/);
      expect(address?.town).toBe("MILANO");
      expect(members[0]).toMatchObject({ taxCode: taxCode[i], relationship: "1" });
    }
  });

  test.each([
    [SAMPLE.nonResident, "NOT_RESIDENT"],
    [SAMPLE.unknown, "NOT_FOUND"],
    [SAMPLE.deceased, "DECEASED"],
  ])("of %s is refused with %s", async (taxCode, code) => {
    expect(failure(await run().call("findHousehold", { taxCode }))).toEqual({ kind: "rejected", code });
  });

  test("moves, and is found at its new address, as its members are", async () => {
    const { id } = await household(SAMPLE.resident);
    expect(await run().call("changeAddress", move(id))).toEqual({ output: { operation: expect.stringMatching(/^9\d+$/) }, effects: 1 });
    const address = { street: "VIA DEI MODELLI", number: "7/B", postalCode: "20131", town: "MILANO", province: "MI" };
    expect((await household(SAMPLE.resident)).address).toEqual(address);
    expect((await findResident()).output).toMatchObject({ address, residentSince: "2026-11-20" });
  });

  test("that nobody knows is refused, and the refusal stands for its key", async () => {
    for (let attempt = 0; attempt < 2; attempt++)
      expect(failure(await run().call("changeAddress", move("12"), { key: "case-1/move" }))).toEqual({
        kind: "rejected",
        code: "NOT_FOUND",
      });
    expect(await order()).toEqual(["1 5005 new"]);
    expect(states()).toEqual(["1 rejected"]);
  });
});

const asked: CertificateRequest = {
  holder: { taxCode: SAMPLE.resident, givenName: "GIULIA", familyName: "ESEMPIO" },
  kind: "residence",
  stampDuty: 1_600,
  fee: 52,
};
const issue = () => run().call("issueCertificate", asked, { key: "case-1/certificate" });

describe("a certificate", () => {
  test("is issued once for its key, and stored", async () => {
    simulator.inject({ kind: "answer-lost" });
    expect(failure(await issue())).toEqual({ kind: "unknown", code: "RESET" });
    const { output } = await issue();
    const { number, document } = output as { number: string; document: never };
    const chunks: Buffer[] = [];
    for await (const chunk of await ports.attachments.open(document)) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toContain(number);
    expect(simulator.ledger().map(({ operation, reference }) => [operation, reference])).toEqual([["6001", number]]);
    expect(await order()).toEqual(["1 6001 new", "1 6001 replayed"]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ certificateCodes: "household=2" }, "KIND_NOT_SET"],
    [{ officerFamilyName: undefined }, "OFFICER_NOT_SET"],
  ])("is not asked for where a setting is missing: %j", async (more, code) => {
    expect(failure(await run(more).call("issueCertificate", asked))).toEqual({ kind: "rejected", code });
    expect(simulator.requests()).toEqual([]);
  });
});

describe("a write whose answer is lost", () => {
  test("is sent again under its own id, by the same key, and had one effect", async () => {
    simulator.inject({ kind: "answer-lost" });
    expect(failure(await change())).toEqual({ kind: "unknown", code: "RESET" });
    const { output } = await change();
    expect(simulator.ledger().map(({ reference }) => reference)).toEqual([(output as { operation: string }).operation]);
    expect(await order()).toEqual(["1 5005 new", "1 5005 replayed"]);
    await expectOneContentPerId();
  });

  test("is settled by whoever holds the section next, a read too, before a higher id is sent", async () => {
    simulator.inject({ kind: "answer-lost" });
    await change();
    expect(await findResident()).toMatchObject({ output: { taxCode: SAMPLE.resident } });
    expect(await order()).toEqual(["1 5005 new", "1 5005 replayed", "2 3002 new"]);
    expect(states()).toEqual(["1 done"]);
    expect(orderedSender.evidence).toEqual([{ key: "case-1/move", code: "SENT_AGAIN", message: expect.stringContaining("it is done") }]);
    // Its own key finds the result without sending anything.
    expect(await change()).toMatchObject({ output: { operation: expect.any(String) }, effects: 1 });
    expect(simulator.requests()).toEqual(["5005", "5005", "3002"]);
  });

  test("or that never arrived, is done by its second send, under the same id", async () => {
    simulator.inject({ kind: "cut-before" });
    expect(failure(await change())).toEqual({ kind: "unknown", code: "RESET" });
    expect(await findResident()).toMatchObject({ output: { taxCode: SAMPLE.resident } });
    expect(await order()).toEqual(["1 5005 new", "2 3002 new"]);
    expect(simulator.ledger()).toHaveLength(1);
  });

  test("and is lost again holds the others back, not sent, until its settle time is over; then it is looked up and they go on", async () => {
    simulator.inject({ kind: "answer-lost", operation: "5005", times: 4 });
    await change();
    // However many wait for it, it is sent again once in two seconds.
    for (let again = 0; again < 6; again++) {
      orderedSender.later = again < 3 ? 0 : 3_000;
      expect(failure(await findResident())).toEqual({ kind: "not-sent", code: "EARLIER_WRITE" });
    }
    orderedSender.later = 120_000;
    expect(await findResident()).toMatchObject({ output: { taxCode: SAMPLE.resident } });
    expect(await order()).toEqual(["1 5005 new", "1 5005 replayed", "1 5005 replayed", "2 3007 new", "1 5005 replayed", "3 3002 new"]);
    expect(states()).toEqual(["1 left"]);
    expect(orderedSender.evidence.at(-1)?.message).toMatch(/ANPR holds id 1 as operation 9\d+, state 2; others go on/);
    // The case finds its answer later, whatever ids were sent meanwhile.
    expect(await look()).toMatchObject({ output: { operation: expect.stringMatching(/^9/) } });
    expect(simulator.ledger()).toHaveLength(1);
    await expectOneContentPerId();
  });

  test("that never arrived is refused for good once it was looked up: the next send draws a new id, and the late request harms nothing", async () => {
    simulator.inject({ kind: "late-arrival", operation: "5005", delayMs: 900 });
    expect(failure(await change("case-1/move", 200))).toEqual({ kind: "unknown", code: "DEADLINE" });
    orderedSender.later = 120_000;
    expect(await look()).toEqual({ output: undefined, effects: 0 });
    expect(states()).toEqual(["1 absent"]);
    expect(await change()).toMatchObject({ output: { operation: expect.any(String) } });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await order()).toEqual(["2 3007 new", "1 5005 too-low", "3 5005 new", "1 5005 too-low"]);
    expect(simulator.ledger()).toHaveLength(1);
  });

  test("whose look-up is lost too does not hold the others back", async () => {
    simulator.inject({ kind: "answer-held", operation: "5005", times: 2 });
    await change("case-1/move", 200);
    orderedSender.later = 120_000;
    simulator.inject({ kind: "cut-before", operation: "3007" });
    expect(await run({ deadlineMs: 300 }).call("findResident", { taxCode: SAMPLE.resident })).toMatchObject({
      output: { taxCode: SAMPLE.resident },
    });
    expect(orderedSender.evidence.map(({ message }) => message)).toEqual([expect.stringContaining("no clear answer (RESET)")]);
    expect(await change()).toMatchObject({ output: { operation: expect.any(String) } });
    expect(simulator.ledger()).toHaveLength(1);
  });

  test("is given up when another result stands, and never sent again", async () => {
    simulator.inject({ kind: "cut-before" });
    await change();
    const section = { sender: "015146", leaseMs: 1, waitMs: 1, effect: "write" as const };
    await orderedSender.inSection(section, (held) => held.close(1n, { state: "absent" }));
    await findResident();
    expect(await order()).toEqual(["2 3002 new"]);
    expect(simulator.ledger()).toEqual([]);
  });
});

test("a write whose id is forgotten takes effect twice: the kept id is what prevents it", async () => {
  const { inSection } = orderedSender;
  const forgetful = { ofKey: async () => undefined, open: async () => undefined };
  orderedSender.inSection = (turn, run) => inSection(turn, (section) => run({ ...section, ...forgetful }));
  simulator.inject({ kind: "answer-lost" });
  await change();
  await change();
  expect(simulator.ledger()).toHaveLength(2);
});

describe("a write that was certainly not sent", () => {
  test.each<Fault["kind"]>(["unavailable", "unauthorized"])("(%s) discards its id, and the next attempt draws another", async (kind) => {
    simulator.inject({ kind });
    expect(["not-sent", "misconfigured"]).toContain((await change()).failure?.kind);
    expect(states()).toEqual(["1 absent"]);
    await change();
    expect(await order()).toEqual(["2 5005 new"]);
  });

  test("is discarded when ANPR says that a higher id was used, which is our setting", async () => {
    orderedSender.next = 50n;
    await findResident();
    orderedSender.next = 10n;
    expect(failure(await change())).toEqual({ kind: "misconfigured", code: "ID_TOO_LOW" });
    expect(states()).toEqual(["10 absent"]);
  });

  test("and whose id cannot be discarded is unknown, because another may send it", async () => {
    const { inSection } = orderedSender;
    orderedSender.inSection = (turn, run) => inSection(turn, (section) => run({ ...section, close: async () => "unreachable" }));
    simulator.inject({ kind: "unavailable" });
    expect(failure(await change())).toEqual({ kind: "unknown", code: "ID_KEPT" });
    expect(states()).toEqual(["1 open"]);
    orderedSender.inSection = inSection;
    await change();
    expect(await order()).toEqual(["1 5005 new"]);
  });
});

test("neither the settings nor the failures of a write hold what it was about", async () => {
  simulator.inject({ kind: "reject", code: "EN465" });
  const { failure } = await change();
  expect(failure).toMatchObject({ kind: "rejected", detail: { code: "EN465" } });
  expect(JSON.stringify([failure?.message, failure?.detail, orderedSender.evidence])).not.toContain(HOUSEHOLD);
});

test("the adapter waits in its own queue, so that its calls never go the short way, and looks up what its key cannot settle", () => {
  expect(anpr.queueMs).toBeGreaterThan(0);
  for (const name of ["changeAddress", "issueCertificate"]) {
    expect(anpr.recovery[name]).toEqual({ by: "key", thenFind: true });
    expect(anpr.find[name]).toBeDefined();
  }
});

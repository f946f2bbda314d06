import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import type { CaseStatus } from "../cases/status.ts";
import type { EvidenceEntry } from "./evidence.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

const entry = (caseId: string, parts: Partial<EvidenceEntry> = {}): EvidenceEntry => ({
  caseId,
  key: `${caseId}/registration`,
  send: 1,
  attempt: "run/1/1",
  operation: "protocol.register",
  at: new Date("2026-11-22T09:31:00.123Z"),
  kind: "unknown",
  code: "DEADLINE",
  message: "no answer within 2500 ms",
  system: "protocol",
  adapter: "docarea",
  durationMs: 2_500,
  ...parts,
});

describe("evidence", () => {
  test("comes back as it was kept, the oldest first, and only that of the case", async () => {
    const caseId = randomUUID();
    const answered = entry(caseId, { kind: "failed", code: "NOT\0SOAP", status: 200, contentType: "text/html", bytes: 4_711 });
    await db.register.evidence.keep(entry(caseId));
    await db.register.evidence.keep(answered);
    await db.register.evidence.keep(entry(randomUUID()));
    expect(await db.register.evidence.ofCase(caseId)).toEqual([entry(caseId), { ...answered, code: "NOTSOAP" }]);
  });

  test("of a case that has much of it is the latest", async () => {
    const caseId = randomUUID();
    for (const send of [1, 2, 3]) await db.register.evidence.keep(entry(caseId, { send }));
    expect((await db.register.evidence.ofCase(caseId, 2)).map(({ send }) => send)).toEqual([2, 3]);
  });
});

const MUNICIPALITY = "siena";
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

async function publish(caseId: string, parts: Partial<CaseStatus>, municipality = MUNICIPALITY): Promise<void> {
  const opening = { caseId, firstRunId: "r", service: "s", municipality, channel: "test", applicant: null, version: "0".repeat(64) };
  const opened = await db.register.cases.open(opening);
  if (opened.kind !== "opened") throw new Error("not opened");
  await db.register.cases.publish({ case: caseId, service: "s", number: 3, state: "parked", updatedAt: "", ...parts } as CaseStatus);
}

const parkedOn = (code: string, since: string, due: string): Partial<CaseStatus> => ({
  problem: { id: "a.p1", code, path: "a", title: `${code} since ${since}`, advice: "", since, verbs: ["retry"] },
  clock: { due, state: "running", elapsed: 1, suspended: 0 },
});

describe("problems", () => {
  const A = "protocol.register:REFUSED";
  beforeAll(async () => {
    await publish("case-2", parkedOn(A, "2026-11-22T09:00:00.000Z", inDays(20)));
    await publish("case-1", parkedOn(A, "2026-11-22T10:00:00.000Z", inDays(4)));
    await publish("case-3", parkedOn("tax.openFines:CONTRACT_BROKEN", "2026-11-22T08:00:00.000Z", inDays(-1)));
    await publish("case-4", { state: "running" });
    await publish("case-5", parkedOn(A, "2026-11-22T10:00:00.000Z", inDays(4)), "pisa");
  });

  test("are counted by cause, with the oldest, the terms at risk and an example", async () => {
    expect(await db.register.problems.causes(MUNICIPALITY, 5)).toEqual([
      {
        cause: A,
        count: 2,
        oldest: "2026-11-22T09:00:00.000Z",
        atRisk: 1,
        nextDue: inDays(4),
        services: ["s"],
        example: "case-2",
        title: `${A} since 2026-11-22T09:00:00.000Z`,
      },
      expect.objectContaining({ cause: "tax.openFines:CONTRACT_BROKEN", count: 1, atRisk: 1, nextDue: inDays(-1) }),
    ]);
  });

  test("list their cases page by page", async () => {
    const [first] = await db.register.problems.parked(MUNICIPALITY, { cause: A, limit: 1 });
    expect(first).toMatchObject({ case: "case-1", number: 3, due: inDays(4), problem: { id: "a.p1", code: A } });
    const rest = await db.register.problems.parked(MUNICIPALITY, { cause: A, limit: 5, after: "case-1" });
    expect(rest.map((one) => one.case)).toEqual(["case-2"]);
  });

  test("know which running cases have been silent, and how many there are", async () => {
    expect((await db.register.problems.silent(MUNICIPALITY, 60, 10)).cases).toEqual([]);
    expect(await db.register.problems.silent(MUNICIPALITY, -1, 1)).toMatchObject({ cases: [{ case: "case-4", atRisk: false }], of: 1 });
  });
});

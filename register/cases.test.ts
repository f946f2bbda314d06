import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CaseStatus } from "../cases/status.ts";
import type { Opening, Reservation } from "./cases.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;
const newId = () => `case-${++count}`;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

function opening(changes: Partial<Opening> = {}): Opening {
  return {
    caseId: newId(),
    firstRunId: "run-1",
    service: "disabled-parking-pass",
    municipality: "milano",
    channel: "portal",
    office: "mobilityPermits",
    applicant: "pseudonym-1",
    version: "a".repeat(64),
    ...changes,
  };
}

function reservation(changes: Partial<Reservation> = {}): Reservation {
  const caseId = newId();
  return {
    caseId,
    channel: "portal",
    keyHash: `key of ${caseId}`,
    bodyHash: "body-1",
    service: "disabled-parking-pass",
    municipality: "milano",
    ...changes,
  };
}

function status(caseId: string, number: number, changes: Partial<CaseStatus> = {}): CaseStatus {
  return {
    case: caseId,
    service: "disabled-parking-pass",
    title: { en: "Disabled parking pass", it: "Contrassegno disabili" },
    channel: "portal",
    receipt: { number: "MILANO-2026-000001", at: "2026-11-22T10:00:00.000Z" },
    state: "waiting",
    number,
    updatedAt: "2026-11-22T10:00:05.000Z",
    steps: [],
    history: [],
    actions: [],
    documents: [],
    version: "a".repeat(64),
    ...changes,
  };
}

describe("a reservation", () => {
  test("gives the same case id again for the same key and body, and says so when the body is another", async () => {
    const first = reservation();
    expect(await db.register.cases.reserve(first)).toEqual({ caseId: first.caseId, verdict: "new", confirmed: false });
    expect(await db.register.cases.reserve({ ...first, caseId: newId() })).toEqual({
      caseId: first.caseId,
      verdict: "same",
      confirmed: false,
    });
    await db.register.cases.confirm(first.caseId);
    expect(await db.register.cases.reserve({ ...first, caseId: newId() })).toEqual({
      caseId: first.caseId,
      verdict: "same",
      confirmed: true,
    });
    expect(await db.register.cases.reserve({ ...first, caseId: newId(), bodyHash: "body-2" })).toMatchObject({ verdict: "other-body" });
    expect(await db.register.cases.reserve({ ...first, caseId: newId(), service: "patronage-request" })).toMatchObject({
      verdict: "other-body",
    });
  });

  test("of one key by twenty callers at once is new for exactly one, and all get one case id", async () => {
    const one = reservation();
    const other = db.another();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? db.register : other).cases.reserve({ ...one, caseId: newId() })),
    );
    expect(all.filter(({ verdict }) => verdict === "new")).toHaveLength(1);
    expect(new Set(all.map(({ caseId }) => caseId)).size).toBe(1);
  });

  test("belongs to its channel: the same key elsewhere is another case", async () => {
    const first = reservation();
    await db.register.cases.reserve(first);
    expect(await db.register.cases.reserve({ ...first, channel: "app", caseId: newId() })).toMatchObject({ verdict: "new" });
  });

  test("of an id that a case without key has is refused with a code", async () => {
    const taken = opening();
    await db.register.cases.open(taken);
    await expect(db.register.cases.reserve(reservation({ caseId: taken.caseId }))).rejects.toMatchObject({ code: "CASE_ID_TAKEN" });
  });

  test("is known but not listed until it is confirmed, and dropped only while unconfirmed and old", async () => {
    const [kept, dropped] = [reservation(), reservation()];
    await db.register.cases.reserve(kept);
    await db.register.cases.reserve(dropped);
    expect(await db.register.cases.known(kept.caseId)).toBe("unconfirmed");
    expect(await db.register.cases.known("no-such-case")).toBeUndefined();
    expect(await db.register.cases.confirm(kept.caseId)).toBe(true);
    expect(await db.register.cases.known(kept.caseId)).toBe("confirmed");
    const listed = async () => (await db.register.cases.list({ limit: 500 })).items.map((item) => item.case);
    expect(await listed()).toContain(kept.caseId);
    expect(await listed()).not.toContain(dropped.caseId);
    expect(await db.register.cases.dropUnconfirmed(24)).toBe(0);
    expect(await db.register.cases.dropUnconfirmed(0)).toBeGreaterThan(0);
    expect(await db.register.cases.known(dropped.caseId)).toBeUndefined();
    expect(await db.register.cases.known(kept.caseId)).toBe("confirmed");
    expect(await db.register.cases.confirm(dropped.caseId)).toBe(false);
  });
});

describe("opening a case", () => {
  test("draws its receipt once: the same call again gives the same number and instant", async () => {
    const one = opening({ municipality: "monza" });
    const first = await db.register.cases.open(one);
    expect(first).toMatchObject({ kind: "opened", receipt: { number: expect.stringMatching(/^MONZA-20\d\d-000001$/) } });
    expect(await db.register.cases.open(one)).toEqual(first);
    const second = await db.register.cases.open(opening({ municipality: "monza" }));
    expect(second).toMatchObject({ receipt: { number: expect.stringMatching(/-000002$/) } });
  });

  test("counts per municipality and year, by the instant of presentation as it is in Italy", async () => {
    const lastMinutes = await db.register.cases.open(opening({ municipality: "lodi", presentedAt: "2025-12-31T22:59:59.123Z" }));
    const newYear = await db.register.cases.open(opening({ municipality: "lodi", presentedAt: "2025-12-31T23:00:00.000Z" }));
    expect(lastMinutes).toMatchObject({ kind: "opened", receipt: { number: "LODI-2025-000001", at: "2025-12-31T22:59:59.123Z" } });
    expect(newYear).toMatchObject({ kind: "opened", receipt: { number: "LODI-2026-000001", at: "2025-12-31T23:00:00.000Z" } });
  });

  test("by twenty attempts at once over two processes gives all of them one receipt", async () => {
    const one = opening();
    const other = db.another();
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? db.register : other).cases.open(one)));
    expect(new Set(all.map((opened) => JSON.stringify(opened))).size).toBe(1);
  });

  test("by attempts that all began before any of them had drawn gives all of them one receipt", async () => {
    await db.register.cases.open(opening({ municipality: "varese" }));
    const one = opening({ municipality: "varese" });
    const opens = () => Promise.all(Array.from({ length: 4 }, () => db.register.cases.open(one)));
    const all = await db.racing("select from receipt_counters where municipality = 'varese' for update", 4, opens);
    expect(new Set(all.map((opened) => JSON.stringify(opened))).size).toBe(1);
    expect(await db.register.cases.open(one)).toEqual(all[0]);
  });

  test("of forty cases at once never gives a number twice", async () => {
    const other = db.another();
    const all = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 ? db.register : other).cases.open(opening())));
    const numbers = all.map((opened) => (opened.kind === "opened" ? opened.receipt.number : "none"));
    expect(new Set(numbers).size).toBe(40);
    expect(numbers).not.toContain("none");
  });

  test("under an id that belongs to another first execution or another service says that it exists", async () => {
    const one = opening();
    await db.register.cases.open(one);
    expect(await db.register.cases.open({ ...one, firstRunId: "run-2" })).toEqual({ kind: "exists" });
    expect(await db.register.cases.open({ ...one, service: "patronage-request" })).toEqual({ kind: "exists" });
    expect(await db.register.cases.open(one)).toMatchObject({ kind: "opened" });
  });

  test("confirms the gateway's reservation, and is refused when that was for another service", async () => {
    const [mine, others] = [reservation(), reservation({ service: "patronage-request" })];
    await db.register.cases.reserve(mine);
    await db.register.cases.reserve(others);
    expect(await db.register.cases.open(opening({ caseId: mine.caseId }))).toMatchObject({ kind: "opened" });
    expect(await db.register.cases.reserve(mine)).toMatchObject({ verdict: "same", confirmed: true });
    expect(await db.register.cases.open(opening({ caseId: others.caseId }))).toEqual({ kind: "exists" });
    expect(await db.register.cases.known(others.caseId)).toBe("unconfirmed");
  });

  test("goes on counting beyond six digits", async () => {
    await db.sql("insert into receipt_counters values ('como', 2026, 999999)");
    expect(await db.register.cases.open(opening({ municipality: "como", presentedAt: "2026-03-01T10:00:00Z" }))).toMatchObject({
      receipt: { number: "COMO-2026-1000000" },
    });
  });
});

describe("a published status", () => {
  test("is read back whole, and a lower or equal number never replaces it", async () => {
    const { caseId } = await opened();
    expect(await db.register.cases.status(caseId)).toBeUndefined();
    const third = status(caseId, 3, { step: "decision", waitingFor: "office", result: { text: "with \0 and \ud800 in it" } });
    await db.register.cases.publish(third);
    await db.register.cases.publish(status(caseId, 2, { state: "running" }));
    await db.register.cases.publish(status(caseId, 3, { state: "running" }));
    expect(await db.register.cases.status(caseId)).toEqual(third);
  });

  test("of a case that was never opened is refused", async () => {
    await expect(db.register.cases.publish(status("no-such-case", 1))).rejects.toMatchObject({ code: "CASE_MISSING" });
  });

  test("shows in lists and counts", async () => {
    const { caseId, applicant } = await opened({ applicant: "pseudonym-listed" });
    const clock = { due: "2026-12-22", state: "running" as const, elapsed: 0, suspended: 0 };
    await db.register.cases.publish(
      status(caseId, 1, { step: "decision", waitingFor: "office", office: "mobilityPermits", clock, protocolNumber: "123/2026" }),
    );
    const { items } = await db.register.cases.list({ applicant: applicant ?? "" });
    expect(items).toEqual([
      {
        case: caseId,
        service: "disabled-parking-pass",
        state: "waiting",
        waitingFor: "office",
        step: "decision",
        office: "mobilityPermits",
        protocolNumber: "123/2026",
        receipt: { number: expect.stringMatching(/^MILANO-/), at: expect.any(String) },
        updatedAt: expect.any(String),
        due: "2026-12-22",
        version: expect.stringMatching(/^a+$/),
      },
    ]);
    const waiting = (await db.register.cases.counts()).find(
      ({ service, state }) => service === "disabled-parking-pass" && state === "waiting",
    );
    expect(waiting?.count).toBeGreaterThan(0);
  });
});

describe("a list of cases", () => {
  test("runs through all pages once, the newest updated first, also while cases are updated", async () => {
    const applicant = "pseudonym-pages";
    const ids = await Promise.all(Array.from({ length: 23 }, async () => (await opened({ applicant })).caseId));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await db.register.cases.list({ applicant, limit: 5, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(5);
      seen.push(...page.items.map((item) => item.case));
      cursor = page.next;
      // Moves to the front, where this run has been already.
      await db.register.cases.publish(status(seen[0] as string, seen.length));
    } while (cursor !== undefined);
    expect(seen).toHaveLength(23);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect((await db.register.cases.list({ applicant, limit: 1 })).items[0]?.case).toBe(seen[0]);
  });

  test("keeps to service, state and the instant since which cases changed", async () => {
    const applicant = "pseudonym-filters";
    const early = await opened({ applicant, service: "patronage-request" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const late = await opened({ applicant });
    await db.register.cases.publish(status(late.caseId, 1, { state: "parked" }));
    const ids = async (filter: object) => (await db.register.cases.list({ applicant, ...filter })).items.map((item) => item.case);
    const { updatedAt } = (await db.register.cases.list({ applicant, state: "parked" })).items[0] ?? { updatedAt: "" };
    expect(await ids({})).toEqual([late.caseId, early.caseId]);
    expect(await ids({ service: "patronage-request" })).toEqual([early.caseId]);
    expect(await ids({ state: "received" })).toEqual([early.caseId]);
    expect(await ids({ updatedSince: updatedAt })).toEqual([late.caseId]);
  });

  test("refuses a cursor that it did not give", async () => {
    await expect(db.register.cases.list({ cursor: "nonsense" })).rejects.toMatchObject({ code: "INVALID_CURSOR" });
  });
});

async function opened(changes: Partial<Opening> = {}): Promise<Opening> {
  const one = opening(changes);
  await db.register.cases.open(one);
  return one;
}

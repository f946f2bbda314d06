import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CaseStatus } from "../cases/status.ts";
import { isUnreachable } from "./database.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

async function openedCase(): Promise<string> {
  const caseId = `case-${++count}`;
  await db.register.cases.open({
    caseId,
    firstRunId: "run-1",
    service: "patronage-request",
    municipality: "milano",
    channel: "portal",
    applicant: null,
    version: "b".repeat(64),
  });
  return caseId;
}

const status = (caseId: string, number: number): CaseStatus => ({
  case: caseId,
  service: "patronage-request",
  title: { en: "Patronage", it: "Patrocinio" },
  channel: "portal",
  receipt: { number: "MILANO-2026-000001", at: "2026-11-22T10:00:00.000Z" },
  state: "running",
  number,
  updatedAt: "2026-11-22T10:00:05.000Z",
  steps: [],
  history: [],
  actions: [],
  documents: [],
  version: "b".repeat(64),
});

describe("waiting for a status", () => {
  test("ends within milliseconds of the publication in another process", async () => {
    const caseId = await openedCase();
    const other = db.another();
    // The first wait opens the listening connection.
    await db.register.cases.waitFor(caseId, 1, 100);
    const waiting = db.register.cases.waitFor(caseId, 2, 10_000);
    await pause(50);
    await other.cases.publish(status(caseId, 1));
    await pause(50);
    const began = Date.now();
    await other.cases.publish(status(caseId, 2));
    expect(await waiting).toMatchObject({ number: 2 });
    expect(Date.now() - began).toBeLessThan(500);
  });

  test("ends at once when the number is there already, and also for a higher one", async () => {
    const caseId = await openedCase();
    await db.register.cases.publish(status(caseId, 7));
    // Its own notice has arrived by then, and cannot be what ends the wait.
    await pause(100);
    const began = Date.now();
    expect(await db.register.cases.waitFor(caseId, 3, 10_000)).toMatchObject({ number: 7 });
    expect(Date.now() - began).toBeLessThan(500);
  });

  test("ends within about a second also when no notice came", async () => {
    const caseId = await openedCase();
    const waiting = db.register.cases.waitFor(caseId, 2, 10_000);
    await pause(100);
    await db.sql("update cases set number = 2, status = $2 where case_id = $1", [caseId, JSON.stringify(status(caseId, 2))]);
    const began = Date.now();
    expect(await waiting).toMatchObject({ number: 2 });
    expect(Date.now() - began).toBeLessThan(2_500);
  });

  test("listens again after its connection was cut", async () => {
    const caseId = await openedCase();
    const waiting = db.register.cases.waitFor(caseId, 1, 10_000);
    const listeners = () => db.sql<{ pid: number }>("select pid from pg_stat_activity where query = 'listen case_status'");
    while ((await listeners()).length === 0) await pause(10);
    const [before] = await listeners();
    await db.sql("select pg_terminate_backend($1)", [before?.pid]);
    let after: number | undefined;
    for (let tries = 0; tries < 100 && (after === undefined || after === before?.pid); tries += 1) {
      await pause(20);
      after = (await listeners())[0]?.pid;
    }
    expect(after).toBeDefined();
    expect(after).not.toBe(before?.pid);
    await db.another().cases.publish(status(caseId, 1));
    expect(await waiting).toMatchObject({ number: 1 });
  });

  test("gives the status as it stands when the time is over", async () => {
    const caseId = await openedCase();
    expect(await db.register.cases.waitFor(caseId, 1, 50)).toBeUndefined();
    await db.register.cases.publish(status(caseId, 1));
    expect(await db.register.cases.waitFor(caseId, 2, 50)).toMatchObject({ number: 1 });
  });

  test("ends with the signal's reason", async () => {
    const caseId = await openedCase();
    const abort = new AbortController();
    const waiting = db.register.cases.waitFor(caseId, 1, 10_000, abort.signal);
    setTimeout(() => abort.abort(new Error("the client went away")), 20);
    await expect(waiting).rejects.toThrow("the client went away");
    await expect(db.register.cases.waitFor(caseId, 1, 10_000, abort.signal)).rejects.toThrow("the client went away");
  });

  test("ends for each of a hundred waiters of one process, over one connection", async () => {
    const cases = await Promise.all(Array.from({ length: 20 }, openedCase));
    const waiting = Array.from({ length: 100 }, (_, index) => db.register.cases.waitFor(cases[index % 20] ?? "", 1, 10_000));
    await pause(50);
    const [listening] = await db.sql<{ count: string }>(
      "select count(*)::text as count from pg_stat_activity where query = 'listen case_status'",
    );
    expect(listening?.count).toBe("1");
    const other = db.another();
    for (const caseId of cases) await other.cases.publish(status(caseId, 1));
    expect((await Promise.all(waiting)).every((found) => found?.number === 1)).toBe(true);
  });

  test("rides out a database that is killed and started again, without losing what was published meanwhile or later", async () => {
    const [first, second] = [await openedCase(), await openedCase()];
    const waiting = [first, second].map((caseId) => db.register.cases.waitFor(caseId, 1, 30_000));
    await pause(50);
    await db.kill();
    const away = await db.register.cases.publish(status(first, 1)).catch((error: unknown) => error);
    expect(isUnreachable(away)).toBe(true);
    await pause(300);
    await db.restart();
    await db.another().cases.publish(status(first, 1));
    expect(await waiting[0]).toMatchObject({ number: 1 });
    await pause(1_500);
    const began = Date.now();
    await db.another().cases.publish(status(second, 1));
    expect(await waiting[1]).toMatchObject({ number: 1 });
    expect(Date.now() - began).toBeLessThan(500);
  });

  test("ends when the register is closed", async () => {
    const caseId = await openedCase();
    await db.register.cases.publish(status(caseId, 1));
    const closing = db.another();
    const waiting = Array.from({ length: 30 }, () => closing.cases.waitFor(caseId, 9, 30_000));
    await pause(50);
    await closing.close();
    expect((await Promise.all(waiting)).every((found) => found?.number === 1)).toBe(true);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CaseStatus } from "../cases/status.ts";
import type { Intent } from "./effects.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;
beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

const intent = (caseId: string, path: string): Intent & { fence: number } => ({
  key: `${caseId}/${path}`,
  send: 1,
  caseId,
  operation: "protocol.register",
  adapter: "docarea",
  inputHash: "input-1",
  deadlineMs: 30_000,
  fence: 0,
});

async function aCase(): Promise<string> {
  const caseId = `case-${(count += 1)}`;
  const opening = { caseId, firstRunId: "run", service: "s", municipality: "milano", channel: "test", applicant: null, version: "1" };
  await db.register.cases.open(opening);
  return caseId;
}

const statusOf = (caseId: string, number: number) =>
  ({ case: caseId, number, state: "closed", updatedAt: new Date(number).toISOString() }) as unknown as CaseStatus;

describe("a look ahead", () => {
  test("names what stands or may stand under the case's keys, and nothing that certainly has no effect", async () => {
    const { effects } = db.register;
    const id = await aCase();
    for (const path of ["done", "intended", "unknown", "rejected", "away"]) expect(await effects.intend(intent(id, path))).toBe(true);
    await effects.settle(`${id}/done`, 1, { state: "done", output: { number: "1" } });
    await effects.settle(`${id}/unknown`, 1, { state: "unknown", reason: "RESET" });
    await effects.settle(`${id}/rejected`, 1, { state: "rejected", code: "NO", message: "no" });
    await effects.settle(`${id}/away`, 1, { state: "not-sent", reason: "REFUSED" });
    expect(await effects.lookAhead(id, 1)).toEqual({ keys: ["done", "intended", "unknown"].map((path) => `${id}/${path}`), closed: false });
    expect(await effects.lookAhead(await aCase(), 1)).toEqual({ keys: [], closed: false });
  });

  test("forbids an overtaken run every further send, and a closing status; the run that looked goes on", async () => {
    const { effects, cases } = db.register;
    const id = await aCase();
    await effects.lookAhead(id, 1);
    expect(await effects.intend(intent(id, "late"))).toBe(false);
    expect(await effects.rows(`${id}/late`)).toEqual([]);
    expect(await effects.intend({ ...intent(id, "late"), fence: 1 })).toBe(true);
    await cases.publish(statusOf(id, 5), 0);
    expect(await cases.status(id)).toBeUndefined();
    await cases.publish(statusOf(id, 4), 1);
    expect(await cases.status(id)).toMatchObject({ number: 4 });
    expect(await effects.lookAhead(id, 2)).toMatchObject({ closed: true });
  });

  test("at the moment of an intent either sees it or forbids it", async () => {
    const { effects } = db.register;
    for (let round = 0; round < 20; round++) {
      const id = await aCase();
      const other = db.another();
      const [mine, ahead] = await Promise.all([effects.intend(intent(id, "step")), other.effects.lookAhead(id, 1)]);
      expect(ahead.keys).toEqual(mine ? [`${id}/step`] : []);
    }
  });

  test("of a case that opens a second time finds the version of the first", async () => {
    const opening = { firstRunId: "run", service: "s", municipality: "milano", channel: "test", applicant: null };
    const first = await db.register.cases.open({ ...opening, caseId: "twice", version: "v1" });
    expect(await db.register.cases.open({ ...opening, caseId: "twice", version: "v2" })).toEqual(first);
    expect(first).toMatchObject({ version: "v1" });
  });
});

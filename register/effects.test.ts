import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Intent, Settlement } from "./effects.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

function intent(changes: Partial<Intent> = {}): Intent {
  count += 1;
  const caseId = `case-${count}`;
  return {
    key: `${caseId}/registration`,
    send: 1,
    caseId,
    operation: "protocol.register",
    adapter: "docarea",
    inputHash: "input-1",
    deadlineMs: 30_000,
    ...changes,
  };
}

const done = (number: string): Settlement => ({ state: "done", output: { number, year: 2026 } });
const unknown: Settlement = { state: "unknown", reason: "the answer was lost" };
const notSent: Settlement = { state: "not-sent", reason: "the session had expired" };
const rejected: Settlement = { state: "rejected", code: "CLOSED", message: "the register is closed" };

/** An intent, followed by these settlements of its row. */
async function settled(...settlements: Settlement[]): Promise<Intent> {
  const one = intent();
  await db.register.effects.intend(one);
  for (const settlement of settlements) await db.register.effects.settle(one.key, 1, settlement);
  return one;
}

const row = async (key: string, send = 1) => (await db.register.effects.rows(key)).find((found) => found.send === send);

describe("an intent", () => {
  test("of twenty attempts at once over two processes lets exactly one send", async () => {
    const one = intent();
    const other = db.another();
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? db.register : other).effects.intend(one)));
    expect(all.filter(Boolean)).toHaveLength(1);
    expect(await row(one.key)).toMatchObject({ ...one, state: "intended", attempts: 1 });
  });

  test("of twenty attempts at once after a certain failure lets exactly one send again, with a new instant", async () => {
    const one = await settled(notSent);
    const before = await row(one.key);
    const other = db.another();
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? db.register : other).effects.intend(one)));
    expect(all.filter(Boolean)).toHaveLength(1);
    const after = await row(one.key);
    expect(after).toMatchObject({ state: "intended", attempts: 2 });
    expect(after).not.toHaveProperty("reason");
    expect(after?.intendedAt.getTime()).toBeGreaterThan(before?.intendedAt.getTime() ?? Number.NaN);
  });

  test.each([
    ["done", done("1")],
    ["rejected", rejected],
    ["unknown", unknown],
  ])("is refused when the row is %s", async (_, settlement) => {
    const one = await settled(settlement);
    expect(await db.register.effects.intend(one)).toBe(false);
  });

  test("with another input is refused, and the first input stays", async () => {
    const one = await settled(notSent);
    expect(await db.register.effects.intend({ ...one, inputHash: "input-2" })).toBe(false);
    expect(await row(one.key)).toMatchObject({ inputHash: "input-1", state: "not-sent" });
  });

  test("of a further send is refused once an earlier send has got its late result", async () => {
    const one = await settled(unknown);
    expect(await db.register.effects.intend({ ...one, send: 2 })).toBe(true);
    await db.register.effects.settle(one.key, 2, notSent);
    await db.register.effects.settle(one.key, 1, done("7"));
    expect(await db.register.effects.intend({ ...one, send: 2 })).toBe(false);
    expect(await db.register.effects.intend({ ...one, send: 3 })).toBe(false);
  });
});

describe("an intent of a case that was reset to an earlier state", () => {
  test("is refused while a later send may still arrive, and let through once that was certainly not sent", async () => {
    const one = await settled(notSent);
    await db.register.effects.intend({ ...one, send: 2 });
    expect(await db.register.effects.intend(one)).toBe(false);
    await db.register.effects.settle(one.key, 2, unknown);
    expect(await db.register.effects.intend(one)).toBe(false);
    const other = await settled(notSent);
    await db.register.effects.intend({ ...other, send: 2 });
    await db.register.effects.settle(other.key, 2, notSent);
    expect(await db.register.effects.intend(other)).toBe(true);
  });
});

describe("a settlement", () => {
  test("keeps output, warnings, code and reason as they were given", async () => {
    const one = await settled({
      state: "done",
      output: { text: "\0 \ud800 è", list: [1, null, { b: 1, a: 2 }] },
      warnings: ["with anomalies"],
    });
    expect(await row(one.key)).toMatchObject({
      state: "done",
      output: { text: "\0 \ud800 è", list: [1, null, { b: 1, a: 2 }] },
      warnings: ["with anomalies"],
      settledAt: expect.any(Date),
    });
    expect(await row((await settled({ state: "done", output: null })).key)).toMatchObject({ state: "done", output: null });
    expect(await row((await settled({ ...rejected, message: "no\0" } as Settlement)).key)).toMatchObject({ code: "CLOSED", message: "no" });
    expect(await row((await settled(unknown)).key)).toMatchObject({ state: "unknown", reason: "the answer was lost" });
  });

  test("needs an intent", async () => {
    await expect(db.register.effects.settle("no/such-step", 1, done("1"))).rejects.toMatchObject({ code: "EFFECT_MISSING" });
  });

  test.each<[string, Settlement[], Settlement, string, string]>([
    ["unknown, then a late result", [unknown], done("1"), "written", "done"],
    ["unknown, then a late refusal", [unknown], rejected, "written", "rejected"],
    ["unknown, then not sent", [unknown], notSent, "kept", "unknown"],
    ["unknown twice", [unknown], unknown, "kept", "unknown"],
    ["not sent, then a result after all", [notSent], done("1"), "written", "done"],
    ["done, then unknown", [done("1")], unknown, "kept", "done"],
    ["done, then not sent", [done("1")], notSent, "kept", "done"],
    ["done, then rejected", [done("1")], rejected, "kept", "done"],
    ["done twice, equal but for the order of keys", [done("1")], { state: "done", output: { year: 2026, number: "1" } }, "kept", "done"],
    ["done twice, differently", [done("1")], done("2"), "duplicate-effect", "done"],
    ["rejected, then an effect after all", [rejected], done("2"), "duplicate-effect", "rejected"],
    ["rejected, then unknown", [rejected], unknown, "kept", "rejected"],
  ])("%s", async (_, before, last, verdict, state) => {
    const one = await settled(...before);
    expect(await db.register.effects.settle(one.key, 1, last)).toBe(verdict);
    const after = await row(one.key);
    expect(after?.state).toBe(state);
    if (verdict === "duplicate-effect") expect(after?.conflict).toEqual({ send: 1, output: { number: "2", year: 2026 } });
    if (verdict === "duplicate-effect" && last.state === state) expect(after?.output).toEqual({ number: "1", year: 2026 });
  });

  test("that found a second effect says so again when it is repeated, and the first conflict stays", async () => {
    const one = await settled(done("1"), done("2"));
    expect(await db.register.effects.settle(one.key, 1, done("2"))).toBe("duplicate-effect");
    expect(await db.register.effects.settle(one.key, 1, done("3"))).toBe("duplicate-effect");
    expect(await db.register.effects.settle(one.key, 1, done("1"))).toBe("duplicate-effect");
    expect((await row(one.key))?.conflict).toEqual({ send: 1, output: { number: "2", year: 2026 } });
  });

  test("of a second send with another output is a second effect, with an equal one it is the same", async () => {
    const [different, equal] = [await settled(unknown), await settled(unknown)];
    for (const one of [different, equal]) {
      await db.register.effects.intend({ ...one, send: 2 });
      await db.register.effects.settle(one.key, 1, done("1"));
    }
    expect(await db.register.effects.settle(different.key, 2, done("2"))).toBe("duplicate-effect");
    expect(await db.register.effects.settle(equal.key, 2, done("1"))).toBe("written");
    expect(await row(different.key, 2)).toMatchObject({ state: "done", conflict: { send: 1, output: { number: "1", year: 2026 } } });
    expect(await db.register.effects.settle(different.key, 2, done("2"))).toBe("duplicate-effect");
  });

  test("of two sends at the same moment with two effects never goes unnoticed", async () => {
    const other = db.another();
    for (let round = 0; round < 20; round += 1) {
      const one = await settled(unknown);
      await db.register.effects.intend({ ...one, send: 2 });
      const verdicts = await Promise.all([db.register.effects.settle(one.key, 1, done("1")), other.effects.settle(one.key, 2, done("2"))]);
      expect(verdicts.sort()).toEqual(["duplicate-effect", "written"]);
    }
  });

  test("of twenty differing results at once writes one and reports the others", async () => {
    const one = await settled();
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => db.register.effects.settle(one.key, 1, done(String(index)))),
    );
    expect(verdicts.filter((verdict) => verdict === "written")).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === "duplicate-effect")).toHaveLength(19);
  });

  test("'not sent' of an earlier attempt does not free the row that a later attempt holds", async () => {
    const one = intent();
    const { effects } = db.register;
    expect(await effects.intend({ ...one, attempt: "first" })).toBe(true);
    expect(await effects.settle(one.key, 1, notSent, "first")).toBe("written");
    expect(await effects.intend({ ...one, attempt: "second" })).toBe(true);
    expect(await effects.settle(one.key, 1, notSent, "first")).toBe("kept");
    expect(await effects.intend({ ...one, attempt: "third" })).toBe(false);
    expect(await effects.settle(one.key, 1, notSent, "second")).toBe("written");
  });
});

describe("a result found without a send", () => {
  test("is entered, or settles the row that is there, and never replaces a result", async () => {
    const { effects } = db.register;
    const fresh = intent();
    expect(await effects.record({ ...fresh, settled: done("1") })).toBe("written");
    expect(await row(fresh.key)).toMatchObject({ state: "done", attempts: 0, output: { number: "1", year: 2026 } });
    expect(await effects.record({ ...fresh, settled: done("1") })).toBe("kept");
    expect(await effects.record({ ...fresh, settled: done("2") })).toBe("duplicate-effect");
    const lost = await settled(unknown);
    expect(await effects.record({ ...lost, settled: done("5") })).toBe("written");
    expect(await row(lost.key)).toMatchObject({ state: "done", attempts: 1 });
    expect(await effects.record({ ...lost, send: 2, settled: done("6") })).toBe("duplicate-effect");
  });

  test("stands in the case's rows", async () => {
    const one = await settled(done("1"));
    await db.register.effects.intend({ ...one, key: `${one.caseId}/fee` });
    const rows = await db.register.effects.ofCase(one.caseId);
    expect(rows.map(({ key, state }) => [key, state])).toEqual([
      [one.key, "done"],
      [`${one.caseId}/fee`, "intended"],
    ]);
  });
});

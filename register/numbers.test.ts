import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

test("a number is drawn once for a key and is the same for ever, and each scope begins at 1", async () => {
  const { numbers } = db.register;
  expect(await numbers.draw("payments", "case-1/fee")).toBe(1n);
  expect(await numbers.draw("payments", "case-2/fee")).toBe(2n);
  expect(await numbers.draw("payments", "case-1/fee")).toBe(1n);
  expect(await numbers.draw("documents", "case-2/fee")).toBe(1n);
});

test("of twenty draws at once for one key all get one number", async () => {
  const other = db.another();
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? db.register : other).numbers.draw("same", "case-1/fee")),
  );
  expect(new Set(all).size).toBe(1);
});

test("draws for one key that all began before any of them had its number get one number", async () => {
  await db.register.numbers.draw("race", "case-1/fee");
  const draws = () => Promise.all(Array.from({ length: 4 }, () => db.register.numbers.draw("race", "case-2/fee")));
  const all = await db.racing("select from number_scopes where scope = 'race' for update", 4, draws);
  expect(new Set(all).size).toBe(1);
  expect(await db.register.numbers.draw("race", "case-2/fee")).toBe(all[0]);
});

test("of sixty draws at once for thirty keys no two keys get one number", async () => {
  const other = db.another();
  const draws = Array.from({ length: 60 }, (_, index) =>
    (index % 2 ? db.register : other).numbers.draw("many", `case-${Math.floor(index / 2)}`),
  );
  const all = await Promise.all(draws);
  for (let index = 0; index < 60; index += 2) expect(all[index]).toBe(all[index + 1]);
  expect(new Set(all).size).toBe(30);
});

test("numbers beyond JavaScript's safe integers stay exact", async () => {
  await db.sql("insert into number_scopes values ('large', 9007199254740993)");
  expect(await db.register.numbers.draw("large", "case-1")).toBe(9007199254740994n);
});

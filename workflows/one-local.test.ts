import { expect, test } from "@jest/globals";
import { oneAtATime } from "./one-local.ts";

/** An activity that ends when it is told. */
function activity(log: string[], name: string) {
  const told: { end?: () => void; fail?: () => void } = {};
  const run = () =>
    new Promise<string>((resolve, reject) => {
      log.push(`${name} begins`);
      told.end = () => resolve(name);
      told.fail = () => reject(new Error(name));
    });
  return { run, end: () => told.end?.(), fail: () => told.fail?.() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("of several local activities one is under way at a time, in the order in which they were asked for, whatever becomes of each", async () => {
  const log: string[] = [];
  const [first, second, third] = [activity(log, "first"), activity(log, "second"), activity(log, "third")];
  const all = [first, second, third].map(({ run }) => oneAtATime(run).catch((error: Error) => `${error.message} failed`));
  await settled();
  expect(log).toEqual(["first begins"]);
  first.end();
  await settled();
  expect(log).toEqual(["first begins", "second begins"]);
  second.fail();
  await settled();
  expect(log).toEqual(["first begins", "second begins", "third begins"]);
  third.end();
  expect(await Promise.all(all)).toEqual(["first", "second failed", "third"]);
});

test("one that finds nothing under way begins at once", async () => {
  const log: string[] = [];
  const only = activity(log, "only");
  const result = oneAtATime(only.run);
  expect(log).toEqual(["only begins"]);
  only.end();
  expect(await result).toBe("only");
});

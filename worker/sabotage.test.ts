import { describe, expect, test } from "@jest/globals";
import { SettingsError } from "./configuration/problems.ts";
import { sabotageOf } from "./sabotage.ts";

const lines: string[] = [];
const log = { error: (_details: object, message: string) => void lines.push(message) } as never;

describe("sabotage", () => {
  test("is undefined unless it is asked for", () => {
    expect(sabotageOf({ NODE_ENV: "test" }, log)).toBeUndefined();
    expect(sabotageOf({ NODE_ENV: "test", DARSENA_TEST_SABOTAGE: "" }, log)).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test("outside tests keeps the worker from starting", () => {
    for (const env of [{}, { NODE_ENV: "production" }, { DARSENA_TEST: "0" }])
      expect(() => sabotageOf({ ...env, DARSENA_TEST_SABOTAGE: "blind-retry" }, log)).toThrow(SettingsError);
  });

  test("that does not exist is named with those that do, and one that does is warned of", () => {
    expect(() => sabotageOf({ NODE_ENV: "test", DARSENA_TEST_SABOTAGE: "odd" }, log)).toThrow(/blind-retry, random-key/);
    expect(sabotageOf({ DARSENA_TEST: "1", DARSENA_TEST_SABOTAGE: "permit-shared" }, log)).toMatchObject({
      admission: expect.any(Function),
    });
    expect(sabotageOf({ DARSENA_TEST: "1", DARSENA_TEST_SABOTAGE: "gate-ignored" }, log)).toMatchObject({ system: expect.any(Function) });
    expect(lines).toEqual(Array.from({ length: 2 }, () => expect.stringContaining("BREAKS A GUARANTEE ON PURPOSE")));
  });
});

/** `darsena simulate` as people call it, with the real simulation behind it. */
import { Readable, Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { type CommandDeps, program, runProgram } from "../../client/cli/program.ts";
import { simulatorFor } from "./simulator.ts";

const into = (add: (text: string) => void) => new Writable({ write: (chunk, _, done) => (add(String(chunk)), done()) });

/** Runs the command; `stop` is what Ctrl-C does. */
async function darsena(argv: string[], env: Record<string, string> = {}, interrupt = false) {
  let out = "";
  let err = "";
  const deps: CommandDeps = {
    stdin: Readable.from([]),
    stdout: into((text) => (out += text)),
    stderr: into((text) => (err += text)),
    env,
    cwd: process.cwd(),
    onInterrupt: (stop) => interrupt && stop(),
    simulator: async () => simulatorFor(env),
  };
  const code = await runProgram(program(deps), ["simulate", ...argv], deps);
  return { code, out, err };
}

describe("darsena simulate", () => {
  test("prints its figures and ends with 0 when every guarantee held", async () => {
    const { code, out } = await darsena(["--cases", "20", "--seed", "7", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      cases: 20,
      seed: 7,
      breaches: 0,
      casesPerSecond: expect.any(Number),
      outcomes: expect.anything(),
    });
  }, 60_000);

  test("ends with 1 when one was broken, and the command that it names shows that case again", async () => {
    const env = { NODE_ENV: "test", DARSENA_TEST_SABOTAGE: "blind-retry" };
    const { code, out } = await darsena(["--cases", "60", "--seed", "3"], env);
    expect(code).toBe(1);
    const [, only] = /one-effect in case (\d+):/.exec(out) ?? [];
    expect(out).toContain(`darsena simulate --seed 3 --only ${only}`);
    const alone = await darsena(["--seed", "3", "--only", String(only)], env);
    expect(alone.code).toBe(1);
    expect(alone.out).toMatch(/fault: /);
    expect(alone.out).toContain(`one-effect in case ${only}:`);
  }, 60_000);

  test("breaks nothing on purpose outside of tests", () => {
    expect(() => simulatorFor({ DARSENA_TEST_SABOTAGE: "blind-retry" })).toThrow(/for tests only/);
    expect(() => simulatorFor({ NODE_ENV: "test", DARSENA_TEST_SABOTAGE: "nothing" })).toThrow(/must be one of/);
  });

  test("shows what was reached when it is interrupted", async () => {
    const { code, out } = await darsena(["--cases", "1000", "--json"], {}, true);
    expect({ code, cases: (JSON.parse(out) as { cases: number }).cases }).toEqual({ code: 0, cases: 0 });
  });

  test("lists the faults, the thirty scenarios and the guarantees", async () => {
    const { code, out } = await darsena(["--list-faults"]);
    expect(code).toBe(0);
    for (const line of [/answer-lost +systems/, /30 +all of it mixed/, /one-effect +no system/]) expect(out).toMatch(line);
  });

  test("refuses numbers, faults and services that are not there", async () => {
    expect(await darsena(["--cases", "many"])).toMatchObject({ code: 2, err: expect.stringContaining("--cases is a whole number") });
    expect(await darsena(["--faults", "gremlins"])).toMatchObject({ code: 2, err: expect.stringContaining("no fault gremlins") });
    expect(await darsena(["--service", "no-such"])).toMatchObject({ code: 2, err: expect.stringContaining('no service "no-such"') });
  });
});

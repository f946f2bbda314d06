import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { program, runProgram } from "./program.ts";

let cwd: string;
const put = (file: string, text: string) => {
  mkdirSync(dirname(join(cwd, file)), { recursive: true });
  writeFileSync(join(cwd, file), text);
};

const service = readFileSync("test/services/small-request.yaml", "utf8");
const scenarios = (expected: string) => `darsena: 1
service: small-request
municipality: prova
request: { applicant: "@person" }
scenarios:
  - name: granted
    timeline:
      - after: P3D
      - decide: "yes"
    expect: ${expected}
`;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "darsena-try-"));
  put("municipalities/prova.yaml", readFileSync("test/municipalities/prova.yaml", "utf8"));
  put("services/trial/small-request.yaml", service);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function tried(...args: string[]) {
  const texts = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof texts) =>
    new Writable({
      write: (chunk, _encoding, done) => {
        texts[name] += String(chunk);
        done();
      },
    });
  const deps = { stdin: Readable.from([]), stdout: sink("stdout"), stderr: sink("stderr"), env: {}, cwd };
  const code = await runProgram(program(deps), ["try", ...args], deps);
  return { code, ...texts };
}

describe("darsena try", () => {
  test("tells what happened, and ends with 0 when all is as expected", async () => {
    put("services/trial/small-request.scenarios.yaml", scenarios("{ outcome: granted, effects: { protocol.register: 1 } }"));
    const { code, stdout } = await tried("small-request");
    expect(code).toBe(0);
    expect(stdout).toMatch(/✔ granted .*granted after 3 days/);
    expect(stdout).toMatch(/⇄ {2}registration +protocol\.register: done/);
    expect(stdout).toMatch(/… {2}choice +office: waiting for the decision of Back office/);
    expect(stdout).toMatch(/small-request: 1 passed in \d+ ms, seed 1/);
  });

  test("names the place of what is not as expected, and ends with 1", async () => {
    put("services/trial/small-request.scenarios.yaml", scenarios("{ outcome: refused, effects: {} }"));
    const { code, stdout } = await tried("small-request", "--quiet");
    expect(code).toBe(1);
    expect(stdout).toContain("services/trial/small-request.scenarios.yaml:10:24  outcome\n    expected  refused\n    found     granted");
    expect(stdout).toContain("effects of protocol.register\n    expected  0\n    found     1");
    const json = JSON.parse((await tried("small-request", "--json")).stdout) as { failed: number; scenarios: { differences: unknown[] }[] };
    expect(json).toMatchObject({
      failed: 1,
      scenarios: [{ differences: [{ line: 10, column: 24, expected: "refused", found: "granted" }, {}] }],
    });
  });

  test("stops where the case does not wait for the act, and says what it waits for", async () => {
    put("services/trial/small-request.scenarios.yaml", scenarios("{ outcome: granted }").replace('decide: "yes"', "answer: correction"));
    const { code, stdout } = await tried("small-request");
    expect(code).toBe(1);
    expect(stdout).toContain(':9:17  the case does not wait for "correction"\n    expected  correction\n    found     decision (choice.1)');
  });

  test("names the place of a mistake in the file itself", async () => {
    put("services/trial/small-request.scenarios.yaml", scenarios("{ outcome: grunted }").replace("after: P3D", "after: soon"));
    const { code, stdout } = await tried("small-request");
    expect(code).toBe(1);
    expect(stdout).toMatch(/small-request\.scenarios\.yaml:8:\d+ {2}scenarios\.0\.timeline\.0\.after: is not a duration/);
    expect(stdout).toMatch(/small-request\.scenarios\.yaml:10:\d+ {2}scenarios\.0\.expect\.outcome: /);
  });

  test("names the place of a sample that there is not, and of a request that does not fit", async () => {
    put("services/trial/small-request.scenarios.yaml", scenarios("{}").replace('"@person"', '"@nobody"'));
    expect((await tried("small-request")).stdout).toContain('there is no sample "@nobody"; there are @person');
    put("services/trial/small-request.scenarios.yaml", scenarios("{}").replace('"@person"', "7"));
    expect((await tried("small-request")).stdout).toMatch(/scenarios\.yaml:4:\d+ {2}the request is refused \(INVALID_REQUEST\): applicant/);
  });

  test("tells of a service that there is not, and of scenarios that are missing", async () => {
    expect((await tried("none")).stdout).toContain('there is no service "none"');
    expect((await tried("small-request")).stdout).toContain("small-request has no scenarios: write this file");
    put("services/trial/small-request.scenarios.yaml", scenarios("{}"));
    expect(await tried("small-request", "--scenario", "other")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there are granted"),
    });
  });
});

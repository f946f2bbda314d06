import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Readable, Writable } from "node:stream";
import { type CommandDeps, program, runProgram } from "../../client/cli/program.ts";
import type { Simulator } from "../../connectors/simulator.ts";
import { municipalXmlSimulator, sampleTaxpayers } from "../../connectors/tax/municipal-xml/simulator.ts";
import { addConnectorCheck } from "./check-command.ts";
import { addConnectorTry } from "./try-command.ts";

const settings = { DARSENA_TAX_USER: "darsena", DARSENA_TAX_PASSWORD: "tax-test-password", DARSENA_TAX_MUNICIPALITY: "F205" };
let simulator: Simulator;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  simulator = await municipalXmlSimulator();
  env = { ...settings, DARSENA_TAX_BASE_URL: simulator.url };
});
afterAll(() => simulator.close());

const sink = () => {
  let text = "";
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void (text += String(chunk))) });
  return Object.assign(stream, { text: () => text });
};

/** Runs `darsena connector` with this on stdin. */
async function connector(argv: string[], input: object = {}, given: NodeJS.ProcessEnv = env) {
  const [stdout, stderr] = [sink(), sink()];
  const deps: CommandDeps = { stdin: Readable.from([Buffer.from(JSON.stringify(input))]), stdout, stderr, env: given, cwd: "/" };
  const darsena = program(deps);
  const group = darsena.commands.find((one) => one.name() === "connector");
  if (!group) throw new Error("no darsena connector");
  addConnectorTry(group, deps);
  addConnectorCheck(group, deps);
  const code = await runProgram(darsena, ["connector", ...argv], deps);
  return { code, out: stdout.text(), err: stderr.text() };
}

const withFines = { taxCode: sampleTaxpayers.withFines };

describe("darsena connector try", () => {
  test("shows request, answer, times and outcome, and no value", async () => {
    const { code, out } = await connector(["try", "tax.openFines", "--input", "-"], withFines);
    expect(code).toBe(0);
    expect(out).toContain("→ POST http://127.0.0.1");
    expect(out).toContain("<CodiceFiscale>XXXXXX99X99X999X</CodiceFiscale>");
    expect(out).toMatch(/← 200 after \d+ ms/);
    expect(out).toMatch(/tax\.openFines by municipal-xml: done in \d+ ms/);
    expect([sampleTaxpayers.withFines, "tax-test-password", "0000471101"].filter((value) => out.includes(value))).toEqual([]);
  });

  test("shows values when it is told to, and never credentials", async () => {
    const { out } = await connector(["try", "tax.openFines", "--input", "-", "--values"], withFines);
    expect(out).toContain(sampleTaxpayers.withFines);
    expect(out).toContain('"reference": "0000471101"');
    expect(out).not.toContain("tax-test-password");
  });

  test("says what a refusal and a wrong setting mean, with exit code 1", async () => {
    simulator.inject({ kind: "reject", code: "010" });
    const refused = await connector(["try", "tax.openFines", "--input", "-"], withFines);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.out).toContain("rejected (UNKNOWN_TAXPAYER)");
    const wrong = await connector(["try", "tax.openFines", "--input", "-", "--json"], withFines, { ...env, DARSENA_TAX_PASSWORD: "other" });
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject({
      outcome: { kind: "misconfigured", code: "TAX_100" },
      exchanges: [{ answer: { status: 200 } }],
    });
  });

  test("starts the system's own simulator when it is told to", async () => {
    const { code, out } = await connector(["try", "tax.openFines", "--input", "-", "--simulated", "--json"], withFines, {});
    expect({ code, kind: (JSON.parse(out) as { outcome: { kind: string } }).outcome.kind }).toEqual({ code: 0, kind: "done" });
  });

  test.each([
    [["try", "tax.nothing", "--input", "-"], {}, "there is no operation tax.nothing"],
    [["try", "tax.openFines", "--input", "-"], { taxCode: "X" }, "taxCode: is not a tax code"],
    [
      ["try", "messages.send", "--input", "-"],
      { to: sampleTaxpayers.withFines, subject: "A subject of a message", markdown: "x".repeat(90) },
      "give --simulated, or --send",
    ],
  ])("%j is wrong usage", async (argv, input, said) => {
    const { code, err } = await connector(argv, input);
    expect({ code, said: err.includes(said) ? said : err }).toEqual({ code: 2, said });
  });

  test("a setting that is missing is named, and nothing is called", async () => {
    const { code, err } = await connector(["try", "tax.openFines", "--input", "-"], withFines, settings);
    expect(code).toBe(2);
    expect(err).toContain("DARSENA_TAX_BASE_URL");
  });
});

describe("darsena connector check", () => {
  test("all is right: settings, reachability, one read", async () => {
    const { code, out } = await connector(["check", "tax", "--read", "openFines", "--input", "-"], withFines);
    expect(code).toBe(0);
    expect(out).toMatch(/^right {2,}settings/m);
    expect(out).toMatch(/^right {2,}127\.0\.0\.1:\d+ +reachable in/m);
    expect(out).toMatch(/^right {2,}tax\.openFines +answered in/m);
  });

  test("without an input the read is not tried", async () => {
    const { code, out } = await connector(["check", "tax"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^not tried {2,}one read +give --read \(openFines\) and --input/m);
  });

  test("missing settings, a closed port and refused credentials are wrong", async () => {
    const missing = await connector(["check", "tax"], {}, {});
    expect(missing.code).toBe(1);
    expect(missing.out.split("\n").filter((line) => line.startsWith("wrong  DARSENA_TAX_"))).toHaveLength(4);
    const away = await connector(["check", "tax"], {}, { ...env, DARSENA_TAX_BASE_URL: "http://127.0.0.1:1" });
    expect(away).toMatchObject({ code: 1 });
    expect(away.out).toContain("no connection (ECONNREFUSED)");
    const refused = await connector(["check", "tax", "--read", "openFines", "--input", "-"], withFines, {
      ...env,
      DARSENA_TAX_PASSWORD: "other",
    });
    expect(refused.code).toBe(1);
    expect(refused.out).toContain("misconfigured (TAX_100)");
  });
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { type CommandDeps, program, runProgram } from "../../client/cli/program.ts";
import type { Simulator } from "../../connectors/simulator.ts";
import { municipalXmlSimulator, sampleTaxpayers } from "../../connectors/tax/municipal-xml/simulator.ts";
import { addConnectorCheck, certificatesIn } from "./check-command.ts";
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

describe("certificates in settings", () => {
  /** Self-signed, without a key; one ended in the past, one ends in a hundred years. */
  const expired = `-----BEGIN CERTIFICATE-----
MIIBHTCBxQIUPemw15mePhu380wX9ELifuv8728wCgYIKoZIzj0EAwIwEjEQMA4G
A1UEAwwHZml4dHVyZTAeFw0yNjExMjMwMDUzMTRaFw0yNjExMjIwMDUzMTRaMBIx
EDAOBgNVBAMMB2ZpeHR1cmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQc+wnb
OJa1Dx49NdXLO5BnAb21WZ0v2rNrgesH3sNJdx3iwbzSkeejTEYhqPPjThUhwdwl
AL9f9WUka2dXBeQhMAoGCCqGSM49BAMCA0cAMEQCIGr96jvIaSKAo6zhBpVfl+kg
VvnuOkntHWpqwoJBmEKeAiBqvzhdDkm+QYsXDfpN7Ue4fFd+5upNuZz2YPLbI5V2
lQ==
-----END CERTIFICATE-----`;
  const lasting = `-----BEGIN CERTIFICATE-----
MIIBfDCCASGgAwIBAgIUOtaJENkQwjdzL1rb7C1w78YcixEwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZml4dHVyZTAgFw0yNjExMjMwMDUzMTNaGA8yMTI2MTAzMDAw
NTMxM1owEjEQMA4GA1UEAwwHZml4dHVyZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABKA4nIXzN02lZfu3z5jv3v9eB/2ESxc8poittd1llUwIuA7AEAoad2C7dzAz
QOeqTm7NARdRaY7qI2nLfoMsyCejUzBRMB0GA1UdDgQWBBQyOzN67314eR8niXAQ
EzvYJNzSdTAfBgNVHSMEGDAWgBQyOzN67314eR8niXAQEzvYJNzSdTAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD6DhX9Lz4ZrsqGLv26zT9TojYF
zx7dLgobxtaziXJI3AIhAJyhNY49TBFIXC++TjAAwuvNd96l2ngwG6KrACCebF3f
-----END CERTIFICATE-----`;

  test("are read from PEM, or from the file that a setting names, with the day of their end", () => {
    const file = join(mkdtempSync(join(tmpdir(), "darsena-pem-")), "client.pem");
    writeFileSync(file, lasting);
    const found = certificatesIn({ certificate: expired, clientCertificateFile: file, password: "no certificate", other: 7 });
    expect(found).toEqual([
      { what: "certificate (certificate)", state: "wrong", said: expect.stringMatching(/^expired on \d{4}-\d\d-\d\d$/) },
      {
        what: "certificate (clientCertificateFile)",
        state: "right",
        said: expect.stringMatching(/^expires on 2[12]\d\d-\d\d-\d\d, in \d+ days$/),
      },
    ]);
  });
});

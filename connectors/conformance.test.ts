/** The suite itself, on adapters that are broken on purpose: run by a jest of its own, since its tests must fail. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executorStage } from "../activities/testing.ts";
import type { Adapter, CallContext } from "./adapter.ts";
import { conforms } from "./conformance.ts";
import { CallFailure, notSent, rejected } from "./failure.ts";
import { appIo } from "./messages/app-io/adapter.ts";
import { appIoSimulator } from "./messages/app-io/simulator.ts";
import { checkCharacter } from "./tax-code.ts";

const VARIABLE = "DARSENA_TEST_BROKEN_ADAPTERS";
const to = `NVNNCL80A13Z999${checkCharacter("NVNNCL80A13Z999")}`;
const input = { to, subject: "La sua pratica è conclusa", markdown: "Un messaggio di prova. ".repeat(5) };

type Run = (input: never, context: CallContext<unknown>) => Promise<unknown>;
type Effect = CallContext<unknown>["effect"];

/** App IO's adapter with its one operation changed. */
const changed = (change: (run: Run) => Run): Adapter => ({
  ...appIo,
  operations: { send: change(appIo.operations["send"] as Run) as Adapter["operations"][string] },
});
const withEffect = (change: (effect: Effect) => Effect) =>
  changed((run) => (given, context) => run(given, { ...context, effect: change(context.effect) }));
const failing = (change: (failure: CallFailure) => CallFailure) =>
  changed((run) => async (given, context) => {
    try {
      return await run(given, context);
    } catch (error) {
      throw error instanceof CallFailure ? change(error) : error;
    }
  });

/** Each broken adapter, and the test that must say so. */
const broken: Record<string, { adapter: Adapter; found: RegExp }> = {
  "sends without an intent": { adapter: withEffect(() => (send) => send()), found: /gives what the contract promises/ },
  "sends twice by itself": {
    adapter: withEffect((effect) => (send) => effect(() => send().catch(() => send()))),
    found: /an answer that is lost after the effect/,
  },
  "takes a doubt for not sent": {
    adapter: withEffect(
      (effect) => (send) =>
        effect(() =>
          send().catch((error: CallFailure) => {
            throw error.kind === "unknown" ? notSent(error.detail.code, error.message) : error;
          }),
        ),
    ),
    found: /an answer that is lost after the effect/,
  },
  "takes refused credentials for a refusal": {
    adapter: failing((failure) => (failure.kind === "misconfigured" ? rejected("BAD_MESSAGE", failure.message) : failure)),
    found: /credentials that are refused/,
  },
  "shows the receiver": {
    adapter: failing(({ kind, message, detail }) => new CallFailure(kind, `${message} (${to})`, detail)),
    found: /refused with NOT_REACHABLE/,
  },
};

const describeAll = () => {
  for (const [variant, { adapter }] of [["as shipped", { adapter: appIo }] as const, ...Object.entries(broken)])
    conforms(
      {
        adapter,
        variant,
        simulator: () => appIoSimulator(),
        settings: (baseUrl) => ({ baseUrl, subscriptionKey: "io-test-key" }),
        secrets: [to],
        operations: {
          send: {
            input,
            request: "message",
            rejections: { NOT_REACHABLE: { act: ({ simulator }) => simulator.control("setReachable", { taxCode: to, reachable: false }) } },
            undeclared: { code: "BAD_MESSAGE", fault: { kind: "reject" } },
          },
        },
      },
      executorStage,
    );
};

interface Report {
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

/** Runs this file in a jest of its own, with the tests that the adapters above are made for. */
async function runBroken(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "darsena-conformance-"));
  const outputFile = join(folder, "report.json");
  const jest = join(import.meta.dirname, "../node_modules/jest/bin/jest.js");
  const names = Object.values(broken).map(({ found }) => found.source);
  const options = ["--runTestsByPath", import.meta.filename, "-t", `(${names.join("|")})`, "--json", "--outputFile", outputFile];
  const env = { ...process.env, [VARIABLE]: "1", NODE_OPTIONS: "--experimental-vm-modules" };
  await new Promise((resolve) => void execFile(process.execPath, [jest, ...options], { env, maxBuffer: 50_000_000 }, resolve));
  const report = JSON.parse(readFileSync(outputFile, "utf8")) as Report;
  rmSync(folder, { recursive: true });
  return report;
}

if (process.env[VARIABLE] !== undefined) describeAll();
else
  describe("the conformance suite", () => {
    let ran: { fullName: string; status: string }[] = [];
    const failed = (variant: string) =>
      ran.filter(({ fullName, status }) => status === "failed" && fullName.includes(`(${variant})`)).map(({ fullName }) => fullName);
    beforeAll(async () => {
      ran = (await runBroken()).testResults.flatMap(({ assertionResults }) => assertionResults);
    }, 120_000);

    test("finds nothing wrong with the adapter as it is shipped", () => {
      expect(ran.filter(({ fullName, status }) => status === "passed" && fullName.includes("(as shipped)")).length).toBeGreaterThan(3);
      expect(failed("as shipped")).toEqual([]);
    });

    test.each(Object.entries(broken))("finds an adapter that %s", (variant, { found }) => {
      expect(failed(variant)).toContainEqual(expect.stringMatching(found));
    });
  });

/** Contract of the project; not the interface of any real system. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Fault, Simulator } from "../../simulator.ts";
import { onTrial, type Trial, type TrialRun } from "../../trial.ts";
import { municipalXml } from "./adapter.ts";
import { municipalXmlSimulator, sampleTaxpayers } from "./simulator.ts";

const settings = { user: "darsena", password: "tax-test-password", municipality: "F205" };
const { withFines, withoutFines } = sampleTaxpayers;

let simulator: Simulator;
let run: TrialRun;
beforeEach(async () => {
  simulator = await municipalXmlSimulator();
  run = onTrial(municipalXml, { ...settings, baseUrl: simulator.url });
});
afterEach(() => simulator.close());

const ask = (taxCode: string = withFines, options = {}) => run.call("openFines", { taxCode }, options);
const verdict = ({ failure, output }: Trial) => (failure ? `${failure.kind} ${failure.detail.code}` : output);

describe("openFines", () => {
  test("reads fines with their sums and days, and none as an empty list", async () => {
    const items = [
      { reference: "0000471101", date: "2025-03-05", amount: 123_456, plate: "AB123CD" },
      { reference: "0000471102", date: "2025-11-30", amount: 4_200 },
    ];
    expect(verdict(await ask())).toEqual({ items, total: 127_656 });
    expect(verdict(await ask(withoutFines))).toEqual({ items: [], total: 0 });
  });

  test("reads the fines that the control gives somebody, and takes them away again", async () => {
    const fines = [{ reference: "0000000042", date: "2026-01-31", amount: 100_000_000, description: "Città" }];
    await simulator.control("setFines", { taxCode: withoutFines, fines });
    const items = [{ reference: "0000000042", date: "2026-01-31", amount: 100_000_000 }];
    expect(verdict(await ask(withoutFines))).toEqual({ items, total: 100_000_000 });
    await simulator.control("setFines", { taxCode: withoutFines, fines: [] });
    expect(verdict(await ask(withoutFines))).toEqual({ items: [], total: 0 });
  });

  test("marks nothing as an effect", async () => {
    expect((await ask()).effects).toBe(0);
    expect(simulator.ledger()).toEqual([]);
  });

  test.each<[string, Fault, string]>([
    ["an unknown taxpayer", { kind: "reject" }, "rejected UNKNOWN_TAXPAYER"],
    ["another business error", { kind: "reject", code: "900" }, "rejected TAX_900"],
    ["a busy system", { kind: "reject", code: "050" }, "not-sent BUSY"],
    ["refused credentials", { kind: "unauthorized" }, "misconfigured TAX_100"],
    ["a system that is down", { kind: "unavailable" }, "not-sent HTTP_503"],
    ["a cut", { kind: "cut-before" }, "unknown RESET"],
    ["a lost answer", { kind: "answer-lost" }, "unknown RESET"],
    ["a held answer", { kind: "answer-held" }, "unknown DEADLINE"],
    ["a proxy's page", { kind: "html" }, "contract-broken NOT_XML"],
    ["garbage", { kind: "garbage" }, "contract-broken MALFORMED"],
  ])("%s is told apart, and the next call goes well", async (_, fault, expected) => {
    simulator.inject(fault);
    expect(verdict(await ask(withoutFines, { deadlineMs: 300 }))).toBe(expected);
    expect(verdict(await ask(withoutFines))).toEqual({ items: [], total: 0 });
  });

  test("nobody knows the taxpayer until the control says otherwise", async () => {
    await simulator.control("setUnknown", { taxCode: withFines });
    expect(verdict(await ask())).toBe("rejected UNKNOWN_TAXPAYER");
    await simulator.control("setUnknown", { taxCode: withFines, unknown: false });
    expect(verdict(await ask())).toMatchObject({ total: 127_656 });
  });

  test("a changed password is misconfigured", async () => {
    await simulator.control("setPassword", { password: "città" });
    expect(verdict(await ask())).toBe("misconfigured TAX_100");
    const right = onTrial(municipalXml, { ...settings, password: "città", baseUrl: simulator.url });
    expect(verdict(await right.call("openFines", { taxCode: withoutFines }))).toEqual({ items: [], total: 0 });
  });

  test("twenty calls at the same time each get their own answer", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index % 2 ? withFines : withoutFines)));
    expect(results.map(({ output }) => (output as { total: number }).total)).toEqual(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? 127_656 : 0)),
    );
  });
});

test("a setting that is missing or wrong is named", () => {
  const { error } = municipalXml.config.safeParse({ baseUrl: "not a url", user: "u", municipality: "Milano" });
  expect(error?.issues.map(({ path }) => path[0]).toSorted()).toEqual(["baseUrl", "municipality", "password"]);
});

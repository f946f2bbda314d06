import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import type { Simulator } from "../../simulator.ts";
import { checkCharacter } from "../../tax-code.ts";
import { simulatedClient } from "../../transport/pdnd/simulated-client.ts";
import { onTrial } from "../../trial.ts";
import { inad } from "./adapter.ts";
import { inadSimulator } from "./simulator.ts";

const firstFifteen = "NVNNCL80A13Z999";
const taxCode = `${firstFifteen}${checkCharacter(firstFifteen)}`;
const settings = (baseUrl: string) => ({ ...simulatedClient, baseUrl, tokenUrl: `${baseUrl}/token.oauth2` });

/** Vouchers for the golden cases: assertions are never twice the same, so they are not recorded. */
let authority: Simulator;
beforeAll(async () => {
  authority = await inadSimulator();
});
afterAll(() => authority.close());

conforms(
  {
    adapter: inad,
    simulator: () => inadSimulator(),
    settings,
    secrets: [taxCode, simulatedClient.privateKey.slice(100, 140), "eyJ", "pec.example.it"],
    operations: {
      findDomicile: {
        input: { taxCode },
        request: "extract",
        rejections: { NO_DOMICILE: { act: ({ simulator }) => simulator.control("setDomicile", { taxCode }) } },
        undeclared: { code: "BAD_REQUEST", fault: { kind: "reject" } },
        misconfigured: {
          spoil: ({ simulator }) => simulator.control("setActive", { active: false }),
          mend: ({ simulator }) => simulator.control("setActive", { active: true }),
        },
      },
    },
    golden: {
      folder: join(import.meta.dirname, "golden"),
      settings: (url) => ({ ...settings(url), tokenUrl: `${authority.url}/token.oauth2` }),
    },
  },
  executorStage,
);

describe("INAD and its authorisation server", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await inadSimulator();
  });
  afterAll(() => simulator.close());

  test("a voucher that expired is renewed, unseen; credentials that stay refused are misconfigured", async () => {
    const run = onTrial(inad, settings(simulator.url));
    expect((await run.call("findDomicile", { taxCode })).failure).toBeUndefined();
    simulator.inject({ kind: "unauthorized", operation: "extract" });
    expect((await run.call("findDomicile", { taxCode })).failure).toBeUndefined();
    simulator.inject({ kind: "unauthorized", operation: "extract", times: 2 });
    expect((await run.call("findDomicile", { taxCode })).failure).toMatchObject({ kind: "misconfigured", detail: { code: "HTTP_401" } });
  });

  test("an authorisation server that is away means not sent, even of a read", async () => {
    const run = onTrial(inad, settings(simulator.url));
    const asked = simulator.requests().filter((one) => one === "extract").length;
    simulator.inject({ kind: "cut-before", operation: "token" });
    expect((await run.call("findDomicile", { taxCode })).failure).toMatchObject({ kind: "not-sent", detail: { code: "VOUCHER_RESET" } });
    expect(simulator.requests().filter((one) => one === "extract")).toHaveLength(asked);
  });

  test.each([
    ["QUOTA", "not-sent HTTP_429"],
    ["FORBIDDEN", "misconfigured HTTP_403"],
    ["SERVER_ERROR", "unknown HTTP_500"],
  ])("the refusal %s is told apart", async (code, expected) => {
    simulator.inject({ kind: "reject", code, operation: "extract" });
    const { failure } = await onTrial(inad, settings(simulator.url)).call("findDomicile", { taxCode });
    expect(`${failure?.kind} ${failure?.detail.code}`).toBe(expected);
  });
});

/** What we send, and what the simulator answers, against pagoPA's own OpenAPI file; `DARSENA_CONTRACTS` names the folder that holds it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Simulator } from "../../simulator.ts";
import { gpdSimulator } from "./simulator.ts";

const contracts = process.env["DARSENA_CONTRACTS"] ?? join(import.meta.dirname, "../../../../shared/contracts");
const file = join(contracts, "pagopa-rest/openapi_external_v3.json");
const present = existsSync(file);
if (!present && process.env["DARSENA_REQUIRE"] === "all") throw new Error("GPD's OpenAPI file is missing: set DARSENA_CONTRACTS");
if (!present) process.stderr.write("skipped: GPD's requests against its OpenAPI file, because DARSENA_CONTRACTS does not hold it\n");

/** Checks a value by a schema of the file; the formats are told by their patterns in the golden cases. */
function problemsOf(schema: string, value: unknown): unknown[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(JSON.parse(readFileSync(file, "utf8")) as object, "gpd");
  ajv.validate(`gpd#/components/schemas/${schema}`, value);
  return ajv.errors ?? [];
}

const golden = join(import.meta.dirname, "golden");
const sent = readdirSync(golden).filter((name) => /^create-.*\.1\.request\.json$/.test(name));
const read = (name: string) =>
  JSON.parse(readFileSync(join(golden, name), "utf8")) as { paymentOption: { installments: { dueDate: string }[] }[] };

(present ? describe : describe.skip)("against GPD's OpenAPI file", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await gpdSimulator();
  });
  afterAll(() => simulator.close());

  test.each(sent)("the body of %s fits PaymentPositionModelV3", (name) => {
    expect(problemsOf("PaymentPositionModelV3", read(name))).toEqual([]);
  });

  test("a body without the debtor's name, or with an amount in euros, would be found", () => {
    const body = JSON.parse(
      JSON.stringify(read("create-person.1.request.json"))
        .replace(/"fullName":"[^"]*",/, "")
        .replaceAll("123456", "1234.56"),
    );
    expect(problemsOf("PaymentPositionModelV3", body).length).toBeGreaterThan(1);
  });

  test("the simulator's answers fit its schemas too", async () => {
    const body = read("create-person.1.request.json");
    for (const option of body.paymentOption)
      for (const one of option.installments) one.dueDate = `${new Date().getUTCFullYear() + 1}-06-30T21:59:59.000Z`;
    const headers = { "content-type": "application/json", "ocp-apim-subscription-key": "gpd-test-key" };
    const url = `${simulator.url}/organizations/80012345678/debtpositions`;
    const post = () => fetch(`${url}?toPublish=true`, { method: "POST", headers, body: JSON.stringify(body) });
    const created = await post();
    expect(created.status).toBe(201);
    const position = (await created.json()) as { iupd: string };
    expect(problemsOf("PaymentPositionModelV3", position)).toEqual([]);
    const shown = await fetch(`${url}/${position.iupd}`, { headers });
    expect(problemsOf("PaymentPositionModelResponseV3", await shown.json())).toEqual([]);
    const twice = await post();
    expect([twice.status, problemsOf("ProblemJson", await twice.json())]).toEqual([409, []]);
  });
});

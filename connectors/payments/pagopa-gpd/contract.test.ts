/**
 * What we send against our own schema of it, always, and against pagoPA's OpenAPI file where the folder `DARSENA_CONTRACTS` holds it;
 * there the simulator's answers are checked too.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Simulator } from "../../simulator.ts";
import { gpdSimulator } from "./simulator.ts";

const here = import.meta.dirname;
const contracts = process.env["DARSENA_CONTRACTS"] ?? join(here, "../../../../shared/contracts");
const openApi = join(contracts, "pagopa-rest/openapi_external_v3.json");
const present = existsSync(openApi);
if (!present)
  process.stderr.write("not checked: GPD's messages against pagoPA's OpenAPI file, because DARSENA_CONTRACTS does not hold it\n");

const parsed = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

/** Dates are checked by pattern in our schema: GPD itself leaves out the zone that the format demands. */
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(parsed(join(here, "debt-position.schema.json")) as object, "ours");
if (present) ajv.addSchema(parsed(openApi) as object, "gpd");

function problemsOf(schema: string, value: unknown): unknown[] {
  ajv.validate(schema, value);
  return ajv.errors ?? [];
}
const official = (name: string) => `gpd#/components/schemas/${name}`;
const request = ["ours", ...(present ? [official("PaymentPositionModelV3")] : [])];

interface Body {
  iupd: string;
  paymentOption: { installments: { dueDate: string }[] }[];
}
const golden = join(here, "golden");
const sent = readdirSync(golden).filter((name) => /^create-.*\.1\.request\.json$/.test(name));
const read = (name: string) => parsed(join(golden, name)) as Body;

describe.each(request)("by the schema %s", (schema) => {
  test.each(sent)("the body of %s is right", (name) => {
    expect(problemsOf(schema, read(name))).toEqual([]);
  });

  test("a body without the debtor's name, or with an amount in euros, would be found", () => {
    const text = JSON.stringify(read("create-person.1.request.json"));
    expect(problemsOf(schema, JSON.parse(text.replace(/"fullName":"[^"]*",/, "")))).toMatchObject([{ keyword: "required" }]);
    expect(problemsOf(schema, JSON.parse(text.replace('"amount":123456', '"amount":1234.56')))).toMatchObject([{ keyword: "type" }]);
  });
});

describe("the simulator", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await gpdSimulator();
  });
  afterAll(() => simulator.close());

  test("answers what we sent as pagoPA's file says", async () => {
    const body = read("create-person.1.request.json");
    for (const option of body.paymentOption)
      for (const one of option.installments) one.dueDate = `${new Date().getUTCFullYear() + 1}-06-30T21:59:59.000Z`;
    const headers = { "content-type": "application/json", "ocp-apim-subscription-key": "gpd-test-key" };
    const url = `${simulator.url}/organizations/80012345678/debtpositions`;
    const post = () => fetch(`${url}?toPublish=true`, { method: "POST", headers, body: JSON.stringify(body) });
    const answers = [await post(), await fetch(`${url}/${body.iupd}`, { headers }), await post()];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 409]);
    if (!present) return;
    for (const [index, schema] of ["PaymentPositionModelV3", "PaymentPositionModelResponseV3", "ProblemJson"].entries())
      expect(problemsOf(official(schema), await answers[index]?.json())).toEqual([]);
  });
});

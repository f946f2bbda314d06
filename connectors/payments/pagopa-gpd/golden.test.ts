import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { goldenCases, runGolden } from "../../golden.ts";
import { memoryPorts } from "../../trial.ts";
import { pagopaGpd } from "./adapter.ts";

const folder = join(import.meta.dirname, "golden");
const settings = (baseUrl: string) => ({
  baseUrl,
  subscriptionKey: "gpd-test-key",
  organisation: "80012345678",
  segregation: "47",
  companyName: "Comune di Prova",
  iban: "IT60X0542811101000000123456",
  category: "9/0101108TS/",
});

describe("GPD's golden cases", () => {
  test.each(goldenCases(folder))("%s", async (name) => {
    const { expected, actual } = await runGolden(name, { adapter: pagopaGpd, folder, settings, ports: memoryPorts() });
    expect(actual).toEqual(expected);
  });
});

import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { goldenCases, runGolden } from "../../golden.ts";
import { memoryPorts } from "../../trial.ts";
import { pagopaGpd } from "./adapter.ts";
import { settings } from "./samples.ts";

const folder = join(import.meta.dirname, "golden");
describe("GPD's golden cases", () => {
  test.each(goldenCases(folder))("%s", async (name) => {
    const { expected, actual } = await runGolden(name, {
      adapter: pagopaGpd,
      folder,
      settings: (baseUrl) => ({ ...settings, baseUrl }),
      ports: memoryPorts(),
    });
    expect(actual).toEqual(expected);
  });
});

import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { goldenCases, runGolden } from "../../golden.ts";
import { memoryPorts } from "../../trial.ts";
import { appIo } from "./adapter.ts";

const folder = join(import.meta.dirname, "golden");
const settings = (baseUrl: string) => ({ baseUrl, subscriptionKey: "io-test-key" });

describe("the golden cases of app IO", () => {
  test.each(goldenCases(folder))("%s", async (name) => {
    const { expected, actual } = await runGolden(name, { adapter: appIo, folder, settings, ports: memoryPorts() });
    expect(actual).toEqual(expected);
  });
});

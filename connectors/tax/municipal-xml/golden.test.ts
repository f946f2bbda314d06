/** Contract of the project; not the interface of any real system. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { goldenCases, runGolden } from "../../golden.ts";
import { memoryPorts } from "../../trial.ts";
import { municipalXml } from "./adapter.ts";

const folder = join(import.meta.dirname, "golden");
const settings = (baseUrl: string) => ({ baseUrl, user: "darsena", password: "perché-no", municipality: "F205" });

describe("the golden cases of the municipal tax system", () => {
  test.each(goldenCases(folder))("%s", async (name) => {
    const { expected, actual } = await runGolden(name, { adapter: municipalXml, folder, settings, ports: memoryPorts() });
    expect(actual).toEqual(expected);
  });
});

import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { goldenCases, runGolden } from "../../golden.ts";
import { docarea } from "./adapter.ts";
import { ports, settings } from "./fixtures.ts";

const folder = join(import.meta.dirname, "golden");

/** The dialect is the first word of a case's name. */
test.each(goldenCases(folder))("%s: requests and result are those recorded", async (name) => {
  const own = { dialect: name.split("-")[0], acceptSignatureWarning: name.includes("signature-warning") };
  const { expected, actual } = await runGolden(name, { adapter: docarea, folder, ports, settings: (endpoint) => settings(endpoint, own) });
  expect(actual).toEqual(expected);
});

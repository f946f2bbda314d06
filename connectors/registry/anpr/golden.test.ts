import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { goldenCases, runGolden } from "../../golden.ts";
import { memorySender } from "../../memory-sender.ts";
import { memoryPorts } from "../../trial.ts";
import { anpr } from "./adapter.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "golden");

test.each(goldenCases(folder))("golden case %s", async (name) => {
  const { expected, actual } = await runGolden(name, {
    adapter: anpr,
    folder,
    settings: (endpoint) => ({
      endpoint,
      municipality: "015146",
      mode: "PRE_SUB",
      requestedData: "1,2",
      errorCodes: { EN900: "NOT_FOUND" },
      officerFamilyName: "ESEMPIO",
      officerGivenName: "ANNA",
    }),
    // Half past midnight in Rome: the day of the request is the civil one.
    ports: { ...memoryPorts(), orderedSender: memorySender(1_041n), now: () => new Date("2026-11-21T23:30:00Z") },
  });
  expect(actual).toEqual(expected);
});

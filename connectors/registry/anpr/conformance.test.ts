import { join } from "node:path";
import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { memoryPorts } from "../../trial.ts";
import { anpr } from "./adapter.ts";
import { memoryOrderedSender } from "./fixtures/ordered-sender.ts";
import { SAMPLE } from "./sample-people.ts";
import { anprSimulator } from "./simulator.ts";

const settings = (endpoint: string) => ({ endpoint, municipality: "015146", mode: "TEST" });
const golden = (endpoint: string) => ({
  ...settings(endpoint),
  mode: "PRE_SUB",
  requestedData: "1,2",
  errorCodes: { EN900: "NOT_FOUND" },
});
const asking = (taxCode: string) => ({ input: () => ({ taxCode }) });

conforms(
  {
    adapter: anpr,
    simulator: () => anprSimulator(),
    settings,
    secrets: [SAMPLE.resident, SAMPLE.nonResident, SAMPLE.unknown, SAMPLE.deceased],
    operations: {
      findResident: {
        input: { taxCode: SAMPLE.resident },
        request: "3002",
        rejections: { NOT_RESIDENT: asking(SAMPLE.nonResident), NOT_FOUND: asking(SAMPLE.unknown), DECEASED: asking(SAMPLE.deceased) },
        undeclared: { code: "EN465", fault: { kind: "reject", code: "EN465" } },
      },
    },
    golden: {
      folder: join(import.meta.dirname, "golden"),
      settings: golden,
      // Half past midnight in Rome: the day of the request is the civil one.
      ports: () => ({ ...memoryPorts(), orderedSender: memoryOrderedSender(1_041n), now: () => new Date("2026-11-21T23:30:00Z") }),
    },
  },
  executorStage,
);

import { join } from "node:path";
import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { memorySender } from "../../memory-sender.ts";
import { memoryPorts } from "../../trial.ts";
import { anpr } from "./adapter.ts";
import { SIMULATOR_MEANINGS } from "./error-codes.ts";
import { MILAN } from "./population.ts";
import { SAMPLE } from "./sample-people.ts";
import { anprSimulator } from "./simulator.ts";

/** Each test has a simulator of its own, and therefore a municipality of its own: ids rise for each. */
let municipality = 100_000;
const settings = (endpoint: string) => ({
  endpoint,
  municipality: String(municipality),
  mode: "TEST",
  officerFamilyName: "ESEMPIO",
  officerGivenName: "ANNA",
  errorCodes: { ...SIMULATOR_MEANINGS, EN901: "NOT_RESIDENT", EN902: "DECEASED" },
});
const golden = (endpoint: string) => ({
  ...settings(endpoint),
  municipality: "015146",
  mode: "PRE_SUB",
  requestedData: "1,2",
  errorCodes: { EN900: "NOT_FOUND" },
});
const asking = (taxCode: string) => ({ input: () => ({ taxCode }) });
const refusing = (code: string) => ({ fault: { kind: "reject" as const, code } });
const people = {
  input: { taxCode: SAMPLE.resident },
  request: "3002",
  rejections: { NOT_RESIDENT: asking(SAMPLE.nonResident), NOT_FOUND: asking(SAMPLE.unknown), DECEASED: asking(SAMPLE.deceased) },
  undeclared: { code: "EN465", ...refusing("EN465") },
};
const HOUSEHOLD = "700000004711";

conforms(
  {
    adapter: anpr,
    simulator: () => anprSimulator({ town: { ...MILAN, istat: String(++municipality) } }),
    settings,
    secrets: [SAMPLE.resident, SAMPLE.nonResident, SAMPLE.unknown, SAMPLE.deceased, HOUSEHOLD, "Via dei Modelli", "INVENTATA"],
    operations: {
      findResident: people,
      findHousehold: people,
      changeAddress: {
        input: {
          household: HOUSEHOLD,
          address: { street: "Via dei Modelli", number: "7/B", postalCode: "20131", town: "Milano", province: "MI" },
          since: "2026-11-20",
        },
        request: "5005",
        rejections: { NOT_FOUND: { input: (input) => ({ ...input, household: "12" }) } },
        undeclared: { code: "EN465", ...refusing("EN465") },
      },
      issueCertificate: {
        input: {
          holder: { taxCode: SAMPLE.resident, givenName: "GIULIA", familyName: "INVENTATA" },
          kind: "residence",
          stampDuty: 1_600,
          fee: 52,
        },
        request: "6001",
        rejections: { NOT_RESIDENT: refusing("EN901"), NOT_FOUND: refusing("ENS001"), DECEASED: refusing("EN902") },
        undeclared: { code: "EN465", ...refusing("EN465") },
      },
    },
    golden: {
      folder: join(import.meta.dirname, "golden"),
      settings: golden,
      // Half past midnight in Rome: the day of the request is the civil one.
      ports: () => ({ ...memoryPorts(), orderedSender: memorySender(1_041n), now: () => new Date("2026-11-21T23:30:00Z") }),
    },
  },
  executorStage,
);

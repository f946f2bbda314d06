import { join } from "node:path";
import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { checkCharacter } from "../../tax-code.ts";
import { appIo } from "./adapter.ts";
import { appIoSimulator } from "./simulator.ts";

const firstFifteen = "NVNNCL80A13Z999";
const to = `${firstFifteen}${checkCharacter(firstFifteen)}`;
const markdown = "Il contrassegno che ha chiesto è pronto: **Niccolò Inventato** può ritirarlo allo sportello da domani.";

conforms(
  {
    adapter: appIo,
    simulator: () => appIoSimulator(),
    settings: (baseUrl) => ({ baseUrl, subscriptionKey: "io-test-key" }),
    secrets: [to, "Niccol", "io-test-key"],
    operations: {
      send: {
        input: { to, subject: "La sua pratica è conclusa", markdown },
        request: "message",
        rejections: {
          NOT_REACHABLE: { act: ({ simulator }) => simulator.control("setReachable", { taxCode: to, reachable: false }) },
        },
        undeclared: { code: "BAD_MESSAGE", fault: { kind: "reject" } },
      },
    },
    golden: { folder: join(import.meta.dirname, "golden") },
  },
  executorStage,
);

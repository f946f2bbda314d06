import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { localDocuments } from "./adapter.ts";
import { faultyStore, PUT } from "./fixtures/faulty-store.ts";

const lines = [{ label: "Intestatario", text: "Niccolò D'Invenzione" }];

conforms(
  {
    adapter: localDocuments,
    simulator: async (ports) => faultyStore(ports),
    inProcess: true,
    settings: () => ({ issuer: "Comune di Prova" }),
    secrets: ["D'Invenzione", "Đorđe"],
    operations: {
      issue: {
        input: { title: "Contrassegno", reference: "0004711/2026", lines },
        request: PUT,
        rejections: {},
        undeclared: { code: "UNPRINTABLE", input: (input) => ({ ...input, lines: [{ label: "Intestatario", text: "Đorđe" }] }) },
      },
    },
  },
  executorStage,
);

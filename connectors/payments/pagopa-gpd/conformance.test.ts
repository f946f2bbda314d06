import { join } from "node:path";
import { executorStage } from "../../../activities/testing.ts";
import type { JsonObject } from "../../json.ts";
import { conforms, type Sample } from "../../conformance.ts";
import { memoryPorts } from "../../trial.ts";
import { pagopaGpd } from "./adapter.ts";
import { debtor, input, settings } from "./samples.ts";
import { gpdSimulator } from "./simulator.ts";

/** Each key has a debt of its own. */
const aDebt: Sample["input"] = async ({ perform }) => (await perform("createDebt", input)) as JsonObject;
const iupd = ({ debt }: JsonObject) => ({ iupd: (debt as JsonObject)["id"] as string });

conforms(
  {
    adapter: pagopaGpd,
    simulator: () => gpdSimulator(),
    settings: (baseUrl) => ({ ...settings, baseUrl }),
    secrets: [debtor.taxCode, debtor.givenName, debtor.familyName, settings.subscriptionKey],
    operations: {
      createDebt: {
        input,
        request: "create",
        rejections: { REFUSED: { fault: { kind: "reject", code: "DATES" } } },
        undeclared: { code: "IUV_TAKEN", fault: { kind: "reject", code: "IUV_TAKEN" } },
        otherUnderKey: { code: "DEBT_CONFLICT", fault: { kind: "reject", code: "CONFLICT_OTHER" } },
      },
      debtStatus: {
        input: aDebt,
        request: "read",
        rejections: { NOT_FOUND: { input: ({ debt }) => ({ debt: { ...(debt as JsonObject), id: "DRS-NONE" } }) } },
        undeclared: { code: "REFUSED", fault: { kind: "reject" } },
      },
      cancelDebt: {
        input: aDebt,
        request: "cancel",
        rejections: { ALREADY_PAID: { act: ({ simulator }, debt) => simulator.control("pay", iupd(debt)) } },
        undeclared: { code: "DEBT_CONFLICT", fault: { kind: "reject", code: "CONFLICT" } },
      },
    },
    golden: { folder: join(import.meta.dirname, "golden"), ports: memoryPorts },
  },
  executorStage,
);

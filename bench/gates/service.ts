/** The service of the bench of gates: a case is one call, the creation of a debt at pagoPA's simulator, over its own wire protocol. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE_FILE } from "../../catalogue/compile.ts";
import { type Overlay, YamlService } from "../../catalogue/definition.ts";
import { SystemSettings } from "../../catalogue/systems.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { CANARY_EVERY_S } from "./canary.ts";
import { iupdOf } from "../../connectors/payments/pagopa-gpd/wire.ts";

export const SERVICE = "one-debt";
/** The contract whose gate is measured. */
export const SYSTEM = "payments";

/** What every case of the bench asks for. The person is invented. */
export const request: JsonObject = { applicant: { taxCode: "RSSMRA80A01F205X", givenName: "Prova", familyName: "Inventata" } };

/** What the ledger of the system knows the debt of a case by. */
export const debtOf = (caseId: string): string => iupdOf(`${caseId}/fee`);

const service = YamlService.parse({
  darsena: 1,
  service: SERVICE,
  title: { en: "One debt", it: "Un dovuto" },
  area: "mobility",
  office: "mobilityPermits",
  legal: { basis: "L. 241/1990 art. 2", term: "P30D" },
  request: { applicant: "Person" },
  applicant: "request.applicant.taxCode",
  outcomes: { granted: { en: "The debt is created", it: "Il dovuto è creato" } },
  steps: [
    {
      id: "fee",
      title: { en: "Create the debt", it: "Creazione del dovuto" },
      public: { en: "Payment requested", it: "Pagamento richiesto" },
      call: "payments.createDebt",
      with: {
        debtor: "${request.applicant}",
        amount: "${overlay.fees.passDuplicate}",
        reason: "Un dovuto",
        dueDate: "${dateAfter(case.receivedAt, 30)}",
      },
    },
  ],
  outcome: '"granted"',
});

/** Writes a compiled catalogue that has this service beside the shipped ones, and the usual settings of the system spelt out. */
export function writeCatalogue(compiled: string, folder: string): void {
  const found = JSON.parse(readFileSync(join(compiled, CATALOGUE_FILE), "utf8")) as { services: unknown[]; overlays: Overlay[] };
  const settings = SystemSettings.parse({ trickle: { every: `PT${CANARY_EVERY_S}S` } });
  for (const overlay of found.overlays) Object.assign(overlay, { systems: { [SYSTEM]: settings } });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, CATALOGUE_FILE), JSON.stringify({ ...found, services: [...found.services, service] }));
}

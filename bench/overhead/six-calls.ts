/** The same six calls for every variant: as a service, as a request, and as what the simulated systems answer. */
import { isHandWritten, YamlService } from "../../catalogue/definition.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { AttachmentRef, Person } from "../../connectors/shared-types.ts";

export const SERVICE = "six-calls";

/** What every case of the bench asks for. The person is invented. */
export interface SixCallsRequest {
  applicant: Person;
  medicalCertificate: AttachmentRef;
}

export const request: SixCallsRequest = {
  applicant: { taxCode: "RSSMRA80A01F205X", givenName: "Prova", familyName: "Inventata" },
  medicalCertificate: {
    id: "att-0123456789abcdef",
    sha256: "0".repeat(64),
    bytes: 1_024,
    mediaType: "application/pdf",
    name: "certificato.pdf",
  },
};

/** The answer of each operation: always the same, so that only the way to it differs. */
export const answers: Readonly<Record<string, Json>> = {
  "protocol.register": { number: "0000001/2026", year: 2026, date: "2026-11-22" },
  "registry.findResident": { taxCode: request.applicant.taxCode, givenName: "Prova", familyName: "Inventata", residentSince: "2001-02-03" },
  "tax.openFines": { items: [], total: 0 },
  "payments.createDebt": { debt: { id: "DEBT-0001", noticeNumber: "3".repeat(18), amount: 1_000, dueDate: "2026-12-22" } },
  "protocol.registerOutgoing": { number: "0000002/2026", year: 2026, date: "2026-11-22" },
  "messages.send": { id: "MESSAGE-0001" },
};

/** Contracts that the six calls use: each has a task queue of its own in every variant. */
export const contractNames = [...new Set(Object.keys(answers).map((operation) => operation.split(".")[0] as string))];

/** The six calls as a service. */
export const service = yamlService({
  darsena: 1,
  service: SERVICE,
  title: { en: "Six calls", it: "Sei chiamate" },
  area: "mobility",
  office: "mobilityPermits",
  legal: { basis: "L. 241/1990 art. 2", term: "P30D" },
  request: { applicant: "Person", medicalCertificate: "Attachment" },
  applicant: "request.applicant.taxCode",
  outcomes: { granted: { en: "The six calls are made", it: "Le sei chiamate sono fatte" } },
  steps: [
    {
      id: "registration",
      title: { en: "Register the request in the protocol", it: "Protocollazione della richiesta" },
      public: { en: "Request registered", it: "Richiesta protocollata" },
      call: "protocol.register",
      with: {
        subject: "Sei chiamate, pratica ${case.id}",
        sender: "${request.applicant}",
        documents: ["${request.medicalCertificate}"],
        office: "mobilityPermits",
      },
    },
    {
      id: "resident",
      title: { en: "Identify the applicant in the registry", it: "Verifica anagrafica del richiedente" },
      call: "registry.findResident",
      with: { taxCode: "${request.applicant.taxCode}" },
      rejected: [{ if: 'error.code == "NOT_RESIDENT"', set: { proposal: { outcome: "refuse", reason: "notResident" } } }],
    },
    {
      id: "fines",
      title: { en: "Look for parking fines in enforcement", it: "Verifica delle sanzioni in riscossione" },
      call: "tax.openFines",
      with: { taxCode: "${request.applicant.taxCode}" },
    },
    {
      id: "fee",
      title: { en: "Create the debt", it: "Creazione del dovuto" },
      when: "size(steps.fines.items) == 0",
      public: { en: "Payment requested", it: "Pagamento richiesto" },
      call: "payments.createDebt",
      with: {
        debtor: "${request.applicant}",
        amount: "${overlay.fees.passDuplicate}",
        reason: "Sei chiamate",
        dueDate: "${dateAfter(case.receivedAt, 30)}",
      },
      undo: { call: "payments.cancelDebt", with: { debt: "${steps.fee.debt}" } },
    },
    {
      id: "outcomeRegistration",
      title: { en: "Register the outcome in the protocol", it: "Protocollazione dell'esito" },
      public: { en: "Outcome registered", it: "Esito protocollato" },
      call: "protocol.registerOutgoing",
      with: { subject: "Esito sei chiamate, pratica ${case.id}", recipient: "${request.applicant}", documents: [] },
    },
    {
      id: "tell",
      title: { en: "Tell the applicant", it: "Avviso al richiedente" },
      call: "messages.send",
      with: {
        to: "${request.applicant.taxCode}",
        subject: "Sei chiamate, esito della richiesta",
        markdown:
          "La sua richiesta è conclusa. Protocollo ${steps.outcomeRegistration.number}, avviso ${steps.fee.debt.noticeNumber}. Trova l'esito e i documenti nella sua pratica.",
      },
      optional: true,
    },
  ],
  outcome: '"granted"',
});

function yamlService(definition: JsonObject): YamlService {
  const parsed = YamlService.parse(definition);
  if (isHandWritten(parsed)) throw new TypeError("the six calls are a service of steps");
  return parsed;
}

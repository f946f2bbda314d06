/** A residence certificate on line, as code: it shows that an ordinary workflow is as welcome as YAML. */
import { documents } from "../../connectors/documents/contract.ts";
import { messages } from "../../connectors/messages/contract.ts";
import { protocol } from "../../connectors/protocol/contract.ts";
import { registry } from "../../connectors/registry/contract.ts";
import type { Person } from "../../connectors/shared-types.ts";
import type { CaseOutcome } from "../../cases/status.ts";
import type { HandWritten, HandWrittenCase } from "./hand-written-case.ts";

interface Request {
  applicant: Person;
  use: "private" | "public-body";
}

export const residenceCertificate: HandWritten = { run, withdrawn };

async function run(of: HandWrittenCase): Promise<CaseOutcome> {
  const { step } = of;
  const { applicant, use } = of.request<Request>();
  const resident = await step("resident").attempt(registry.findResident, { taxCode: applicant.taxCode });
  if (resident.kind === "rejected") return "inadmissible";

  const { address, givenName, familyName, residentSince } = resident.output;
  const lives = [address?.street, address?.number, address?.town].filter(Boolean).join(" ");
  const { document } = await step("certificate").call(documents.issue, {
    title: "Certificato di residenza",
    reference: of.receipt.number,
    lines: [
      { label: "Cognome e nome", text: `${familyName} ${givenName}` },
      { label: "Codice fiscale", text: applicant.taxCode },
      { label: "Residenza", text: lives || "nel Comune" },
      { label: "Decorrenza", text: residentSince ?? "non indicata" },
    ],
    note:
      use === "private"
        ? "Rilasciato per uso privato."
        : "Non producibile agli organi della pubblica amministrazione (art. 40 DPR 445/2000).",
  });
  const registered = await step("registration").call(protocol.registerOutgoing, {
    subject: `Certificato di residenza, pratica ${of.id}`,
    recipient: applicant,
    documents: [document],
  });
  const text = `Il suo certificato di residenza è pronto: protocollo ${registered.number}. Lo trova nella sua pratica, alla voce documenti.`;
  await step("tell").call(
    messages.send,
    { to: applicant.taxCode, ...(applicant.email ? { email: applicant.email } : {}), subject: "Certificato di residenza", markdown: text },
    { optional: true },
  );
  return "completed";
}

async function withdrawn(of: HandWrittenCase): Promise<void> {
  const { applicant } = of.request<Request>();
  await of.step("withdrawal").call(protocol.register, { subject: `Rinuncia, pratica ${of.id}`, sender: applicant, documents: [] });
}

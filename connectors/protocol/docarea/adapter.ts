/**
 * The protocol by DOCAREA: Login → Inserimento, once per document → Protocollazione, the one request with an effect.
 * The interface knows no reference of ours and has no look-up, so an unknown outcome is settled by a person, who finds the entry by the
 * marker at the end of its subject.
 */
import { createHash } from "node:crypto";
import { type Adapter, adapter, type CallContext, WithWarnings } from "../../adapter.ts";
import { contractBroken, misconfigured, rejected } from "../../failure.ts";
import type { AttachmentStore } from "../../ports.ts";
import type { AttachmentRef, Party } from "../../shared-types.ts";
import { protocol, type Registration } from "../contract.ts";
import { DocareaConfig } from "./config.ts";
import { segnaturaOf, type StoredDocument } from "./segnatura.ts";
import { openSession, type Session } from "./session.ts";
import { markedSubject, registrationOf } from "./wire.ts";

/**
 * Registers received (Flusso E) and sent (Flusso U) documents. An entry needs at least one document: for a call that has none, a plain
 * text with the subject and our marker is generated and registered. A signature warning that the settings accept becomes a warning of the case.
 */
export const docarea: Adapter = adapter(protocol, {
  name: "docarea",
  title: "Protocol by DOCAREA (SOAP)",
  config: DocareaConfig,
  connect: openSession,
  recovery: { register: { by: "person" }, registerOutgoing: { by: "person" } },
  operations: {
    register: ({ sender, ...rest }, context) => enter({ ...rest, flow: "E", party: sender }, context),
    registerOutgoing: ({ recipient, ...rest }, context) => enter({ ...rest, flow: "U", party: recipient }, context),
  },
});

interface Wanted {
  flow: "E" | "U";
  subject: string;
  party: Party;
  documents: readonly AttachmentRef[];
  office?: string;
}

async function enter(wanted: Wanted, context: CallContext<Session>): Promise<Registration | WithWarnings<Registration>> {
  const { session, key: marker, signal, effect } = context;
  const { config, dialect } = session;
  const subject = markedSubject(wanted.subject, marker, config.subjectMaxLength);
  if (subject === undefined)
    throw misconfigured("SUBJECT_LENGTH", `subjectMaxLength (${config.subjectMaxLength}) leaves no room for a subject before the marker`);
  const { documents, warnings } = await insertAll(wanted, context);
  const { flow, party, office } = wanted;
  const segnatura = segnaturaOf(
    { flow, subject, marker, party, documents, ...(office === undefined ? {} : { office }) },
    config,
    dialect.segnatura,
  );
  const registration = await session.inSession(signal, (dst) =>
    effect(async () => {
      const answer = await session.register(dst, segnatura, signal);
      const found = registrationOf(answer, config.numberFormat, dialect.dateFormats);
      if (!found) throw contractBroken("NO_NUMBER", "Protocollazione: the answer reports success and holds no number and year");
      return found;
    }),
  );
  return warnings.length > 0 ? new WithWarnings(registration, warnings) : registration;
}

/** Stores the documents one after the other, so that at most one is held in memory. Files stored for a call that then fails are harmless. */
async function insertAll(wanted: Wanted, { session, ports, key, signal }: CallContext<Session>) {
  const stored: StoredDocument[] = [];
  const warnings: string[] = [];
  const insert = async (name: string, base64: string) => {
    const { id, warning } = await session.inSession(signal, (dst) => session.insert(dst, { name, base64 }, signal));
    stored.push({ id, name });
    if (warning !== undefined)
      warnings.push(`document ${stored.length}: the protocol could not verify its signature (vendor code ${warning})`);
  };
  for (const document of wanted.documents)
    await insert(document.name, await base64Of(document, ports.attachments, session.config.maxDocumentBytes));
  if (wanted.documents.length === 0) await insert("oggetto.txt", Buffer.from(`${wanted.subject}\n${key}\n`, "utf8").toString("base64"));
  return { documents: stored as [StoredDocument, ...StoredDocument[]], warnings };
}

/** Reads an attachment and checks that it is, byte for byte, the one that the applicant handed in. */
async function base64Of(ref: AttachmentRef, attachments: AttachmentStore, maxBytes: number): Promise<string> {
  const tooLarge = () => rejected("DOCUMENT_TOO_LARGE", `${ref.id}: the document is larger than maxDocumentBytes (${maxBytes})`);
  if (ref.bytes > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await attachments.open(ref)) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(part);
  }
  const whole = Buffer.concat(chunks);
  if (createHash("sha256").update(whole).digest("hex") !== ref.sha256)
    throw rejected("ATTACHMENT_DAMAGED", `${ref.id}: the stored file is not the one that was handed in`);
  return whole.toString("base64");
}

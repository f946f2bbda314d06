import { join } from "node:path";
import { executorStage } from "../../../activities/testing.ts";
import { type Conformance, conforms, type Sample } from "../../conformance.ts";
import type { AttachmentRef } from "../../shared-types.ts";
import { docarea } from "./adapter.ts";
import { dialectNames } from "./dialects.ts";
import { ada, ports, settings } from "./fixtures.ts";
import { docareaSimulator, simulatedAccount } from "./simulator.ts";

const SUBJECT = "Oggetto riservato";

/** One registration with a document in the store. */
const registering = (party: "sender" | "recipient"): Sample => ({
  input: async ({ ports: { attachments } }, key) => {
    const document = await attachments.put(`document/${key}`, "certificato.pdf", "application/pdf", Buffer.from(`%PDF-1.4 ${key}`));
    return { subject: SUBJECT, [party]: { ...ada }, documents: [{ ...document }] };
  },
  request: "Protocollazione",
  rejections: { REFUSED: { fault: { kind: "reject", code: "-7" } } },
  undeclared: {
    code: "ATTACHMENT_CHANGED",
    input: (input) => ({ ...input, documents: [{ ...(input["documents"] as unknown as AttachmentRef[])[0], sha256: "0".repeat(64) }] }),
  },
  misconfigured: {
    spoil: async ({ simulator }) => {
      await simulator.control("setPassword", { password: "changed-by-the-vendor" });
      await simulator.control("expireSessions");
    },
    mend: ({ simulator }) => simulator.control("setPassword", { password: simulatedAccount.password }),
  },
});

const golden: Conformance["golden"] = {
  folder: join(import.meta.dirname, "golden"),
  ports: () => ports,
  // The dialect is the first word of a case's name.
  settings: (url, name) => settings(url, { dialect: name.split("-")[0], acceptSignatureWarning: name.includes("signature-warning") }),
};

for (const dialect of dialectNames)
  conforms(
    {
      adapter: docarea,
      variant: dialect,
      simulator: () => docareaSimulator(),
      settings: (url) => settings(`${url}/${dialect}`, { dialect, unavailableIsNotTaken: true }),
      // The vendor's texts quote the request, and so do the simulator's.
      secrets: [ada.taxCode, ada.familyName, ada.givenName, SUBJECT, simulatedAccount.password, "DST-", "rifiutata", "non valido"],
      operations: { register: registering("sender"), registerOutgoing: registering("recipient") },
      ...(dialect === dialectNames[0] ? { golden } : {}),
    },
    executorStage,
  );

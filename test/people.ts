/** Invented people and requests of tests; the tax codes are well formed and not real. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { JsonObject } from "../connectors/json.ts";
import { SAMPLE } from "../connectors/registry/anpr/sample-people.ts";
import type { Register } from "../register/database.ts";

export const person = (taxCode: string = SAMPLE.resident): JsonObject => ({ taxCode, givenName: "Prova", familyName: "Inventata" });

/** Stores a small file and gives its reference. */
export const certificate = async (register: Register, text = "certificato medico di prova"): Promise<JsonObject> =>
  ({
    ...(await register.attachments.receive(Readable.from([Buffer.from(text)]), {
      name: "certificato.txt",
      mediaType: "text/plain",
      maxBytes: 1_000_000,
    })),
  }) as unknown as JsonObject;

export async function passRequest(
  register: Register,
  kind: "new" | "renewal" | "duplicate" = "new",
  taxCode?: string,
): Promise<JsonObject> {
  return { applicant: person(taxCode), kind, medicalCertificate: await certificate(register) };
}

export async function patronageRequest(register: Register, initiative = "cultural"): Promise<JsonObject> {
  return {
    association: { code: "01234567897", name: "Associazione Inventata", representative: person() },
    initiative,
    name: "Festa di prova",
    from: "2027-05-01",
    to: "2027-05-02",
    description: "Una festa che non esiste.",
    programme: await certificate(register, "programma"),
  };
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

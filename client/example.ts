/** The typed client at work: run it with `node dist/client/example.js` beside a started Darsena. docs/client.md shows this file. */
import { createReadStream } from "node:fs";
import { DarsenaError } from "./errors.ts";
import { httpClient } from "./http-client.ts";

/** Starts a case with its certificate, waits for the office to be asked, decides, and tells how it ended. */
export async function parkingPass(gateway: string, certificateFile: string): Promise<string> {
  const darsena = httpClient(gateway);

  const medicalCertificate = await darsena.attach({
    name: "certificate.pdf",
    mediaType: "application/pdf",
    content: createReadStream(certificateFile),
  });

  const started = await darsena.startCase({
    service: "disabled-parking-pass",
    channel: "portal",
    // Yours, and the same in each repetition: the case is started once, however often this runs.
    idempotencyKey: "portal-form-4711",
    request: {
      applicant: { taxCode: "PRVGLI85D45X001Q", givenName: "Prova", familyName: "Inventata" },
      kind: "new",
      medicalCertificate: { ...medicalCertificate },
    },
  });

  const waiting = await darsena.waitFor(started.case, { action: "decision" }, { timeoutMs: 60_000 });
  const decision = waiting.actions.find(({ name }) => name === "decision");
  try {
    await darsena.send(started.case, {
      id: "decision-4711",
      for: decision?.id,
      name: "decision",
      from: "office:A. Bianchi",
      body: { outcome: "grant", form: { validUntil: "2031-11-30" } },
    });
  } catch (error) {
    // Somebody else was faster: `details` says who and when.
    if (!(error instanceof DarsenaError) || error.code !== "ALREADY_ANSWERED") throw error;
  }

  const closed = await darsena.waitFor(started.case, { state: "closed" });
  return `${closed.outcome}, protocol ${closed.protocolNumber}`;
}

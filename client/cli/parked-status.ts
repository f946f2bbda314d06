/** A status for tests of the page: parked, with a decision and a question open. */
import type { CaseStatus } from "../../cases/status.ts";
import { aStatus } from "../memory-ports.ts";

/** A case whose registration may or may not have happened. */
export const parkedStatus = (caseId: string): CaseStatus =>
  aStatus(caseId, {
    state: "parked",
    waitingFor: "operator",
    step: "registration",
    protocolNumber: "2026/0001234",
    clock: { due: "2026-12-22", state: "running", elapsed: 1, suspended: 0 },
    steps: [
      {
        id: "registration",
        title: { en: "Register the request", it: "Protocollazione" },
        state: "failed",
        ms: 120,
        operation: "protocol.register",
      },
    ],
    problem: {
      id: "registration.p1",
      code: "protocol.register:UNKNOWN_OUTCOME",
      path: "registration",
      title: "The answer was lost \u001b[31m",
      advice: "Look for the number in the protocol.",
      since: "2026-11-22T09:31:00Z",
      verbs: ["resolve", "cancel"],
    },
    history: [{ at: "2026-11-22T09:30:00Z", event: "received", text: { en: "Request received", it: "Richiesta ricevuta" }, public: true }],
    actions: [
      {
        id: "decision.1",
        name: "decision",
        who: "office",
        office: "mobilityPermits",
        title: { en: "Decide", it: "Decidere" },
        form: {
          oneOf: [
            {
              properties: {
                outcome: { const: "grant" },
                form: {
                  type: "object",
                  properties: { validUntil: { type: "string" }, years: { type: "integer" } },
                  required: ["validUntil", "years"],
                },
              },
            },
            { properties: { ask: { const: "correction" } } },
          ],
        },
      },
      {
        id: "docs.1",
        name: "docs",
        who: "applicant",
        title: { en: "Send", it: "Inviare" },
        form: { type: "object", properties: {}, required: [] },
      },
    ],
  });

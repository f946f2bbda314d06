/** What a careful programmer writes by hand on Temporal for the six calls: the measure of what Darsena adds. */
import { proxyActivities, proxyLocalActivities, workflowInfo } from "@temporalio/workflow";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { SixCallsRequest } from "./six-calls.ts";

type Activity = (input: JsonObject) => Promise<Json>;
type Call = (operation: string, input: JsonObject) => Promise<JsonObject>;

/** Ordinary activities, each in the queue of its system. */
export const plain = (request: SixCallsRequest): Promise<JsonObject> =>
  sixCalls(request, async (operation, input) => {
    const contract = operation.split(".")[0] ?? "";
    const activities = proxyActivities<Record<string, Activity>>({ taskQueue: `system.${contract}.default`, startToCloseTimeout: "75s" });
    return (await (activities[operation] as Activity)(input)) as JsonObject;
  });

/** Local activities: the least that six durable calls can cost on Temporal. */
export const local = (request: SixCallsRequest): Promise<JsonObject> =>
  sixCalls(request, async (operation, input) => {
    const activities = proxyLocalActivities<Record<string, Activity>>({ startToCloseTimeout: "75s" });
    return (await (activities[operation] as Activity)(input)) as JsonObject;
  });

async function sixCalls({ applicant, medicalCertificate }: SixCallsRequest, call: Call): Promise<JsonObject> {
  const id = workflowInfo().workflowId;
  const { taxCode } = applicant;
  const registration = await call("protocol.register", {
    subject: `Sei chiamate, pratica ${id}`,
    sender: applicant,
    documents: [medicalCertificate],
    office: "mobilityPermits",
  });
  await call("registry.findResident", { taxCode });
  const { items } = await call("tax.openFines", { taxCode });
  if ((items as Json[]).length > 0) return { outcome: "refused" };
  const dueDate = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const fee = await call("payments.createDebt", { debtor: applicant, amount: 1_000, reason: "Sei chiamate", dueDate });
  const debt = fee["debt"] as JsonObject;
  const outcome = await call("protocol.registerOutgoing", {
    subject: `Esito sei chiamate, pratica ${id}`,
    recipient: applicant,
    documents: [],
  });
  await call("messages.send", {
    to: taxCode,
    subject: "Sei chiamate, esito della richiesta",
    markdown: `La sua richiesta è conclusa. Protocollo ${String(outcome["number"])}, avviso ${String(debt["noticeNumber"])}. Trova l'esito e i documenti nella sua pratica.`,
  });
  return { outcome: "granted", protocolNumber: registration["number"] as Json };
}

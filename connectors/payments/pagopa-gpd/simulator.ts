/**
 * A fake of pagoPA's GPD, version 3: debt positions over REST, with its error titles and its subscription key.
 *
 * Ledger: `create`, `cancel`, `pay`, with the IUPD as key and the notice number as reference.
 * Controls: `pay` and `tell` (below), `refusePay`, `setKey {key}`.
 * Codes of the fault `reject`: `CONFLICT_SAME` (stored, then 409), `CONFLICT_OTHER` (409, and another content stands under our
 * IUPD), `IUV_TAKEN` (409, and nothing under our IUPD), `QUOTA` (429), `ALREADY_PAID` (409 for a cancellation), `SERVER_ERROR` (500); else 400.
 */
import type { JsonObject } from "../../json.ts";
import {
  type Recorder,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator.ts";
import { payControls } from "./simulator-payments.ts";
import { type HeldPosition, instalmentOf, missingFields, type SentPosition } from "./simulator-position.ts";

/** Everything the simulator keeps: positions by IUPD in the order of their creation, and the key that it accepts. */
export interface GpdState extends JsonObject {
  subscriptionKey: string;
  positions: Record<string, HeldPosition>;
  /** Notice numbers that cannot be paid: the payment service provider refuses them. */
  unpayable: string[];
}

export interface GpdSimulatorOptions extends SimulatorOptions {
  /** The key that callers must send; `gpd-test-key` when absent. */
  subscriptionKey?: string;
}

const PATH = /\/organizations\/([0-9]{11})\/debtpositions(?:\/([^/]+))?$/;
const operations: Record<string, string> = { POST: "create", GET: "read", DELETE: "cancel" };

/** Starts the simulator; `url` is the adapter's `baseUrl`. */
export const gpdSimulator = (options: GpdSimulatorOptions = {}): Promise<Simulator> =>
  startSimulator<GpdState>(
    {
      name: "pagopa-gpd",
      initial: { subscriptionKey: options.subscriptionKey ?? "gpd-test-key", positions: {}, unpayable: [] },
      operationOf: ({ method, path }) => (PATH.test(path) ? (operations[method] ?? "unknown") : "unknown"),
      answer,
      controls: payControls,
    },
    options,
  );

const json = (status: number, body: unknown, headers: Record<string, string> = {}): SimulatedAnswer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const problem = (status: number, title: string, detail: string, headers?: Record<string, string>) =>
  json(status, { title, status, detail }, { "content-type": "application/problem+json", ...headers });

const uniqueViolation = () =>
  problem(
    409,
    "The debt position violated constraints of uniqueness",
    "Already exists a debt position for the Organization Fiscal Code or one of its payment options is not unique",
  );
const notFound = () => problem(404, "Not found the debt position", "Not found a debt position for this Organization Fiscal Code and IUPD");
const paymentFound = () =>
  problem(409, "Existing related payment found", "A payment transaction has already been carried out on the debt position");

function answer(request: SimulatedRequest, state: GpdState, record: Recorder): SimulatedAnswer {
  if (request.fault?.kind === "unauthorized" || request.headers["ocp-apim-subscription-key"] !== state.subscriptionKey)
    return json(401, { statusCode: 401, message: "Access denied due to invalid subscription key." });
  // The gateway's own answer for an address that is none of GPD's.
  if (request.operation === "unknown") return json(404, { statusCode: 404, message: "Resource not found" });
  const [, organisation = "", iupd = ""] = PATH.exec(request.path) ?? [];
  if (request.operation === "create") return create(request, organisation, state, record);
  if (request.fault) return refuse(request.fault.code);
  const position = state.positions[decodeURIComponent(iupd)];
  if (!position || position.organizationFiscalCode !== organisation) return notFound();
  if (request.operation === "read") return json(200, position);
  if (position.status === "PAID") return paymentFound();
  delete state.positions[position.iupd];
  record({ operation: "cancel", key: position.iupd, reference: instalmentOf(position).nav });
  return json(200, "OK");
}

function create(request: SimulatedRequest, organisation: string, state: GpdState, record: Recorder): SimulatedAnswer {
  const sent = bodyOf(request);
  const missing = missingFields(sent);
  if (!sent || missing.length > 0) return problem(400, "BAD REQUEST", missing.map((field) => `${field}: must not be blank`).join(", "));
  const code = request.fault?.code;
  if (request.fault && code !== "CONFLICT_SAME" && code !== "CONFLICT_OTHER") return refuse(code);
  const { iuv } = instalmentOf(sent);
  const taken = Object.values(state.positions).some((one) => one.iupd === sent.iupd || instalmentOf(one).iuv === iuv);
  if (taken) return uniqueViolation();
  const position = keep(sent, organisation, request.query.get("toPublish") === "true");
  if (code === "CONFLICT_OTHER") instalmentOf(position).amount += 1;
  state.positions[sent.iupd] = position;
  record({ operation: "create", key: sent.iupd, reference: instalmentOf(position).nav });
  return code ? uniqueViolation() : json(201, position);
}

function refuse(code: string | undefined): SimulatedAnswer {
  if (code === "IUV_TAKEN" || code === "CONFLICT") return uniqueViolation();
  if (code === "ALREADY_PAID") return paymentFound();
  if (code === "QUOTA") return json(429, { statusCode: 429, message: "Rate limit is exceeded." }, { "retry-after": "2" });
  if (code === "SERVER_ERROR") return problem(500, "INTERNAL SERVER ERROR", "the position of the debtor could not be read");
  return problem(400, "Error in the debt position request data", "Dates congruence error");
}

function bodyOf(request: SimulatedRequest): SentPosition | undefined {
  try {
    return JSON.parse(request.body.toString("utf8")) as SentPosition;
  } catch {
    return undefined;
  }
}

/** GPD builds `nav` from the auxiliary digit and the IUV when it is absent, and drops the zone of date-times. */
function keep(sent: SentPosition, organisation: string, publish: boolean): HeldPosition {
  const at = new Date().toISOString().slice(0, 19);
  const position = structuredClone(sent) as HeldPosition;
  Object.assign(position, { organizationFiscalCode: organisation, insertedDate: at, status: publish ? "VALID" : "DRAFT" });
  if (publish) position.publishDate = at;
  const instalment = instalmentOf(position);
  instalment.nav ??= `3${instalment.iuv}`;
  instalment.dueDate = instalment.dueDate.replace(/(\.\d+)?Z$/, "");
  instalment.status = "UNPAID";
  return position;
}

/**
 * A fake of app IO's service API, version 1: profiles and messages, with its limits and its subscription key.
 *
 * Everybody is reachable unless `setReachable` says otherwise. The API has no key of ours, so the ledger's key is a hash of
 * receiver, subject and text: two entries with one key are one message sent twice. The ledger holds no personal data.
 * Controls: `setReachable {taxCode, reachable: true | false | "absent"}`, `setKey {key}`.
 * Codes of the fault `reject`: `QUOTA` (429), `SERVER_ERROR` (500), `FORBIDDEN` (403); else 400.
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../../json.ts";
import {
  type Recorder,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator.ts";

interface IoState extends JsonObject {
  subscriptionKey: string;
  /** Receivers who are not on IO, or do not allow this sender, by the hash of their code. */
  unreachable: Record<string, "absent" | "refused">;
  messages: number;
}

export interface AppIoSimulatorOptions extends SimulatorOptions {
  /** The key that callers must send; `io-test-key` when absent. */
  subscriptionKey?: string;
}

const operations: Record<string, string> = { "POST /profiles": "profile", "POST /messages": "message" };

/** Starts the simulator; `url` is the adapter's `baseUrl`. */
export const appIoSimulator = (options: AppIoSimulatorOptions = {}): Promise<Simulator> =>
  startSimulator<IoState>(
    {
      name: "app-io",
      initial: { subscriptionKey: options.subscriptionKey ?? "io-test-key", unreachable: {}, messages: 0 },
      operationOf: ({ method, path }) => operations[`${method} ${path}`] ?? "unknown",
      answer,
      controls: {
        setReachable: ({ taxCode, reachable }, state) => {
          const receiver = hash(String(taxCode));
          if (reachable === true) delete state.unreachable[receiver];
          else state.unreachable[receiver] = reachable === "absent" ? "absent" : "refused";
          return {};
        },
        setKey: ({ key }, state) => {
          state.subscriptionKey = String(key);
          return {};
        },
      },
    },
    options,
  );

const hash = (...parts: string[]) => createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 24);

const json = (status: number, body: unknown, headers: Record<string, string> = {}): SimulatedAnswer => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(body),
});
const problem = (status: number, title: string, detail: string, headers?: Record<string, string>) =>
  json(status, { title, status, detail }, { "content-type": "application/problem+json; charset=utf-8", ...headers });

interface Sent {
  fiscal_code?: unknown;
  time_to_live?: unknown;
  content?: { subject?: unknown; markdown?: unknown; due_date?: unknown };
}

function answer(request: SimulatedRequest, state: IoState, record: Recorder): SimulatedAnswer {
  if (request.fault?.kind === "unauthorized" || request.headers["ocp-apim-subscription-key"] !== state.subscriptionKey)
    return json(401, { statusCode: 401, message: "Access denied due to invalid subscription key." });
  if (request.fault) return refuse(request.fault.code);
  // The gateway's own answer for an address that is none of IO's.
  if (request.operation === "unknown") return json(404, { statusCode: 404, message: "Resource not found" });
  const sent = bodyOf(request);
  const receiver = sent?.fiscal_code;
  if (
    typeof receiver !== "string" ||
    !/^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/.test(receiver)
  )
    return problem(400, "Invalid FiscalCode", "the fiscal code does not fit its pattern");
  const reach = state.unreachable[hash(receiver)];
  if (request.operation === "profile") {
    if (reach === "absent") return problem(404, "Profile not found", "The profile you requested was not found in the system.");
    return json(200, { sender_allowed: reach === undefined, preferred_languages: ["it_IT"] });
  }
  if (reach) return problem(403, "Recipient forbidden", "You are not allowed to send the message to the recipient.");
  const wrong = wrongContent(sent ?? {});
  if (wrong) return problem(400, "Invalid CreatedMessage", `value at [root.${wrong}] is not valid`);
  state.messages += 1;
  const id = `01SIM${String(state.messages).padStart(21, "0")}`;
  record({ operation: "message", key: hash(receiver, String(sent?.content?.subject), String(sent?.content?.markdown)), reference: id });
  return json(201, { id }, { location: `/api/v1/messages/${id}` });
}

function refuse(code: string | undefined): SimulatedAnswer {
  if (code === "QUOTA") return json(429, { statusCode: 429, message: "Rate limit is exceeded." }, { "retry-after": "2" });
  if (code === "SERVER_ERROR") return problem(500, "Internal server error", "The message cannot be delivered.");
  if (code === "FORBIDDEN") return problem(403, "Forbidden", "You do not have enough permissions to complete the operation you requested.");
  return problem(400, "Invalid payload", "the message is refused");
}

function wrongContent({ time_to_live: timeToLive, content }: Sent): string | undefined {
  const { subject, markdown, due_date: due } = content ?? {};
  if (timeToLive !== undefined && !(Number.isInteger(timeToLive) && Number(timeToLive) >= 3_600 && Number(timeToLive) <= 604_800))
    return "time_to_live";
  if (typeof subject !== "string" || subject.length < 10 || subject.length > 120) return "content.subject";
  if (typeof markdown !== "string" || markdown.length < 80 || markdown.length > 10_000) return "content.markdown";
  if (due !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(due))) return "content.due_date";
  return undefined;
}

function bodyOf(request: SimulatedRequest): Sent | undefined {
  try {
    return JSON.parse(request.body.toString("utf8")) as Sent;
  } catch {
    return undefined;
  }
}

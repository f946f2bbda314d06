/** The few calls of the gateway's REST API that the demonstration makes: as any other channel would, over HTTP. */
import { randomUUID } from "node:crypto";
import type { Action, CaseStatus } from "../../cases/status.ts";
import type { JsonObject } from "../../connectors/json.ts";

const CALL_MS = 40_000;

/** Calls of one gateway. */
export interface Gateway {
  upload(name: string, mediaType: string, bytes: Uint8Array): Promise<JsonObject>;
  start(service: string, request: JsonObject): Promise<string>;
  /** The operator's view, as soon as it carries a higher number than `after`, or after half a minute as it stands. */
  status(caseId: string, after: number): Promise<CaseStatus>;
  decide(caseId: string, action: Action, decision: { outcome: string; form: JsonObject; by: string }): Promise<void>;
}

/** Calls of the gateway at this address, given up when `abandoned` fires; each rejects with the answer's code and detail when it is not a success. */
export function gatewayAt(base: string, abandoned: AbortSignal): Gateway {
  const call = async (method: string, path: string, body: Uint8Array | string, headers: Record<string, string>): Promise<JsonObject> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers,
      signal: AbortSignal.any([abandoned, AbortSignal.timeout(CALL_MS)]),
      ...(method === "GET" ? {} : { body }),
    });
    const answer = (await response.json()) as JsonObject;
    if (response.ok) return answer;
    const issues = Array.isArray(answer["errors"]) ? ` ${JSON.stringify(answer["errors"])}` : "";
    throw new Error(
      `${method} ${path.split("?")[0]} answered ${response.status} ${String(answer["code"] ?? "")}: ${String(answer["detail"] ?? answer["title"] ?? "")}${issues}`,
    );
  };
  const post = (path: string, body: JsonObject, headers: Record<string, string> = {}) =>
    call("POST", path, JSON.stringify(body), { "content-type": "application/json", ...headers });
  return {
    upload: (name, mediaType, bytes) => call("POST", `/attachments?name=${encodeURIComponent(name)}`, bytes, { "content-type": mediaType }),
    start: async (service, request) =>
      String((await post("/cases", { service, request, channel: "api" }, { "idempotency-key": `demo-${randomUUID()}` }))["case"]),
    status: async (caseId, after) =>
      (await call("GET", `/cases/${encodeURIComponent(caseId)}?view=operator&after=${after}`, "", {})) as unknown as CaseStatus,
    decide: async (caseId, action, decision) => {
      await post(`/cases/${encodeURIComponent(caseId)}/decisions`, { id: randomUUID(), for: action.id, ...decision });
    },
  };
}

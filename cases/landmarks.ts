/** Results that a case shows as its own: the protocol number it was registered under, and the documents it issued. */
import type { JsonObject } from "../connectors/json.ts";
import type { CaseState } from "./state.ts";

export function noteLandmarks(state: CaseState, operation: string, output: JsonObject): void {
  const number = output["number"];
  if (operation === "protocol.register" && typeof number === "string") state.protocolNumber ??= number;
  const document = output["document"];
  if (operation === "documents.issue" && document !== undefined) state.documents.push(document);
}

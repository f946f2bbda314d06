/** A message or repair that the case does not take: nothing was changed. */
import type { JsonObject } from "../connectors/json.ts";
import type { RefusalCode } from "./message.ts";

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly details: JsonObject;
  constructor(code: RefusalCode, message: string, details: JsonObject = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

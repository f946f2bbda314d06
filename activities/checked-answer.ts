/** What an adapter gives, held against its contract. */
import { WithWarnings } from "../connectors/adapter.ts";
import type { Operation } from "../connectors/contract.ts";
import { CallFailure } from "../connectors/failure.ts";
import type { Json } from "../connectors/json.ts";
import { issuesOf } from "./without-values.ts";

/** An answer that fits, with the system's warnings. */
export interface CheckedAnswer {
  output: Json;
  warnings?: string[];
}

/** Throws `CallFailure` "contract-broken" for an answer that does not fit; its message holds no value. */
export function checkedAnswer(operation: Operation, result: unknown): CheckedAnswer {
  const warnings = result instanceof WithWarnings ? result.warnings : undefined;
  const parsed = operation.output.safeParse(result instanceof WithWarnings ? result.output : result);
  if (!parsed.success)
    throw new CallFailure("contract-broken", `the answer does not fit the contract: ${issuesOf(parsed.error.issues).join("; ")}`, {
      code: "OUTPUT_INVALID",
    });
  return warnings ? { output: parsed.data as Json, warnings } : { output: parsed.data as Json };
}

/** The hash by which the ledger knows that a key was sent with the same input. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../catalogue/json-value.ts";
import type { Json } from "../connectors/json.ts";

/** The same for equal inputs. */
export const hashOf = (input: Json): string => createHash("sha256").update(canonicalJson(input)).digest("hex");

/** What the in-process client needs of the register and of the catalogue: small parts of both, so that tests can fulfil them in a few lines. */
import type { FieldIssue } from "../cases/message.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Register } from "../register/database.ts";
import type { ServiceDescription, ServiceSummary } from "./cases-client.ts";

/** The register as the client sees it. */
export interface CaseRegister {
  cases: Pick<Register["cases"], "reserve" | "confirm" | "known" | "status" | "waitFor" | "list" | "dropUnconfirmed">;
  gates: Pick<Register["gates"], "all">;
  attachments: Pick<Register["attachments"], "receive" | "find" | "open">;
}

/** The compiled services. */
export interface ServiceCatalogue {
  services(): ServiceSummary[];
  describe(id: string): ServiceDescription | undefined;
  /** What is wrong with a request; empty when nothing is. */
  checkRequest(id: string, request: JsonObject): FieldIssue[];
}

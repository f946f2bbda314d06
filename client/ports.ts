/** What the in-process client needs of the register and of the catalogue: small parts of both, so that tests can fulfil them in a few lines. */
import type { PinnedService } from "../catalogue/catalogue.ts";
import type { FieldIssue } from "../cases/message.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Register } from "../register/database.ts";
import type { ServiceDescription, ServiceSummary } from "./cases-client.ts";

/** The register as the client sees it. */
export interface CaseRegister {
  gates: Pick<Register["gates"], "all">;
  cases: Pick<Register["cases"], "reserve" | "confirm" | "known" | "status" | "waitFor" | "list" | "dropUnconfirmed" | "positions">;
  definitions: Pick<Register["definitions"], "aliases" | "versions" | "definition" | "keep" | "publish" | "point">;
  attachments: Pick<Register["attachments"], "receive" | "find" | "open">;
  effects: Pick<Register["effects"], "ofCase">;
  evidence: Pick<Register["evidence"], "ofCase">;
  problems: Pick<Register["problems"], "causes" | "parked" | "silent">;
}

/** The services as new cases take them. */
export interface ServiceCatalogue {
  services(): Promise<ServiceSummary[]>;
  describe(id: string): Promise<ServiceDescription | undefined>;
  /** What is wrong with a request; empty when nothing is. */
  checkRequest(id: string, request: JsonObject): Promise<FieldIssue[]>;
  /** What this build holds, whatever is published. */
  compiled(id: string): PinnedService | undefined;
  /** Forgets what it read, so that the next call sees what was just published. */
  refresh(): void;
}

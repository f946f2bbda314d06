/** The status of a case that has not published one yet. */
import type { CaseStatus } from "../cases/status.ts";
import type { CaseEngine } from "./engine.ts";
import { DarsenaError } from "./errors.ts";
import type { ServiceCatalogue } from "./ports.ts";

/**
 * What can be said of a case that the register has no status of: what the workflow says, or, while no worker answers, that it
 * is received (receipt number and channel are empty until its first activity has run). Undefined when Temporal has no such case.
 */
export async function unpublished(engine: CaseEngine, catalogue: ServiceCatalogue, caseId: string): Promise<CaseStatus | undefined> {
  const known = await engine.described(caseId);
  if (known === undefined) return undefined;
  // A query needs a worker; its absence is no reason to say nothing.
  const live = await engine.status(caseId).catch(() => undefined);
  if (live !== undefined) return live;
  if (known.failed) throw new DarsenaError("CASE_NOT_FOUND", { detail: "Its start was refused; the workflow's failure names the fields." });
  const { service, startedAt } = known;
  return {
    case: caseId,
    service,
    title: (await catalogue.describe(service))?.title ?? { en: service, it: service },
    channel: "",
    receipt: { number: "", at: startedAt },
    state: "received",
    number: 0,
    updatedAt: startedAt,
    steps: [],
    history: [],
    actions: [],
    documents: [],
    version: "",
  };
}

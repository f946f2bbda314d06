/** The first activity of every case: resolves and pins its service, validates the request, draws the receipt. */
import { createHmac } from "node:crypto";
import type { CurrentServices } from "../catalogue/current-catalogue.ts";
import { evaluate, fill } from "../catalogue/expressions.ts";
import { issuesOf } from "../catalogue/fields.ts";
import { z } from "zod";
import type { FieldIssue, RefusalCode } from "../cases/message.ts";
import { firstStatus, newState } from "../cases/new-state.ts";
import type { FoundByPerson } from "../cases/runtime.ts";
import { milliseconds } from "../connectors/contract.ts";
import { operationById } from "../connectors/contracts.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import type { Cases } from "../register/cases.ts";
import type { Effects } from "../register/effects.ts";
import { hashOf } from "./input-hash.ts";
import type { CaseActivities, ChildReport, OpenRequest, OpenResult } from "./cases.ts";

export interface CaseActivitiesDeps {
  /** Which version of a service a new case takes. */
  catalogue: CurrentServices;
  cases: Pick<Cases, "open" | "publish">;
  /** Sends a child's report as a message (`report-to-parent.ts`). */
  report: (report: ChildReport) => Promise<void>;
  effects: Pick<Effects, "record">;
  /** Absent: no call of a new case ever takes the short way. */
  shortWay?: ShortWayDeps;
  municipality: string;
  /** Installation secret: pseudonyms are an HMAC, never a plain hash of a tax code. */
  secret: string;
  /** Tests force a restart from state after every step. */
  restart?: "every-step";
}

/** What cases whose calls may take the short way need besides. */
export interface ShortWayDeps extends Pick<Effects, "lookAhead"> {
  /** Contracts whose calls need not try it, with the time (ms) for which that holds. */
  notFor(): Record<string, number>;
}

const Start = z.object({
  request: z.record(z.string(), z.json()),
  channel: z.string().min(1).max(40),
  presentedAt: z.iso.datetime({ offset: true }).optional(),
  parent: z.object({ case: z.string(), question: z.string() }).optional(),
});

export function caseActivities(deps: CaseActivitiesDeps): CaseActivities {
  return {
    "case.open": (request) => openCase(deps, request),
    "case.record": (found) => recordFound(deps, found),
    "case.report": (report) => deps.report(report),
    "case.ahead": async ({ caseId, fence }) => {
      if (!deps.shortWay) throw new TypeError("this worker opens no case that would look ahead");
      return deps.shortWay.lookAhead(caseId, fence);
    },
    "case.publish": (status, fence) => deps.cases.publish(status, fence),
  };
}

async function openCase(deps: CaseActivitiesDeps, { caseId, firstRunId, service: id, start }: OpenRequest): Promise<OpenResult> {
  const pinned = await deps.catalogue.pinned(id);
  if (!pinned) {
    const all = (await deps.catalogue.services()).map((one) => one.service);
    return refused("UNKNOWN_SERVICE", `there is no service "${id}"; there are ${all.join(", ")}`);
  }
  const shape = Start.safeParse(start);
  if (!shape.success) return refused("INVALID_REQUEST", "the start does not have the right form", shapeIssues(shape.error));
  const errors = issuesOf(pinned.service.request, start.request);
  if (errors.length > 0) return refused("INVALID_REQUEST", errors.map(({ field, en }) => `${field}: ${en}`).join("; "), errors);
  const { service, overlay, version } = pinned;
  const scope = { request: start.request, overlay: { ...overlay } as JsonObject };
  const office = String(fill(service.office, scope) ?? service.office);
  const applicant = pseudonym(deps.secret, String(evaluate(service.applicant, scope)));
  const { municipality } = deps;
  const { channel, presentedAt } = shape.data;
  const opened = await deps.cases.open({
    caseId,
    firstRunId,
    service: id,
    municipality,
    channel,
    office,
    applicant,
    version,
    ...(presentedAt === undefined ? {} : { presentedAt }),
  });
  if (opened.kind === "exists")
    return refused("CASE_EXISTS", `the case ${caseId} exists already; a case id belongs to its first execution`);
  // A run of this case whose history was lost has pinned another version, and may have called systems by it.
  const first = opened.version === version ? pinned : await deps.catalogue.pinnedAs(id, opened.version);
  const result = {
    service: first.service,
    overlay: first.overlay,
    version: first.version,
    receipt: opened.receipt,
    office,
    applicant,
    ...(deps.restart ? { restart: deps.restart } : {}),
    ...(deps.shortWay ? { shortWay: deps.shortWay.notFor() } : {}),
  };
  // One activity less for the case. It is ignored where the case has published anything, in a run that was lost.
  if (deps.shortWay) await deps.cases.publish(firstStatus(newState(caseId, start, result), Date.now()));
  return { kind: "opened", ...result };
}

/** The operation's contract gives the deadline; the hash is that of the input as it was sent. */
async function recordFound({ effects }: CaseActivitiesDeps, { key, send, operation, input, output }: FoundByPerson): Promise<void> {
  const known = operationById(operation);
  const parsed = known?.input.safeParse(input);
  if (!known || !parsed?.success) return;
  const caseId = key.slice(0, key.indexOf("/"));
  const intent = {
    key,
    send,
    caseId,
    operation,
    adapter: "a person",
    inputHash: hashOf(parsed.data as Json),
    deadlineMs: milliseconds(known.deadline),
  };
  await effects.record({ ...intent, settled: { state: "done", output, warnings: ["found by a person"] } });
}

const refused = (code: RefusalCode, message: string, errors: FieldIssue[] = []): OpenResult => ({ kind: "refused", code, message, errors });

const shapeIssues = (error: z.ZodError): FieldIssue[] =>
  error.issues.map((issue) => ({ field: issue.path.map(String).join("."), en: issue.message, it: issue.message }));

/** The same person has the same pseudonym in one installation, and nobody can go back from it. */
export const pseudonym = (secret: string, taxCode: string): string =>
  createHmac("sha256", secret).update(taxCode).digest("base64url").slice(0, 22);

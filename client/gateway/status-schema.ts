/** The status shape (cases/status.ts) as zod schemas: what the API may send out, member by member, and nothing else. */
import { z } from "zod";
import { repairVerbs } from "../../cases/message.ts";
import { type ApplicantStatus, type CaseStatus, historyEvents, outcomes } from "../../cases/status.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { CasePage } from "../cases-client.ts";

/** A JSON object whose members are the service's own affair. */
export const AnyObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject, JsonObject>;
/** Any JSON value. */
export const AnyJson = z.unknown() as unknown as z.ZodType<Json, Json>;

/** Text in both languages. */
export const TextSchema = z.object({ en: z.string(), it: z.string() });
const Instant = z.string().meta({ description: "Instant, ISO 8601", examples: ["2026-11-22T09:30:00Z"] });

/** States of a case. */
export const StateSchema = z.enum(["received", "running", "waiting", "parked", "closed"]);
/** What a case may wait for. */
export const Waiting = z.enum(["applicant", "office", "system", "payment", "date", "operator"]);
const Outcome = z.enum(outcomes);
const Receipt = z.object({ number: z.string().meta({ description: "Empty until the case's first activity has drawn it" }), at: Instant });

const ActionSchema = z.object({
  id: z.string().meta({ description: "`for` of the message that answers it", examples: ["decision.1"] }),
  name: z.string().meta({ examples: ["decision"] }),
  who: z.enum(["applicant", "office", "operator"]),
  title: TextSchema,
  office: z.string().optional(),
  form: AnyObject.meta({ description: "JSON Schema of the message's body" }),
  shows: AnyObject.optional(),
  due: z.string().optional(),
});

const HistorySchema = z.object({
  at: Instant,
  path: z.string().optional(),
  event: z.enum(historyEvents),
  text: TextSchema,
  public: z.boolean(),
  by: z.string().optional(),
});

const StepState = z.enum(["running", "done", "rejected", "skipped", "failed", "undone"]);
const StepSchema = z.object({
  id: z.string(),
  title: TextSchema,
  state: StepState,
  ms: z.number().optional(),
  operation: z.string().optional(),
  note: z.string().optional(),
});

/** The problem that parks a case. */
export const ParkedProblemSchema = z.object({
  id: z.string(),
  code: z.string(),
  path: z.string(),
  title: z.string(),
  advice: z.string(),
  since: Instant,
  verbs: z.array(z.enum(repairVerbs)),
  key: z.string().optional().meta({ description: "Key of the call in the effect ledger" }),
  notBefore: Instant.optional().meta({ description: "Until then retry is refused: an earlier request may still arrive" }),
  unknown: z.literal(true).optional().meta({ description: "An effect may exist; retry confirms by name that nothing was done" }),
});

const shared = {
  case: z.string(),
  service: z.string(),
  title: TextSchema,
  office: z.string().optional(),
  channel: z.string(),
  receipt: Receipt,
  state: StateSchema,
  waitingFor: Waiting.optional(),
  step: z.string().optional(),
  waitingText: TextSchema.optional(),
  outcome: Outcome.optional(),
  outcomeText: TextSchema.optional(),
  protocolNumber: z.string().optional(),
  clock: z
    .object({
      due: z.string(),
      state: z.enum(["running", "suspended", "expired", "stopped"]),
      elapsed: z.number(),
      suspended: z.number(),
    })
    .optional(),
  number: z.number(),
  updatedAt: Instant,
  history: z.array(HistorySchema),
  actions: z.array(ActionSchema),
  documents: z.array(AnyJson),
};

/** What an applicant may see of a case. */
export const ApplicantStatusSchema = z
  .object({ ...shared, steps: z.array(z.object({ title: TextSchema, state: StepState })) })
  .meta({ id: "ApplicantStatus" }) satisfies z.ZodType<ApplicantStatus>;

/** What an operator sees of a case. */
export const CaseStatusSchema = z
  .object({
    ...shared,
    steps: z.array(StepSchema),
    problem: ParkedProblemSchema.optional(),
    version: z.string(),
    result: AnyObject.optional(),
  })
  .meta({ id: "CaseStatus" }) satisfies z.ZodType<CaseStatus>;

/** One page of a list of cases. */
export const CasePageSchema = z
  .object({
    items: z.array(
      z.object({
        case: z.string(),
        service: z.string(),
        receipt: Receipt.optional(),
        state: StateSchema,
        waitingFor: Waiting.optional(),
        step: z.string().optional(),
        office: z.string().optional(),
        version: z.string().optional().meta({ description: "SHA-256 of the definition that the case has pinned" }),
        outcome: Outcome.optional(),
        protocolNumber: z.string().optional(),
        due: z.string().optional(),
        updatedAt: Instant,
      }),
    ),
    next: z.string().optional().meta({ description: "Cursor of the next page; absent on the last one" }),
  })
  .meta({ id: "CasePage" }) satisfies z.ZodType<CasePage>;

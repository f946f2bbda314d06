/** What operators are shown before they repair, as zod schemas: member by member, and nothing else. */
import { z } from "zod";
import type { CaseEvidence } from "../evidence.ts";
import { type ErrorCode, errorTable } from "../errors.ts";
import type { ParkedPage, ProblemReport } from "../problem-report.ts";
import { ParkedProblemSchema } from "./status-schema.ts";

/** `/problems/:cause/cases` */
export const ProblemParams = z.object({ cause: z.string().min(1).max(200) });
/** `GET /problems/:cause/cases` */
export const ParkedQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(200),
  after: z.string().min(1).max(200).optional().meta({ description: "`next` of the page before" }),
});

const Effect = z.object({
  key: z.string(),
  send: z.number(),
  operation: z.string(),
  adapter: z.string(),
  state: z.enum(["intended", "done", "rejected", "not-sent", "unknown"]),
  attempts: z.number(),
  intendedAt: z.string(),
  settledAt: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  conflict: z.literal(true).optional().meta({ description: "Another effect was found under this key" }),
});

const Item = z.object({
  key: z.string(),
  send: z.number(),
  attempt: z.string(),
  operation: z.string(),
  at: z.string(),
  kind: z.enum(["unknown", "rejected", "conflict", "failed"]),
  code: z.string(),
  message: z.string(),
  status: z.number().optional(),
  contentType: z.string().optional(),
  bytes: z.number().optional(),
  system: z.string(),
  adapter: z.string(),
  durationMs: z.number(),
});

/** `GET /cases/:id/evidence` */
export const EvidenceSchema = z
  .object({ case: z.string(), effects: z.array(Effect), evidence: z.array(Item) })
  .meta({ id: "Evidence" }) satisfies z.ZodType<CaseEvidence>;

/** `GET /problems` */
export const ProblemReportSchema = z
  .object({
    groups: z.array(
      z.object({
        cause: z.string().meta({ examples: ["protocol.register:OUTCOME_UNKNOWN"] }),
        kind: z.enum(["parked", "call", "workflow-task"]),
        count: z.number(),
        oldest: z.string(),
        atRisk: z.number().meta({ description: "Cases whose legal term ends within five days, or is over" }),
        nextDue: z.string().optional(),
        services: z.array(z.string()),
        example: z.string(),
        title: z.string(),
      }),
    ),
    lookedAt: z.object({ cases: z.number(), of: z.number(), failed: z.enum(Object.keys(errorTable) as [ErrorCode]).optional() }),
  })
  .meta({ id: "ProblemReport" }) satisfies z.ZodType<ProblemReport>;

/** `GET /problems/:cause/cases` */
export const ParkedPageSchema = z
  .object({
    items: z.array(
      z.object({ case: z.string(), service: z.string(), number: z.number(), due: z.string().optional(), problem: ParkedProblemSchema }),
    ),
    next: z.string().optional(),
  })
  .meta({ id: "ParkedPage" }) satisfies z.ZodType<ParkedPage>;

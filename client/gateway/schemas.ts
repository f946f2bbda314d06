/** What the API takes and gives, besides the status: the source of validation and of the OpenAPI document. */
import { z } from "zod";
import { repairVerbs } from "../../cases/message.ts";
import { AttachmentRef } from "../../connectors/shared-types.ts";
import { errorTable } from "../errors.ts";
import { AnyJson, AnyObject, StateSchema, TextSchema } from "./status-schema.ts";

/** An attachment's reference, under its name in the document. */
export const AttachmentSchema = AttachmentRef.meta({ id: "Attachment" });

/** The id of a message or of an operator's act. */
export const MessageId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, { error: "is not an id (letters, digits, . _ : -, at most 100)" })
  .meta({ description: "Chosen by the sender; the same id gets the recorded answer again" });
const For = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "Id of the action answered", examples: ["decision.1"] });
const Name = z.string().regex(/^[a-z][A-Za-z0-9]{0,59}$/, { error: "is not a name (camelCase, at most 60)" });
/** A person's name. */
export const Who = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .meta({ description: "A name; stored as unverified", examples: ["A. Bianchi"] });
const Instant = z.iso.datetime({ offset: true });
const Note = z.string().max(2_000);

/** `/cases/:id` */
export const CaseParams = z.object({ id: z.string().min(1).max(200) });
/** `/services/:id` */
export const ServiceParams = z.object({ id: z.string().min(1).max(60) });
/** `/attachments/:id` */
export const AttachmentParams = z.object({ id: z.string().regex(/^att-[0-9a-z]{8,40}$/, { error: "is not an attachment id" }) });
/** `POST /attachments?name=` */
export const AttachmentQuery = z.object({
  name: z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ["certificate.pdf"] }),
});

/** `POST /cases` */
export const StartBody = z.strictObject({
  service: z
    .string()
    .min(1)
    .max(60)
    .meta({ examples: ["disabled-parking-pass"] }),
  request: AnyObject.meta({ description: "As `requestSchema` of GET /services/{id} says" }),
  channel: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,29}$/, { error: "is not a channel (lower case, at most 30)" })
    .default("api"),
  presentedAt: Instant.refine((at) => Date.parse(at) <= Date.now() + 300_000, { error: "lies in the future" })
    .optional()
    .meta({ description: "Instant of the presentation, when that was before the start" }),
});

/** Only documents the header; `idempotency.ts` reads it, so that a missing key is 400 and not 422. */
export const StartHeaders = z.object({
  "idempotency-key": z.string().optional().meta({ description: "Required. The same key and body always mean the same case." }),
});

/** The answer to a start. */
export const Started = z
  .object({
    case: z.string(),
    service: z.string(),
    number: z.number().meta({ description: "Status number under which the receipt is published: GET status?after=" }),
    links: z.object({ status: z.string(), messages: z.string(), withdrawal: z.string() }),
  })
  .meta({ id: "Started" });

/** `GET /cases` */
export const ListQuery = z.object({
  service: z.string().min(1).max(60).optional(),
  state: StateSchema.optional(),
  updatedSince: Instant.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});

/** `GET /cases/:id` */
export const StatusQuery = z.object({
  view: z.enum(["applicant", "operator"]).default("applicant"),
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: "Wait up to 30 s until the status has this number or a higher one" }),
});

/** `POST /cases/:id/messages` */
export const MessageBody = z.strictObject({
  id: MessageId,
  for: For.optional(),
  name: Name,
  body: AnyObject,
  from: z
    .string()
    .regex(/^(applicant|office:.{1,120}|system:.{1,120})$/, { error: "is not applicant, office:<name> or system:<name>" })
    .default("applicant"),
  at: Instant.optional(),
});

const decisionParts = { form: AnyObject.optional(), note: Note.optional() };

/** `POST /cases/:id/decisions` */
export const DecisionBody = z
  .strictObject({
    id: MessageId,
    for: For,
    outcome: Name.optional().meta({ description: "One of the step's outcomes" }),
    ask: Name.optional().meta({ description: "Instead of an outcome: what to ask of the applicant first" }),
    ...decisionParts,
    by: Who,
  })
  .refine(({ outcome, ask }) => (outcome === undefined) !== (ask === undefined), {
    path: ["outcome"],
    error: "give either an outcome or an ask",
  });

/** `POST /cases/:id/corrections` */
export const CorrectionBody = z.strictObject({
  id: MessageId,
  for: For,
  name: Name.optional().meta({ description: "Name of the action; taken from its id unless told" }),
  body: AnyObject,
});

/** `POST /cases/:id/withdrawal` */
export const WithdrawalBody = z.strictObject({ id: MessageId, reason: Note.optional() });

/** `POST /cases/:id/repairs` */
export const RepairBody = z
  .strictObject({
    id: MessageId,
    problem: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "`problem.id` of the operator's view; may be absent for cancel and reassign only" }),
    verb: z.enum(repairVerbs),
    office: z.string().min(1).max(60).optional().meta({ description: "For reassign: the office that the open decision moves to" }),
    question: For.optional().meta({ description: "For reassign, where more than one decision is open: id of the action meant" }),
    result: AnyJson.optional().meta({ description: "For resolve: the operation's result" }),
    reason: z.string().trim().min(1).max(2_000),
    by: Who,
  })
  .refine(({ verb, problem }) => verb === "cancel" || verb === "reassign" || problem !== undefined, {
    path: ["problem"],
    error: "is needed for this verb",
  })
  .refine(({ verb, office }) => verb !== "reassign" || office !== undefined, { path: ["office"], error: "is needed for reassign" })
  .refine(({ verb, result }) => verb !== "resolve" || result !== undefined, { path: ["result"], error: "is needed for resolve" });

/** The answer to a message or repair. */
export const Accepted = z
  .object({
    accepted: z.literal(true),
    number: z.number().meta({ description: "Status number under which the effect is published: GET status?after=" }),
    kept: z.literal(true).optional().meta({ description: "Kept for a wait that has not begun" }),
  })
  .meta({ id: "Accepted" });

/** `GET /services` */
export const ServicesSchema = z.object({
  items: z.array(
    z.object({
      service: z.string(),
      title: TextSchema,
      area: z.string(),
      office: z.string().optional().meta({ description: "Absent where it depends on the request" }),
      term: z.string().optional(),
      workflow: z.string().optional(),
    }),
  ),
});

/** `GET /services/:id` */
export const ServiceSchema = z
  .object({
    service: z.string(),
    title: TextSchema,
    area: z.string(),
    office: z.string().optional().meta({ description: "Absent where it depends on the request" }),
    legal: AnyObject.optional(),
    requestSchema: AnyObject.meta({ description: "JSON Schema 2020-12 of `request`" }),
  })
  .meta({ id: "Service" });

/** `GET /health` */
export const HealthSchema = z.object({ ok: z.boolean(), temporal: z.boolean(), register: z.boolean() });

/** Every error (RFC 9457). */
export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.enum(Object.keys(errorTable) as [keyof typeof errorTable]),
    errors: z.array(z.object({ field: z.string(), en: z.string(), it: z.string() })).optional(),
    details: AnyObject.optional(),
  })
  .meta({ id: "Problem" });

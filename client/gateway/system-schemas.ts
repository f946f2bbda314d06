/** What the API takes and gives of systems. */
import { z } from "zod";
import type { SystemGate } from "../systems.ts";

/** `/systems/:name` */
export const SystemParams = z.object({ name: z.string().min(1).max(60) });

const Who = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .meta({ description: "A name; stored as unverified", examples: ["A. Bianchi"] });
const Reason = z.string().trim().min(1).max(500);

/** `POST /systems/:name/gate` */
export const GateBody = z.discriminatedUnion("act", [
  z.strictObject({
    act: z.literal("close"),
    until: z.iso
      .datetime({ offset: true })
      .refine((at) => Date.parse(at) > Date.now(), { error: "lies in the past" })
      .optional()
      .meta({ description: "Without it the gate stays closed until somebody opens it" }),
    reason: Reason,
    by: Who,
  }),
  z.strictObject({
    act: z.literal("open"),
    rate: z.number().positive().max(10_000).optional().meta({ description: "Calls per second; without it the system's own" }),
    ramp: z.boolean().optional().meta({ description: "Begins slowly, as after an outage; the rate doubles at each step" }),
    reason: Reason.optional(),
    by: Who,
  }),
]);

/** A system with its gate. */
export const SystemSchema = z
  .object({
    system: z.string().meta({ examples: ["protocol"] }),
    adapter: z.string().optional(),
    queue: z.string(),
    gate: z
      .enum(["open", "closed", "limited", "trickle"])
      .meta({ description: "limited: at `rate`; trickle: single calls until one succeeds" }),
    rate: z.number().optional().meta({ description: "Calls per second" }),
    reason: z.string().optional(),
    by: z.string().optional(),
    since: z.string().optional(),
    until: z.string().optional(),
    enforcedBy: z.literal("register").optional().meta({ description: "Where the Temporal server cannot limit task queues" }),
    waiting: z.number().optional().meta({ description: "Calls that wait, approximately; absent where the Temporal server does not tell" }),
    served: z
      .boolean()
      .optional()
      .meta({ description: "Whether a worker takes its calls; absent where the Temporal server does not tell" }),
  })
  .meta({ id: "System" }) satisfies z.ZodType<SystemGate>;

/** `GET /systems` */
export const SystemsSchema = z.object({ items: z.array(SystemSchema) });

/** pino, and the SDK's logger that speaks through it. Only allow-listed fields are logged; personal data never is. */
import { DefaultLogger, type LogEntry } from "@temporalio/worker";
import { pino, type Logger } from "pino";

export const openLog = (name: string, level: string): Logger =>
  pino({ name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime });

const levels = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;
const allowed = ["workflowId", "workflowType", "runId", "activityType", "activityId", "attempt", "taskQueue", "sdkComponent"] as const;

/** The SDK's entries, with the fields that are known to hold no personal data; an error only by its name and type. */
export const sdkLogger = (log: Logger): DefaultLogger =>
  new DefaultLogger("INFO", ({ level, message, meta }: LogEntry) => {
    const fields: Record<string, unknown> = {};
    for (const key of allowed) if (meta?.[key] !== undefined) fields[key] = meta[key];
    const error: unknown = meta?.["error"];
    if (error instanceof Error) Object.assign(fields, { error: error.name, ...(sdkOwn(error) ? { reason: error.message } : {}) });
    log[levels[level]](fields, message);
  });

/** Messages of the workflow sandbox's own errors name code, not values. */
const sdkOwn = (error: Error): boolean =>
  ["DeterminismViolationError", "ReferenceError", "TypeError", "TransportError", "ServiceError"].includes(error.name);

/** One line per call, of an allow-list: method, route pattern, status, milliseconds and case id. Never bodies, query values or keys. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { isCaseId } from "../case-id.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The case that this call concerns, once known. */
    caseId?: string;
  }
}

/** Logs each answered call at `info`, and a failed one at `warn`. */
export function logCalls(app: FastifyInstance, log: Logger): void {
  app.decorateRequest("caseId", undefined);
  app.addHook("onResponse", async (request: FastifyRequest, reply: FastifyReply) => {
    const named = (request.params as { id?: unknown } | undefined)?.id;
    const caseId = request.caseId ?? (typeof named === "string" && isCaseId(named) ? named : undefined);
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? "(none)",
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(caseId === undefined ? {} : { case: caseId }),
    };
    if (reply.statusCode >= 500) log.warn(line, "answered");
    else log.info(line, "answered");
  });
}

/** Every error of the gateway as an RFC 9457 problem: coded, naming the fields, without stack or values. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaCompiler } from "fastify";
import type { Logger } from "pino";
import type { z } from "zod";
import { DarsenaError, type ErrorCode, toProblem } from "../errors.ts";
import { readFields } from "./field-issues.ts";

const MEDIA_TYPE = "application/problem+json";

/** Reads a part of a call by its zod schema: a wrong body is INVALID_BODY (422), anything else MALFORMED (400). */
export const readByZod: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (value) => {
    const read = readFields(schema, value);
    if ("value" in read) return read;
    return {
      error: new DarsenaError(httpPart === "body" ? "INVALID_BODY" : "MALFORMED", { errors: read.issues, detail: sentence(read.issues) }),
    };
  };

const sentence = (issues: { field: string; en: string }[]) => `${issues.map(({ field, en }) => `${field || "body"}: ${en}`).join("; ")}.`;

/** What Fastify refuses by itself, in our codes. */
const OF_FASTIFY: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "MEDIA_TYPE",
};

/** Installs the answers to errors and to unknown addresses. */
export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError | DarsenaError, request, reply) => {
    const coded = inOurWords(error);
    if (coded.status >= 500)
      log.error({ code: coded.code, request: request.id, route: request.routeOptions.url, trace: trace(coded) }, "call failed");
    return write(coded, request, reply);
  });
  app.setNotFoundHandler((request, reply) => write(new DarsenaError("NOT_FOUND"), request, reply));
}

function write(error: DarsenaError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.retryAfter !== undefined) reply.header("retry-after", String(error.retryAfter));
  return reply
    .code(error.status)
    .type(MEDIA_TYPE)
    .serializer((problem: unknown) => JSON.stringify(problem))
    .send(toProblem(error, `urn:darsena:request:${request.id}`));
}

function inOurWords(error: FastifyError | DarsenaError): DarsenaError {
  if (error instanceof DarsenaError) return error;
  const code = OF_FASTIFY[error.code];
  if (code === "MEDIA_TYPE") return new DarsenaError(code, { detail: "Send application/json.", cause: error });
  if (code !== undefined) return new DarsenaError(code, { cause: error });
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new DarsenaError("MALFORMED", { detail: "The body is not JSON, or a header is not right.", cause: error });
  }
  return new DarsenaError("INTERNAL", { cause: error });
}

/** Names and frames of an error and its causes; messages are left out, since a driver may put values into them. */
function trace(error: unknown): string[] {
  const lines: string[] = [];
  for (let one = error; one instanceof Error && lines.length < 40; one = one.cause) {
    const code = (one as { code?: unknown }).code;
    lines.push(typeof code === "string" || typeof code === "number" ? `${one.name} ${code}` : one.name);
    lines.push(
      ...(one.stack ?? "")
        .split("\n")
        .filter((line) => /^\s+at /.test(line))
        .slice(0, 8)
        .map((line) => line.trim()),
    );
  }
  return lines;
}

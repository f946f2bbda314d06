/** Files: streamed in and out, never held whole. */
import type { IncomingMessage } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { CasesClient } from "../cases-client.ts";
import { DarsenaError } from "../errors.ts";
import { problems } from "./answers.ts";
import { AttachmentParams, AttachmentQuery, AttachmentSchema } from "./schemas.ts";

/** Media types that an office can open and keep. */
export const mediaTypes: readonly string[] = [
  "application/pdf",
  "application/pkcs7-mime",
  "application/xml",
  "image/jpeg",
  "image/png",
  "image/tiff",
  "message/rfc822",
  "text/csv",
  "text/plain",
  "text/xml",
];

/** `POST /attachments`, `GET /attachments/:id`. */
export const attachmentRoutes =
  (cases: CasesClient, limitBytes: number): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ["attachments"];
    app.removeAllContentTypeParsers();
    // The body stays a stream: the handler hands it on.
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));

    app.post(
      "/attachments",
      {
        preValidation: async (request) => refuseEarly(request.headers, limitBytes),
        schema: {
          tags,
          summary: "Store a file",
          description: `The body is the file itself, at most ${limitBytes} bytes. Content-Type is one of: ${mediaTypes.join(", ")}.`,
          querystring: AttachmentQuery,
          response: { 201: AttachmentSchema, ...problems(400, 413, 415, 503) },
        },
      },
      async (request, reply) => {
        const mediaType = mediaTypeOf(request.headers["content-type"]);
        const ref = await cases.attach({ name: request.query.name, mediaType, content: bodyOf(request.raw) });
        return reply.code(201).header("location", `/attachments/${ref.id}`).send(ref);
      },
    );

    app.get(
      "/attachments/:id",
      { schema: { tags, summary: "The bytes of a file", params: AttachmentParams, produces: ["application/octet-stream"] } },
      async (request, reply) => {
        const { ref, content } = await cases.attachment(request.params.id);
        return reply
          .type(ref.mediaType)
          .header("content-length", String(ref.bytes))
          .header("x-sha256", ref.sha256)
          .header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(ref.name)}`)
          .header("content-security-policy", "default-src 'none'; sandbox")
          .send(content);
      },
    );
  };

/** The body as a stream of its own: whoever stops reading it does not cut the connection under our answer. */
function bodyOf(raw: IncomingMessage): Readable {
  const body = new PassThrough();
  raw.once("close", () => {
    if (!raw.complete) body.destroy(new DarsenaError("MALFORMED", { detail: "The file was cut off while it was sent." }));
  });
  body.once("close", () => {
    raw.unpipe(body);
    raw.resume();
  });
  return raw.pipe(body);
}

const mediaTypeOf = (header: string | undefined): string => (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** Refuses by the headers, before a byte is read. */
function refuseEarly(headers: { "content-type"?: string; "content-length"?: string }, limitBytes: number): void {
  if (!mediaTypes.includes(mediaTypeOf(headers["content-type"]))) {
    throw new DarsenaError("MEDIA_TYPE", { detail: `Send one of: ${mediaTypes.join(", ")}.` });
  }
  if (Number(headers["content-length"] ?? 0) > limitBytes) throw new DarsenaError("TOO_LARGE", { detail: `At most ${limitBytes} bytes.` });
}

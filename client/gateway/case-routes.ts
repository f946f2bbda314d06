/** Cases: start one, list them, read one's status. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { CasesClient } from "../cases-client.ts";
import { readIdempotencyKey } from "../idempotency.ts";
import { problems } from "./answers.ts";
import { CaseParams, ListQuery, StartBody, Started, StartHeaders, StatusQuery } from "./schemas.ts";
import { ApplicantStatusSchema, CasePageSchema, CaseStatusSchema } from "./status-schema.ts";

/** Where the parts of a case are. */
const linksOf = (caseId: string) => ({
  status: `/cases/${caseId}`,
  messages: `/cases/${caseId}/messages`,
  withdrawal: `/cases/${caseId}/withdrawal`,
});

/** `POST /cases`, `GET /cases`, `GET /cases/:id`. */
export const caseRoutes =
  (cases: CasesClient): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ["cases"];
    app.post(
      "/cases",
      {
        // Before the body is judged: without a key nothing else matters.
        preValidation: async (request) => {
          readIdempotencyKey(request.headers["idempotency-key"]);
        },
        schema: {
          tags,
          summary: "Start a case",
          description: "Answers 201 once the case is durably accepted. The same Idempotency-Key and body give the same case (200).",
          headers: StartHeaders,
          body: StartBody,
          response: { 201: Started, 200: Started, ...problems(400, 404, 415, 422, 503) },
        },
      },
      async (request, reply) => {
        const idempotencyKey = readIdempotencyKey(request.headers["idempotency-key"]);
        const { created, ...started } = await cases.startCase({ ...request.body, idempotencyKey });
        request.caseId = started.case;
        const links = linksOf(started.case);
        return reply
          .code(created ? 201 : 200)
          .header("location", links.status)
          .send({ ...started, links });
      },
    );

    app.get(
      "/cases",
      {
        schema: {
          tags,
          summary: "List cases, the latest change first",
          querystring: ListQuery,
          response: { 200: CasePageSchema, ...problems(400, 503) },
        },
      },
      async (request) => cases.list(request.query),
    );

    app.get(
      "/cases/:id",
      {
        schema: {
          tags,
          summary: "Read a case's status",
          params: CaseParams,
          querystring: StatusQuery,
          response: { 200: z.union([CaseStatusSchema, ApplicantStatusSchema]), ...problems(400, 404, 503) },
        },
      },
      async (request) => {
        const { view, after } = request.query;
        const { id } = request.params;
        // The view's own schema first: the union would let an operator's fields through for an applicant.
        if (view === "operator") return CaseStatusSchema.parse(await cases.status(id, { after, view }));
        return ApplicantStatusSchema.parse(await cases.status(id, { after, view }));
      },
    );
  };

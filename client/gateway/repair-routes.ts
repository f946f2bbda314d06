/** What operators look at before they repair: evidence of a case, and problems over all cases. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { CasesClient } from "../cases-client.ts";
import { problems } from "./answers.ts";
import { EvidenceSchema, ParkedPageSchema, ParkedQuery, ProblemParams, ProblemReportSchema } from "./repair-schemas.ts";
import { CaseParams } from "./schemas.ts";

/** `GET /cases/:id/evidence`, `GET /problems`, `GET /problems/:cause/cases`. */
export const repairRoutes =
  (cases: CasesClient): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ["repair"];
    app.get(
      "/cases/:id/evidence",
      {
        schema: {
          tags,
          summary: "What is known of a case's calls: rows of the effect ledger, and what systems answered or did not",
          params: CaseParams,
          response: { 200: EvidenceSchema, ...problems(404, 503) },
        },
      },
      async (request) => {
        request.caseId = request.params.id;
        return cases.evidence(request.params.id);
      },
    );

    app.get(
      "/problems",
      {
        schema: {
          tags,
          summary: "Parked and stuck cases, grouped by cause",
          description:
            "Parked cases are counted in full. Of the running cases that have been silent for half a minute at most 200 are looked at in Temporal, the longest silent first.",
          response: { 200: ProblemReportSchema, ...problems(503) },
        },
      },
      async () => cases.problems(),
    );

    app.get(
      "/problems/:cause/cases",
      {
        schema: {
          tags,
          summary: "The cases parked for a cause, in the order of their ids",
          params: ProblemParams,
          querystring: ParkedQuery,
          response: { 200: ParkedPageSchema, ...problems(400, 503) },
        },
      },
      async (request) => cases.parked(request.params.cause, request.query),
    );
  };

/** Acts on a case: messages, and the everyday ones by name. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { JsonObject } from "../../connectors/json.ts";
import type { CasesClient } from "../cases-client.ts";
import { problems } from "./answers.ts";
import { AdoptionBody } from "./definition-schemas.ts";
import { Accepted, CaseParams, CorrectionBody, DecisionBody, MessageBody, RepairBody, WithdrawalBody } from "./schemas.ts";
import { unverified, unverifiedSender } from "./unverified.ts";

const response = { 202: Accepted, ...problems(400, 404, 409, 415, 422, 503) };
const tags = ["acts"];

/** `POST /cases/:id/messages`, `/decisions`, `/corrections`, `/withdrawal`, `/repairs`, `/adoptions`. */
export const actRoutes =
  (cases: CasesClient): FastifyPluginAsyncZod =>
  async (app) => {
    const params = CaseParams;
    app.post(
      "/cases/:id/messages",
      { schema: { tags, summary: "Say something to a case", params, body: MessageBody, response } },
      async (request, reply) => {
        const message = { ...request.body, from: unverifiedSender(request.body.from) };
        return reply.code(202).send(await cases.send(request.params.id, message));
      },
    );

    app.post(
      "/cases/:id/decisions",
      { schema: { tags, summary: "The office decides, or asks the applicant first", params, body: DecisionBody, response } },
      async (request, reply) => {
        const { id, for: answers, by, ...decision } = request.body;
        const message = { id, for: answers, name: "decision", body: decision as JsonObject, from: unverified(`office:${by}`) };
        return reply.code(202).send(await cases.send(request.params.id, message));
      },
    );

    app.post(
      "/cases/:id/corrections",
      { schema: { tags, summary: "The applicant answers what was asked", params, body: CorrectionBody, response } },
      async (request, reply) => {
        const { id, for: answers, body } = request.body;
        const name = request.body.name ?? askOf(answers);
        return reply.code(202).send(await cases.send(request.params.id, { id, for: answers, name, body, from: "applicant" }));
      },
    );

    app.post(
      "/cases/:id/withdrawal",
      { schema: { tags, summary: "The applicant withdraws", params, body: WithdrawalBody, response } },
      async (request, reply) => reply.code(202).send(await cases.withdraw(request.params.id, request.body)),
    );

    app.post(
      "/cases/:id/repairs",
      {
        schema: {
          tags,
          summary: "An operator repairs a parked case, cancels an open one, or moves an open decision to another office",
          params,
          body: RepairBody,
          response,
        },
      },
      async (request, reply) => {
        const repair = { ...request.body, by: unverified(request.body.by) };
        return reply.code(202).send(await cases.repair(request.params.id, repair));
      },
    );

    app.post(
      "/cases/:id/adoptions",
      {
        schema: {
          tags,
          summary: "Move a waiting case to another version of its service",
          description: "Refused with 409 NOT_EXPECTED and `details.reasons` where what the case has done does not stand in that version.",
          params,
          body: AdoptionBody,
          response,
        },
      },
      async (request, reply) => {
        const adoption = { ...request.body, by: unverified(request.body.by) };
        return reply.code(202).send(await cases.adopt(request.params.id, adoption));
      },
    );
  };

/** The message that answers the ask `<step path>/<ask>.<round>`. */
const askOf = (action: string): string => /([^/]+?)\.\d+$/.exec(action)?.[1] ?? "correction";

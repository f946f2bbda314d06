/** The systems and their gates. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { SystemGate, Systems } from "../systems.ts";
import { problems } from "./answers.ts";
import { GateBody, SystemParams, SystemSchema, SystemsSchema } from "./system-schemas.ts";
import { unverified } from "./unverified.ts";

/** `GET /systems`, `POST /systems/:name/gate`. */
export const systemRoutes =
  (systems: Systems): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ["systems"];
    app.get(
      "/systems",
      { schema: { tags, summary: "List the systems with their gates", response: { 200: SystemsSchema, ...problems(503) } } },
      async () => ({ items: await systems.list() }),
    );

    app.post(
      "/systems/:name/gate",
      {
        schema: {
          tags,
          summary: "Close or open a system's gate",
          description: "Calls in flight finish; waiting calls keep their order. Answers once the gate is set, with what it was before.",
          params: SystemParams,
          body: GateBody,
          response: { 200: z.object({ before: SystemSchema }), ...problems(400, 404, 415, 422, 503) },
        },
      },
      async (request): Promise<{ before: SystemGate }> => {
        const { name } = request.params;
        const { body } = request;
        const by = unverified(body.by);
        if (body.act === "close") {
          const until = body.until === undefined ? {} : { until: new Date(body.until).toISOString() };
          return { before: await systems.close(name, { reason: body.reason, by, ...until }) };
        }
        const { rate, ramp, reason } = body;
        const given = { ...(ramp ? { ramp } : {}), ...(reason === undefined ? {} : { reason }), ...(rate === undefined ? {} : { rate }) };
        return { before: await systems.open(name, { by, ...given }) };
      },
    );
  };

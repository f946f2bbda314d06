/** What the municipality offers, and whether Darsena is well. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { CasesClient } from "../cases-client.ts";
import { problems } from "./answers.ts";
import { HealthSchema, ServiceParams, ServiceSchema, ServicesSchema } from "./schemas.ts";

/** `GET /services`, `GET /services/:id`, `GET /health`. */
export const serviceRoutes =
  (cases: CasesClient): FastifyPluginAsyncZod =>
  async (app) => {
    app.get("/services", { schema: { tags: ["services"], summary: "List the services", response: { 200: ServicesSchema } } }, async () => ({
      items: await cases.services(),
    }));

    app.get(
      "/services/:id",
      {
        schema: {
          tags: ["services"],
          summary: "One service, with the JSON Schema of a request to it",
          params: ServiceParams,
          response: { 200: ServiceSchema, ...problems(400, 404) },
        },
      },
      async (request) => cases.service(request.params.id),
    );

    app.get(
      "/health",
      {
        schema: {
          tags: ["health"],
          summary: "Whether Temporal and the register answer; 503 when one does not",
          response: { 200: HealthSchema, 503: HealthSchema },
        },
      },
      async (_request, reply) => {
        const health = await cases.health();
        return reply.code(health.ok ? 200 : 503).send(health);
      },
    );
  };

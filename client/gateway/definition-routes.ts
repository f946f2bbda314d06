/** Versions of services: list and read them, publish one, go back to one, and see where the open cases stand. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Pinned } from "../../catalogue/definition.ts";
import type { CasesClient } from "../cases-client.ts";
import type { DefinitionsClient } from "../definitions-client.ts";
import { problems } from "./answers.ts";
import {
  AliasParams,
  AliasSchema,
  CurrentBody,
  CurrentSchema,
  DefinitionSchema,
  PositionsSchema,
  PublicationBody,
  VersionParams,
  VersionsSchema,
} from "./definition-schemas.ts";
import { ServiceParams } from "./schemas.ts";
import { unverified } from "./unverified.ts";

const tags = ["versions"];

/** `GET` and `POST /services/:id/versions`, `GET /services/:id/versions/:version`, `PUT /services/:id/current`, `PUT /services/:id/aliases/:alias`, `GET /services/:id/positions`. */
export const definitionRoutes =
  (cases: CasesClient): FastifyPluginAsyncZod =>
  async (app) => {
    const { definitions } = cases;
    const params = ServiceParams;
    app.get(
      "/services/:id/versions",
      {
        schema: {
          tags,
          summary: "The versions of a service, the latest first",
          params,
          response: { 200: VersionsSchema, ...problems(404, 503) },
        },
      },
      async (request) => definitions.versions(request.params.id),
    );

    app.post(
      "/services/:id/versions",
      {
        schema: {
          tags,
          summary: "Publish a definition",
          description: "New cases take it within two seconds; open cases stay on the version that they have pinned.",
          params,
          body: PublicationBody,
          response: { 200: CurrentSchema, 201: CurrentSchema, ...problems(400, 413, 415, 422, 503) },
        },
      },
      async (request, reply) => {
        const { definition, by, reason } = request.body;
        const published = await definitions.publish(request.params.id, {
          definition: definition as unknown as Pinned,
          by: unverified(by),
          reason,
        });
        return reply.code(published.changed ? 201 : 200).send(published);
      },
    );

    app.get(
      "/services/:id/versions/:version",
      {
        schema: { tags, summary: "One definition", params: VersionParams, response: { 200: DefinitionSchema, ...problems(400, 404, 503) } },
      },
      async (request) => {
        const { id, version } = request.params;
        return { service: id, version, definition: (await definitions.definition(id, version)) as unknown as Record<string, never> };
      },
    );

    pointing(app, definitions);

    app.get(
      "/services/:id/positions",
      {
        schema: {
          tags,
          summary: "Where the open cases of a service stand, counted by version and position",
          params,
          response: { 200: PositionsSchema, ...problems(404, 503) },
        },
      },
      async (request) => ({ items: await definitions.positions(request.params.id) }),
    );
  };

/** Which version new cases take, and names of one's own. */
function pointing(app: Parameters<FastifyPluginAsyncZod>[0], definitions: DefinitionsClient): void {
  app.put(
    "/services/:id/current",
    {
      schema: {
        tags,
        summary: "Let new cases take another version, such as the one before",
        params: ServiceParams,
        body: CurrentBody,
        response: { 200: CurrentSchema, ...problems(400, 404, 415, 422, 503) },
      },
    },
    async (request) => definitions.setCurrent(request.params.id, { ...request.body, by: unverified(request.body.by) }),
  );

  app.put(
    "/services/:id/aliases/:alias",
    {
      schema: {
        tags,
        summary: "Point a name of one's own at a version",
        params: AliasParams,
        body: CurrentBody,
        response: { 200: AliasSchema, ...problems(400, 404, 415, 422, 503) },
      },
    },
    async (request) => {
      const { id, alias } = request.params;
      return definitions.setAlias(id, { ...request.body, alias, by: unverified(request.body.by) });
    },
  );
}

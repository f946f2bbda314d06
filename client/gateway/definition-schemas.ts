/** What the API takes and gives about versions of services. */
import { z } from "zod";
import { MessageId, ServiceParams, Who } from "./schemas.ts";
import { AnyObject, StateSchema, Waiting } from "./status-schema.ts";

const Version = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: "is not a version (64 hexadecimal digits)" })
  .meta({ description: "SHA-256 of the canonical resolved definition" });
const Reason = z.string().trim().min(1).max(2_000);
const Instant = z.string();

/** `/services/:id/versions/:version` */
export const VersionParams = ServiceParams.extend({ version: Version });

/** `POST /services/:id/versions` */
export const PublicationBody = z.strictObject({
  definition: AnyObject.meta({ description: "`{service, overlay}`, resolved: fragments expanded, the municipality's overlay with it" }),
  by: Who,
  reason: Reason,
});

/** `PUT /services/:id/current` */
export const CurrentBody = z.strictObject({ version: Version, by: Who, reason: Reason });

/** A name of one's own: never what could be the first digits of a version, nor the name that publishing moves. */
const Alias = z
  .string()
  .regex(/^(?![0-9a-f]+$)[a-z][a-z0-9-]{0,39}$/, { error: "is not a name: letters, digits and hyphens, and not only hexadecimal digits" })
  .refine((alias) => alias !== "current", { error: "is moved by publishing or by PUT /services/:id/current" });

/** `/services/:id/aliases/:alias` */
export const AliasParams = ServiceParams.extend({ alias: Alias });

/** `POST /cases/:id/adoptions` */
export const AdoptionBody = z.strictObject({ id: MessageId, version: Version, by: Who, reason: Reason });

/** The answer to a publication, or to a change of what is current. */
export const CurrentSchema = z
  .object({
    service: z.string(),
    version: Version,
    before: Version.optional().meta({ description: "What new cases took before" }),
    changed: z.boolean(),
  })
  .meta({ id: "CurrentVersion" });

/** `PUT /services/:id/aliases/:alias` */
export const AliasSchema = z
  .object({
    service: z.string(),
    alias: z.string(),
    version: Version,
    before: Version.optional().meta({ description: "Where it pointed before" }),
    changed: z.boolean(),
  })
  .meta({ id: "Alias" });

/** `GET /services/:id/versions` */
export const VersionsSchema = z
  .object({
    service: z.string(),
    municipality: z.string(),
    current: Version.optional().meta({ description: "What new cases take" }),
    compiled: Version.optional().meta({ description: "What the gateway's build holds" }),
    items: z.array(
      z.object({
        version: Version,
        keptAt: Instant.optional(),
        publishedAt: Instant.optional(),
        publishedBy: z.string().optional(),
        reason: z.string().optional(),
        openCases: z.number(),
        aliases: z.array(z.object({ alias: z.string(), setAt: Instant, setBy: z.string(), reason: z.string().optional() })),
      }),
    ),
  })
  .meta({ id: "Versions" });

/** `GET /services/:id/versions/:version` */
export const DefinitionSchema = z.object({ service: z.string(), version: Version, definition: AnyObject }).meta({ id: "Definition" });

/** `GET /services/:id/positions` */
export const PositionsSchema = z
  .object({
    items: z.array(
      z.object({
        version: Version.optional(),
        state: StateSchema,
        waitingFor: Waiting.optional(),
        step: z.string().optional(),
        finished: z.array(z.string()).meta({ description: "Paths of finished steps, without indices of forEach" }),
        begun: z.array(z.string()),
        count: z.number(),
        example: z.string().meta({ description: "One of the cases" }),
      }),
    ),
  })
  .meta({ id: "Positions" });

/** The language of services: the shape of a YAML file, of a fragment and an overlay, and of the resolved definition that a case pins. */
import { z } from "zod";
import type { Json, JsonObject } from "../connectors/json.ts";
import type { Fields } from "./fields.ts";
import { Step } from "./steps.ts";
import { SystemSettings } from "./systems.ts";
import { Duration, Expression, FieldsSchema, Identifier, Outcome, ServiceId, Template, TextSchema } from "./words.ts";

export type * from "./steps.ts";
export { Duration, ServiceId, TextSchema } from "./words.ts";

const header = {
  darsena: z.literal(1),
  service: ServiceId,
  title: TextSchema,
  area: z.string(),
  /** An office of the overlay, or an expression over the request that names one. */
  office: z.string(),
  legal: z.strictObject({ basis: z.string().optional(), term: Duration, onExpiry: z.enum(["breach", "silent-assent"]).default("breach") }),
  request: FieldsSchema,
  /** Who asks: an expression that gives the tax code (for the pseudonym), such as `request.applicant.taxCode`. */
  applicant: Expression,
  /** Texts of outcomes for the applicant. */
  outcomes: z.partialRecord(Outcome, TextSchema).default({}),
  /** Texts with placeholders, in both languages: `${texts.granted.it}` in a step. */
  texts: z.record(Identifier, TextSchema).default({}),
  benefits: z.json().optional(),
};

export const YamlService = z.strictObject({
  ...header,
  steps: z.array(Step).min(1),
  outcome: Expression,
  withdrawn: z.array(Step).default([]),
  /** Outcomes at which what can be undone is undone, as at a withdrawal. */
  undoOn: z.array(Outcome).default([]),
});

/** Reusable steps with typed inputs and outputs: `services/fragments/<name>.yaml`, used by `use: fragments/<name>`. */
export const Fragment = z.strictObject({
  darsena: z.literal(1),
  fragment: z.string().regex(/^[a-z][a-z0-9-]{2,60}$/),
  title: TextSchema,
  /** Input name to type; a type that ends in `?` may be left out. `Any` takes everything. */
  inputs: z.record(Identifier, z.string()).default({}),
  steps: z.array(Step).min(1),
  /** Output name to template over the fragment's own steps; read as `steps.<id of use>.<output>`. */
  outputs: z.record(Identifier, Template).default({}),
});
export type Fragment = z.infer<typeof Fragment>;

/** A service written by hand in TypeScript (`workflows/`): everything but the steps. */
export const HandWrittenService = z.strictObject({
  ...header,
  workflow: Identifier,
  /** Labels of the steps that the code names. */
  labels: z.record(Identifier, z.strictObject({ title: TextSchema, public: TextSchema.optional() })).default({}),
});

export const Service = z.union([YamlService, HandWrittenService]);
export type YamlService = z.infer<typeof YamlService>;
export type HandWrittenService = z.infer<typeof HandWrittenService>;
export type Service = z.infer<typeof Service>;

export const Overlay = z.strictObject({
  municipality: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  title: TextSchema,
  istat: z.string().regex(/^[0-9]{6}$/),
  timeZone: z.string().default("Europe/Rome"),
  /** Contract to adapter. */
  adapters: z.record(z.string(), z.string()),
  offices: z.record(Identifier, TextSchema),
  fees: z.record(Identifier, z.int()).default({}),
  /** Look-up tables that expressions read: `overlay.tables.patronageOffices[request.kind]`. */
  tables: z.record(Identifier, z.record(z.string(), z.string())).default({}),
  /** Day and month of the patron's day, a holiday of kind `municipal`. */
  patronDay: z
    .string()
    .regex(/^\d\d-\d\d$/)
    .optional(),
  /** Durations that replace those of the services: `<service>.<step>` the `every` of a confirm, `<service>.<step>.within` a time allowed. */
  durations: z.record(z.string(), Duration).default({}),
  /** Contract to the system's opening hours, rate and caution. No case pins them: they are the municipality's of today. */
  systems: z.record(z.string(), SystemSettings).optional(),
  /** The services that this municipality offers; without it, all. */
  offers: z.array(ServiceId).optional(),
  /** Legal terms that replace those of the services, by regulation of the municipality. */
  terms: z.record(ServiceId, Duration).optional(),
  /** Texts that replace those of a service: `<service>: { <text>: { en, it } }`. */
  texts: z.record(ServiceId, z.record(Identifier, TextSchema)).optional(),
  /** Changes of single steps: `<service>: { <step>: <JSON merge patch, or null to leave the step out> }`. */
  patches: z.record(ServiceId, z.record(z.string(), z.json())).optional(),
});
export type Overlay = z.infer<typeof Overlay>;

/** What a case pins: the service with its overlay, as canonical JSON with its SHA-256. */
export interface Pinned {
  service: Service;
  overlay: Overlay;
}

export const isHandWritten = (service: Service): service is HandWrittenService => "workflow" in service;
export type { Fields, Json, JsonObject };

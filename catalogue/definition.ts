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
  darsena: z.literal(1).describe("Version of the language; pinned with the definition."),
  service: ServiceId.describe("The service's id, also the file's name and the workflow's type in Temporal."),
  title: TextSchema.describe("What the service is called."),
  area: z.string().describe("Where it belongs, such as `mobility`; also the folder of the file."),
  office: z
    .string()
    .describe("The office that answers for it: one of the overlay, or an expression in `${...}` over the request that names one."),
  legal: z
    .strictObject({
      basis: z.string().optional().describe("The article that sets the term."),
      term: Duration.describe("The legal term, such as `P30D`."),
      onExpiry: z
        .enum(["breach", "silent-assent"])
        .default("breach")
        .describe("What the end of the term means: the municipality is in breach, or its silence is consent (silenzio assenso)."),
    })
    .describe("The legal term of the procedure."),
  request: FieldsSchema.describe("The fields that a request holds, each with its type."),
  applicant: Expression.describe("An expression that gives the applicant's tax code, for the pseudonym: `request.applicant.taxCode`."),
  outcomes: z.partialRecord(Outcome, TextSchema).default({}).describe("What the applicant reads of each outcome."),
  texts: z
    .record(Identifier, TextSchema)
    .default({})
    .describe("Texts with expressions in them, in both languages; steps read them as `texts.<name>.it`."),
  benefits: z.json().optional().describe("Figures of the procedure on paper, for the benefits model."),
};

export const YamlService = z
  .strictObject({
    ...header,
    steps: z.array(Step).min(1).describe("The procedure."),
    outcome: Expression.describe("An expression that gives the outcome of a case that has come to the end of its steps."),
    withdrawn: z.array(Step).default([]).describe("Steps that follow the undos when the applicant withdraws."),
    undoOn: z.array(Outcome).default([]).describe("Outcomes at which what can be undone is undone, as at a withdrawal: `[refused]`."),
  })
  .describe("What the municipality offers: `services/<area>/<service>.yaml`.");

/** Reusable steps with typed inputs and outputs: `services/fragments/<name>.yaml`, used by `use: fragments/<name>`. */
export const Fragment = z
  .strictObject({
    darsena: z.literal(1).describe("Version of the language."),
    fragment: z
      .string()
      .regex(/^[a-z][a-z0-9-]{2,60}$/)
      .describe("Its name, also the file's."),
    title: TextSchema.describe("What it does."),
    inputs: z
      .record(Identifier, z.string())
      .default({})
      .describe("Its inputs, each with its type; one whose type ends in `?` may be left out, `Any` takes everything."),
    steps: z
      .array(Step)
      .min(1)
      .describe("Its steps. Expressions see `inputs`, these `steps` and `vars`, `case` and `overlay`; not the request."),
    outputs: z
      .record(Identifier, Template)
      .default({})
      .describe("What it gives, over its own steps; read as `steps.<id of the use>.<output>`."),
  })
  .describe("Steps that services share, with typed inputs and outputs: `services/fragments/<name>.yaml`.");
export type Fragment = z.infer<typeof Fragment>;

/** A service written by hand in TypeScript (`workflows/`): everything but the steps. */
export const HandWrittenService = z
  .strictObject({
    ...header,
    workflow: Identifier.describe("The workflow's name in the code."),
    labels: z
      .record(
        Identifier,
        z.strictObject({
          title: TextSchema.describe("What operators see."),
          public: TextSchema.optional().describe("What the applicant sees."),
        }),
      )
      .default({})
      .describe("Labels of the steps that the code names."),
  })
  .describe("A service whose steps are written in TypeScript: everything but the steps.");

export const Service = z.union([YamlService, HandWrittenService]);
export type YamlService = z.infer<typeof YamlService>;
export type HandWrittenService = z.infer<typeof HandWrittenService>;
export type Service = z.infer<typeof Service>;

export const Overlay = z
  .strictObject({
    municipality: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,40}$/)
      .describe("Its name, also the file's."),
    title: TextSchema.describe("What it is called."),
    istat: z
      .string()
      .regex(/^[0-9]{6}$/)
      .describe("Its ISTAT code, six digits."),
    timeZone: z.string().default("Europe/Rome").describe("The time zone of its clocks and calendars."),
    adapters: z.record(z.string(), z.string()).describe("The adapter of each contract."),
    offices: z.record(Identifier, TextSchema).describe("Its offices, by the names that services use."),
    fees: z.record(Identifier, z.int()).default({}).describe("Amounts in cents: `overlay.fees.<name>`."),
    tables: z
      .record(Identifier, z.record(z.string(), z.string()))
      .default({})
      .describe("Tables that expressions look up: `overlay.tables.patronageOffices[request.initiative]`."),
    patronDay: z
      .string()
      .regex(/^\d\d-\d\d$/)
      .optional()
      .describe("Month and day of the patron's day, a holiday of the town: `12-07`."),
    durations: z
      .record(z.string(), Duration)
      .default({})
      .describe("Durations in place of the services': `<service>.<step path>.within`; without `.within` the `every` of a confirm."),
    systems: z
      .record(z.string(), SystemSettings)
      .optional()
      .describe("By contract, when the system is open and how fast it may be called. No case pins it: it holds at once."),
    offers: z.array(ServiceId).optional().describe("The services that it offers; without it, all."),
    terms: z.record(ServiceId, Duration).optional().describe("Legal terms by its own regulation, in place of the services'."),
    texts: z
      .record(ServiceId, z.record(Identifier, TextSchema))
      .optional()
      .describe("Its own words for a service's `texts`: `<service>: { <text>: { en, it } }`."),
    patches: z
      .record(ServiceId, z.record(z.string(), z.json()))
      .optional()
      .describe("Changes of single steps: `<service>: { <step path>: <JSON merge patch> }`; `null` leaves the step out."),
  })
  .describe("What is a municipality's own: `municipalities/<name>.yaml`.");
export type Overlay = z.infer<typeof Overlay>;

/** What a case pins: the service with its overlay, as canonical JSON with its SHA-256. */
export interface Pinned {
  service: Service;
  overlay: Overlay;
}

export const isHandWritten = (service: Service): service is HandWrittenService => "workflow" in service;
export type { Fields, Json, JsonObject };

/** The language of services: the shape of a YAML file, and of the resolved definition that a case pins. */
import { z } from "zod";
import { outcomes } from "../cases/status.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import type { Fields } from "./fields.ts";

const Identifier = z.string().regex(/^[a-z][A-Za-z0-9]*$/, "is not a camelCase identifier");
export const ServiceId = z.string().regex(/^[a-z][a-z0-9-]{2,60}$/, "is not a service id such as disabled-parking-pass");
/** ISO 8601 duration of days, hours, minutes or seconds: `P10D`, `PT15M`. */
export const Duration = z.string().regex(/^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'is not a duration such as "P10D" or "PT15M"');
export const TextSchema = z.strictObject({ en: z.string().min(1), it: z.string().min(1) });
const Outcome = z.enum(outcomes);
const Template = z.json();
const FieldsSchema = z.record(Identifier, z.string());
const Expression = z.string().min(1);

const End = z.strictObject({ end: Outcome, reason: TextSchema.optional() });
const Set = z.strictObject({ set: z.record(Identifier, Template) });
const Consequence = z.union([End, Set]);

const common = {
  id: Identifier,
  title: TextSchema.optional(),
  when: Expression.optional(),
  optional: z.literal(true).optional(),
  /** The label that an applicant sees; without it the step is internal. */
  public: TextSchema.optional(),
};
const withInput = z.record(Identifier, Template);

const CallStep = z.strictObject({
  ...common,
  call: z.string(),
  with: withInput.default({}),
  rejected: z
    .array(z.union([z.strictObject({ if: Expression, ...Set.shape }), z.strictObject({ if: Expression, ...End.shape })]))
    .optional(),
  undo: z.strictObject({ call: z.string(), with: withInput.default({}) }).optional(),
  /** How long the call may wait for its system; when that is over before it was sent, `otherwise`, or nothing for an optional step. */
  within: Duration.optional(),
  otherwise: Consequence.optional(),
});

const Ask = z.strictObject({
  title: TextSchema,
  form: FieldsSchema.default({}),
  within: Duration.optional(),
  /** How the legal clock takes it: `integration` suspends once (L. 241/1990 art. 2 c. 7), `rejectionNotice` as art. 10-bis. */
  clock: z.enum(["none", "integration", "rejectionNotice"]).default("none"),
});

const DecideStep = z.strictObject({
  ...common,
  decide: z.strictObject({
    office: z.string(),
    within: Duration.optional(),
    /** What the office sees: warnings, a proposal. */
    shows: z.record(Identifier, Template).default({}),
    outcomes: z.record(Identifier, z.strictObject({ title: TextSchema, form: FieldsSchema.default({}) })),
    asks: z.record(Identifier, Ask).default({}),
    /** Outcome to ask: this outcome may be chosen only after that ask was answered or its time ran out. */
    requires: z.record(Identifier, Identifier).default({}),
  }),
});

const AskStep = z.strictObject({ ...common, ask: z.strictObject({ ...Ask.shape, otherwise: Consequence.optional() }) });

const WaitStep = z.strictObject({
  ...common,
  wait: z.strictObject({
    for: Identifier.optional(),
    until: z.string().optional(),
    form: FieldsSchema.default({}),
    /** What the person should see meanwhile: the notice number of a debt. */
    shows: z.record(Identifier, Template).default({}),
    confirm: z.strictObject({ call: z.string(), with: withInput.default({}), until: Expression, every: Duration }).optional(),
    within: Duration.optional(),
    otherwise: Consequence.optional(),
  }),
});

const SetStep = z.strictObject({ ...common, ...Set.shape });
const EndStep = z.strictObject({ ...common, ...End.shape, undo: z.boolean().default(false) });

export const Step: z.ZodType<Step> = z.lazy(() => z.union([CallStep, DecideStep, AskStep, WaitStep, SetStep, EndStep, ChooseStep]));
const ChooseStep = z.strictObject({
  ...common,
  choose: z.array(z.strictObject({ if: Expression.optional(), steps: z.array(Step) })).min(1),
});

export type CallStep = z.infer<typeof CallStep>;
export type DecideStep = z.infer<typeof DecideStep>;
export type AskStep = z.infer<typeof AskStep>;
export type WaitStep = z.infer<typeof WaitStep>;
export type SetStep = z.infer<typeof SetStep>;
export type EndStep = z.infer<typeof EndStep>;
interface CommonStep {
  id: string;
  title?: { en: string; it: string };
  when?: string;
  optional?: true;
  public?: { en: string; it: string };
}
export interface ChooseStep extends CommonStep {
  choose: { if?: string; steps: Step[] }[];
}
export type Step = CallStep | DecideStep | AskStep | WaitStep | SetStep | EndStep | ChooseStep;
export type AskSpec = z.infer<typeof Ask>;
export type ConsequenceSpec = z.infer<typeof Consequence>;

const common_ = {
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
  benefits: z.json().optional(),
};

export const YamlService = z.strictObject({
  ...common_,
  steps: z.array(Step).min(1),
  outcome: Expression,
  withdrawn: z.array(Step).default([]),
});

/** A service written by hand in TypeScript (`workflows/`): everything but the steps. */
export const HandWrittenService = z.strictObject({
  ...common_,
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
});
export type Overlay = z.infer<typeof Overlay>;

/** What a case pins: the service with its overlay, as canonical JSON with its SHA-256. */
export interface Pinned {
  service: Service;
  overlay: Overlay;
}

export const isHandWritten = (service: Service): service is HandWrittenService => "workflow" in service;
export type { Fields, Json, JsonObject };

/** Every kind of step, as a YAML file writes it. */
import { z } from "zod";
import { Duration, Expression, FieldsSchema, Identifier, Outcome, ServiceId, Template, TextSchema } from "./words.ts";

const End = z.strictObject({ end: Outcome, reason: TextSchema.optional() });
const Set = z.strictObject({ set: z.record(Identifier, Template) });
/** What follows when nobody answers, or a system refuses. */
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

export const CallStep = z.strictObject({
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

/** Durations before `due` or, without one, after the beginning: at each the case is published anew and its history says so. */
const reminders = z.array(Duration).max(10).optional();

const Ask = z.strictObject({
  title: TextSchema,
  form: FieldsSchema.default({}),
  within: Duration.optional(),
  reminders,
  /** How the legal clock takes it: `integration` suspends once (L. 241/1990 art. 2 c. 7), `rejectionNotice` as art. 10-bis. */
  clock: z.enum(["none", "integration", "rejectionNotice"]).default("none"),
});

export const DecideStep = z.strictObject({
  ...common,
  decide: z.strictObject({
    office: z.string(),
    within: Duration.optional(),
    reminders,
    /** After this time the decision belongs to another office. */
    escalate: z.strictObject({ after: Duration, to: z.string() }).optional(),
    /** When `within` is over; without it the decision stays open. Never a refusal: that needs a person. */
    otherwise: Consequence.optional(),
    /** What the office sees: warnings, a proposal. */
    shows: z.record(Identifier, Template).default({}),
    outcomes: z.record(Identifier, z.strictObject({ title: TextSchema, form: FieldsSchema.default({}) })),
    asks: z.record(Identifier, Ask).default({}),
    /** Outcome to ask: this outcome may be chosen only after that ask was answered or its time ran out. */
    requires: z.record(Identifier, Identifier).default({}),
  }),
});

export const AskStep = z.strictObject({ ...common, ask: z.strictObject({ ...Ask.shape, otherwise: Consequence.optional() }) });

export const WaitStep = z.strictObject({
  ...common,
  wait: z.strictObject({
    for: Identifier.optional(),
    until: z.string().optional(),
    form: FieldsSchema.default({}),
    /** What the person should see meanwhile: the notice number of a debt. */
    shows: z.record(Identifier, Template).default({}),
    confirm: z.strictObject({ call: z.string(), with: withInput.default({}), until: Expression, every: Duration }).optional(),
    within: Duration.optional(),
    reminders,
    otherwise: Consequence.optional(),
  }),
});

export const SetStep = z.strictObject({ ...common, ...Set.shape });
export const EndStep = z.strictObject({ ...common, ...End.shape, undo: z.boolean().default(false) });

/** A TypeScript code step, registered by name in `cases/code-steps.ts`: pure, at once, typed. */
export const RunStep = z.strictObject({ ...common, run: Identifier, with: withInput.default({}) });

/** Another service as a case of its own. Its outcome and result come back when `wait` is true. */
export const OpenStep = z.strictObject({
  ...common,
  open: z.strictObject({
    service: ServiceId,
    request: z.record(Identifier, Template),
    wait: z.boolean().default(true),
    within: Duration.optional(),
    otherwise: Consequence.optional(),
  }),
});

export const Step: z.ZodType<Step> = z.lazy(() =>
  z.union([
    CallStep,
    DecideStep,
    AskStep,
    WaitStep,
    SetStep,
    EndStep,
    RunStep,
    OpenStep,
    ChooseStep,
    ParallelStep,
    ForEachStep,
    UseStep,
    BlockStep,
  ]),
);
const steps = z.lazy(() => z.array(Step).min(1));

const ChooseStep = z.strictObject({ ...common, choose: z.array(z.strictObject({ if: Expression.optional(), steps })).min(1) });

const ParallelStep = z.strictObject({
  ...common,
  parallel: z.strictObject({
    branches: z.record(Identifier, steps),
    /** How many branches must come to their end: `all`, `first`, or a count. The others are given up where they rest. */
    wait: z.union([z.enum(["all", "first"]), z.int().min(1)]).default("all"),
  }),
});

const ForEachStep = z.strictObject({
  ...common,
  forEach: z.strictObject({
    in: z.string(),
    /** Name of the present item in expressions. */
    as: Identifier,
    /** How many items are worked on at a time. */
    atMost: z.int().min(1).max(50).default(1),
    steps,
  }),
});

/** A fragment of `services/fragments/`, expanded into a `block` before the definition is pinned. */
const UseStep = z.strictObject({ ...common, use: z.string(), with: withInput.default({}) });

/** What a fragment becomes: steps with a scope of their own (`inputs`, and only their own `steps`). */
const BlockStep = z.strictObject({
  ...common,
  block: z.strictObject({ fragment: z.string(), inputs: withInput, steps, outputs: z.record(Identifier, Template) }),
});

export type CallStep = z.infer<typeof CallStep>;
export type DecideStep = z.infer<typeof DecideStep>;
export type AskStep = z.infer<typeof AskStep>;
export type WaitStep = z.infer<typeof WaitStep>;
export type SetStep = z.infer<typeof SetStep>;
export type EndStep = z.infer<typeof EndStep>;
export type RunStep = z.infer<typeof RunStep>;
export type OpenStep = z.infer<typeof OpenStep>;
export type AskSpec = z.infer<typeof Ask>;
export type ConsequenceSpec = z.infer<typeof Consequence>;

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
export interface ParallelStep extends CommonStep {
  parallel: { branches: Record<string, Step[]>; wait: "all" | "first" | number };
}
export interface ForEachStep extends CommonStep {
  forEach: { in: string; as: string; atMost: number; steps: Step[] };
}
export interface UseStep extends CommonStep {
  use: string;
  with: Record<string, z.infer<typeof Template>>;
}
export interface BlockStep extends CommonStep {
  block: {
    fragment: string;
    inputs: Record<string, z.infer<typeof Template>>;
    steps: Step[];
    outputs: Record<string, z.infer<typeof Template>>;
  };
}
export type Step =
  | CallStep
  | DecideStep
  | AskStep
  | WaitStep
  | SetStep
  | EndStep
  | RunStep
  | OpenStep
  | ChooseStep
  | ParallelStep
  | ForEachStep
  | UseStep
  | BlockStep;

/** The lists of steps inside a step, each with the path segment that its steps stand under. */
export function innerSteps(step: Step): { steps: readonly Step[]; segment: string; at: (string | number)[] }[] {
  if ("choose" in step)
    return step.choose.map((branch, index) => ({ steps: branch.steps, segment: step.id, at: ["choose", index, "steps"] }));
  if ("parallel" in step)
    return Object.entries(step.parallel.branches).map(([name, steps]) => ({
      steps,
      segment: `${step.id}/${name}`,
      at: ["parallel", "branches", name],
    }));
  if ("forEach" in step) return [{ steps: step.forEach.steps, segment: step.id, at: ["forEach", "steps"] }];
  if ("block" in step) return [{ steps: step.block.steps, segment: step.id, at: ["block", "steps"] }];
  return [];
}

/** Every kind of step, as a YAML file writes it: those that hold other steps, and the union of all. */
import { z } from "zod";
import { AskStep, CallStep, commonMembers, DecideStep, EndStep, OpenStep, RunStep, SetStep, WaitStep } from "./leaf-steps.ts";
import { Expression, Identifier, Template } from "./words.ts";

export type { AskSpec, ConsequenceSpec } from "./leaf-steps.ts";
export { AskStep, CallStep, DecideStep, EndStep, OpenStep, RunStep, SetStep, WaitStep };

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

export const ChooseStep = z
  .strictObject({
    ...commonMembers,
    choose: z
      .array(
        z.strictObject({
          if: Expression.optional().describe(
            "When this expression holds, and none before it did, these steps follow. Without it: otherwise.",
          ),
          steps: steps.describe("What follows then."),
        }),
      )
      .min(1)
      .describe("The branches, in order. When none holds, the case goes on after the step."),
  })
  .describe("Goes one of several ways.");

export const ParallelStep = z
  .strictObject({
    ...commonMembers,
    parallel: z
      .strictObject({
        branches: z.record(Identifier, steps).describe("The branches by name, each a list of steps."),
        wait: z
          .union([z.enum(["all", "first"]), z.int().min(1)])
          .default("all")
          .describe("How many branches must come to their end: `all`, `first`, or a number. The others are given up where they rest."),
      })
      .describe("The branches, and how many of them must come to their end."),
  })
  .describe("Goes several ways side by side.");

export const ForEachStep = z
  .strictObject({
    ...commonMembers,
    forEach: z
      .strictObject({
        in: z.string().describe("The list, an expression in `${...}`; at most 500 items."),
        as: Identifier.describe("What expressions inside call the present item; `index` is its number, from 0."),
        atMost: z.int().min(1).max(50).default(1).describe("How many items are worked on at a time."),
        steps: steps.describe("What is done for each item."),
      })
      .describe("The list, the name of an item, and what is done for each."),
  })
  .describe("Does the same for each item of a list.");

/** A fragment of `services/fragments/`, expanded into a `block` before the definition is pinned. */
export const UseStep = z
  .strictObject({
    ...commonMembers,
    use: z.string().describe("`fragments/<name>`, for the file `services/fragments/<name>.yaml`."),
    with: z.record(Identifier, Template).default({}).describe("The fragment's inputs."),
  })
  .describe("Puts a fragment's steps in its place.");

/** What a fragment becomes: steps with a scope of their own (`inputs`, and only their own `steps`). */
const BlockStep = z
  .strictObject({
    ...commonMembers,
    block: z
      .strictObject({
        fragment: z.string().describe("The fragment's name."),
        inputs: z.record(Identifier, Template).describe("The fragment's inputs."),
        steps: steps.describe("The fragment's steps."),
        outputs: z.record(Identifier, Template).describe("The fragment's outputs."),
      })
      .describe("The fragment."),
  })
  .describe("A fragment that has been put in its place; a file says `use`.");

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

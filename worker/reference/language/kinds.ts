/** The kinds of step with what their schemas do not say: what each gives. */
import type { z } from "zod";
import { AskStep, CallStep, DecideStep, EndStep, OpenStep, RunStep, SetStep, WaitStep } from "../../../catalogue/leaf-steps.ts";
import { ChooseStep, ForEachStep, ParallelStep, UseStep } from "../../../catalogue/steps.ts";

/** A kind of step that has a page. */
export interface Kind {
  name: string;
  schema: z.ZodType;
  /** What `steps.<id>` holds. */
  result: string;
  notes?: string[];
  /** Its examples, in catalogue/examples/services. */
  file: string;
}

/** In the order of the index. */
export const kinds: readonly Kind[] = [
  {
    name: "call",
    schema: CallStep,
    result:
      "The operation's outputs, as [operations.md](../operations.md) lists them. Absent when the call was rejected or failed: `has(steps.<id>)` asks.",
    notes: [
      "What the system does wrong is no matter of the service: a call that was certainly not sent is repeated, one whose answer was lost is settled or parked, and never sent twice ([how](../../ARCHITECTURE.md#a-call-whose-answer-is-lost)).",
    ],
    file: "call.yaml",
  },
  {
    name: "decide",
    schema: DecideStep,
    result:
      "`outcome`, `form` (what the office filled in), `by`, `at`, `answers` (what the applicant answered last, by ask), and `note` when there is one. `expired: true` when the time was over and `otherwise` went on.",
    notes: [
      "Every outcome needs a path: a condition after the step that tells it from the others. Each ask is put to the applicant under `<step>/<ask>.<round>`.",
    ],
    file: "decide.yaml",
  },
  { name: "ask", schema: AskStep, result: "The fields of the form; `expired: true` when the time was over.", file: "ask.yaml" },
  {
    name: "wait",
    schema: WaitStep,
    result:
      "With `for`, the message's fields with `by` and `at`; with `confirm`, the outputs of the confirming call; with `until`, `at`. `expired: true` when the time was over.",
    file: "wait.yaml",
  },
  {
    name: "choose",
    schema: ChooseStep,
    result:
      "`branch`: the number of the branch that was gone, from 0; -1 when none was. The results of the steps inside are read by their own ids.",
    file: "choose.yaml",
  },
  {
    name: "parallel",
    schema: ParallelStep,
    result: "`done`: the names of the branches that came to their end. The results of the steps inside are read by their own ids.",
    notes: [
      "A question of a branch that is given up is closed; an answer to it is refused. What such a branch has done stays done, and can be undone later.",
    ],
    file: "parallel.yaml",
  },
  {
    name: "forEach",
    schema: ForEachStep,
    result: "`items`: for each item, in order, the results of the steps inside by id.",
    notes: ["Steps inside read each other's results by id; from outside they are read through `items` only."],
    file: "for-each.yaml",
  },
  { name: "use", schema: UseStep, result: "The fragment's outputs.", file: "use.yaml" },
  {
    name: "open",
    schema: OpenStep,
    result:
      "`case`, the other case's id, and what it came to: `outcome`, `protocolNumber` and `result` when it has them. Without `wait`, or with `expired: true` when the time was over, only `case`.",
    notes: ["The other case lives by itself: it goes on when this one is withdrawn or does not wait any longer."],
    file: "open.yaml",
  },
  { name: "set", schema: SetStep, result: "None. The values are read as `vars.<name>`.", file: "set.yaml" },
  { name: "run", schema: RunStep, result: "The code step's outputs.", file: "run.yaml" },
  { name: "end", schema: EndStep, result: "None: nothing follows but the undos, where they are asked for.", file: "end.yaml" },
];

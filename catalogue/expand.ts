/** Puts fragments where services use them: each `use` becomes a `block`, before the definition is pinned. */
import { type BlockStep, type Fragment, isHandWritten, type Service, type Step, type UseStep } from "./definition.ts";

/** Why a fragment could not be put in: it does not exist, or it uses itself. */
export class FragmentError extends Error {
  override readonly name = "FragmentError";
  readonly code: "unknown-fragment" | "fragment-cycle";
  constructor(code: "unknown-fragment" | "fragment-cycle", message: string) {
    super(message);
    this.code = code;
  }
}

/** The service with its fragments expanded, at any depth; throws `FragmentError`. What holds no `use` comes back as it is. */
export function expand<S extends Service>(service: S, fragments: readonly Fragment[]): S {
  if (isHandWritten(service)) return service;
  const byName = new Map(fragments.map((one) => [one.fragment, one]));
  const { steps, withdrawn } = service;
  return { ...service, steps: expandSteps(steps, byName, []), withdrawn: expandSteps(withdrawn, byName, []) };
}

/** `office-decision` of `use: fragments/office-decision`; undefined when the text names no fragment. */
export const fragmentName = (use: string): string | undefined => /^fragments\/([a-z][a-z0-9-]+)$/.exec(use)?.[1];

type Fragments = ReadonlyMap<string, Fragment>;

const expandSteps = (steps: readonly Step[], fragments: Fragments, within: readonly string[]): Step[] =>
  steps.map((step) => expandStep(step, fragments, within));

function expandStep(step: Step, fragments: Fragments, within: readonly string[]): Step {
  const inner = (steps: readonly Step[]) => expandSteps(steps, fragments, within);
  if ("use" in step) return block(step, fragments, within);
  if ("choose" in step) return { ...step, choose: step.choose.map((branch) => ({ ...branch, steps: inner(branch.steps) })) };
  if ("parallel" in step) {
    const branches = Object.fromEntries(Object.entries(step.parallel.branches).map(([name, steps]) => [name, inner(steps)]));
    return { ...step, parallel: { ...step.parallel, branches } };
  }
  if ("forEach" in step) return { ...step, forEach: { ...step.forEach, steps: inner(step.forEach.steps) } };
  return step;
}

function block({ use, with: inputs, ...common }: UseStep, fragments: Fragments, within: readonly string[]): BlockStep {
  const name = fragmentName(use);
  const fragment = name === undefined ? undefined : fragments.get(name);
  if (!fragment) throw new FragmentError("unknown-fragment", `there is no fragment "${use}"`);
  if (within.includes(fragment.fragment))
    throw new FragmentError("fragment-cycle", `the fragment uses itself: ${[...within, fragment.fragment].join(" > ")}`);
  const steps = expandSteps(fragment.steps, fragments, [...within, fragment.fragment]);
  return { ...common, block: { fragment: fragment.fragment, inputs, steps, outputs: fragment.outputs } };
}

/** Whether every outcome that an office may choose leads somewhere, and whether the applicant is told of every end. */
import { type CaseOutcome, outcomes } from "../../cases/status.ts";
import type { ChooseStep, Step, YamlService } from "../definition.ts";
import type { Report } from "../findings.ts";
import { innerSteps } from "../steps.ts";
import { factsOf } from "./facts.ts";
import { listed, oneOfThese } from "./nearest.ts";
import { parse } from "./typed-environment.ts";
import type { ValueType } from "./value-type.ts";
import type { Walk } from "./walk.ts";

/** One outcome may be what is left over when all others are named; a second one would get what that one gives. */
export function decisionsWithoutPath(walk: Walk): void {
  for (const { step, at } of walk.decisions) {
    const path = `steps.${step.id}.outcome`;
    const names = Object.keys(step.decide.outcomes);
    if (walk.usage.values.has(path)) continue;
    const named = new Set(walk.usage.compared.filter((one) => one.path === path).map((one) => one.word));
    const open = names.filter((name) => !named.has(name));
    if (open.length < 2) continue;
    for (const name of open)
      walk.report(
        [...at, "decide", "outcomes", name],
        "outcome-without-path",
        `nothing after the decision tells "${name}" from ${listed(open.filter((one) => one !== name))}`,
        {
          expected: `a condition with ${path} == "${name}"`,
        },
      );
  }
}

/** A `choose` over a decision's outcomes that forgets one. */
export function forgottenBranches(walk: Walk, steps: readonly Step[], at: readonly PropertyKey[]): void {
  for (const [index, step] of steps.entries()) {
    const path = [...at, index];
    if ("choose" in step) forgotten(walk, step, path);
    for (const inner of innerSteps(step)) forgottenBranches(walk, inner.steps, [...path, ...inner.at]);
  }
}

function forgotten(walk: Walk, step: ChooseStep, at: readonly PropertyKey[]): void {
  if (step.choose.some((branch) => branch.if === undefined)) return;
  for (const { step: decision } of walk.decisions) {
    const path = `steps.${decision.id}.outcome`;
    const taken = step.choose.map((branch) => takenWords(branch.if as string, path));
    if (!taken.every((words) => words !== undefined)) continue;
    const left = Object.keys(decision.decide.outcomes).filter((name) => !taken.flat().includes(name));
    if (left.length > 0)
      walk.report(
        [...at, "choose"],
        "outcome-without-path",
        `the branches of "${step.id}" forget the outcome ${listed(left)} of "${decision.id}"`,
        {
          expected: "a branch for it, or one without `if` at the end",
        },
      );
  }
}

/** The words for which the condition holds, when it asks for nothing else. */
function takenWords(source: string, path: string): readonly string[] | undefined {
  try {
    const facts = factsOf(parse(source).ast);
    return facts.texts.size === 1 ? facts.is.get(path) : undefined;
  } catch {
    return undefined;
  }
}

/** `type`: what the service's `outcome` gives. */
export function checkEnds(service: YamlService, walk: Walk, type: ValueType, report: Report): void {
  const ends = new Set<CaseOutcome>(walk.ends);
  if (type.kind === "text")
    for (const word of type.words ?? []) {
      const found = outcomes.find((one) => one === word);
      if (found) ends.add(found);
      else report(["outcome"], "unknown-word", `a case cannot end as "${word}"`, { expected: oneOfThese(outcomes) });
    }
  // A service without any has the general words; one with some says how it speaks of its ends.
  const told = Object.keys(service.outcomes).length > 0;
  for (const end of ends)
    if (told && !service.outcomes[end])
      report(["outcomes"], "missing-outcome-text", `the outcome "${end}" has no text for the applicant`, {
        expected: `${end}: { en: ..., it: ... }`,
      });
}

/** The steps of a service by their path, as cases name them; indices of `forEach` are left out. */
import type { Step, YamlService } from "./definition.ts";
import { innerSteps } from "./steps.ts";

/** A step and where it stands. */
export interface PlacedStep {
  /** `decision`, `result/acceptance`, `docs/register` (of every `docs[i]/register`). */
  path: string;
  step: Step;
  /** Path of the list of steps that it stands in: `""`, `result`, `checks/tax`. */
  parent: string;
  /** Which branch of a `choose` it stands in, from 0. */
  branch?: number;
  /** Whether the step belongs to what follows a withdrawal. */
  withdrawn: boolean;
}

/** A path as a definition names it: `docs[3]/register` is `docs/register`. */
export const withoutIndices = (path: string): string => path.replaceAll(/\[\d+\]/g, "");

/** All steps, in the order of the file, those of a withdrawal last. */
export function stepsByPath(service: Pick<YamlService, "steps" | "withdrawn">): Map<string, PlacedStep> {
  const found = new Map<string, PlacedStep>();
  const visit = (steps: readonly Step[], parent: string, withdrawn: boolean, branch?: number) => {
    for (const step of steps) {
      const path = parent === "" ? step.id : `${parent}/${step.id}`;
      found.set(path, { path, step, parent, withdrawn, ...(branch === undefined ? {} : { branch }) });
      for (const [index, inner] of innerSteps(step).entries()) {
        // The segment begins with the step's own id.
        const under = `${path}${inner.segment.slice(step.id.length)}`;
        visit(inner.steps, under, withdrawn, "choose" in step ? index : undefined);
      }
    }
  };
  visit(service.steps, "", false);
  visit(service.withdrawn, "", true);
  return found;
}

/** What a step is: the word of the language that it is written with. */
export const kindsOfStep = [
  "call",
  "decide",
  "ask",
  "wait",
  "choose",
  "parallel",
  "forEach",
  "use",
  "block",
  "open",
  "set",
  "run",
  "end",
] as const;
export type KindOfStep = (typeof kindsOfStep)[number];

/** The kind of a step. */
export function kindOf(step: Step): KindOfStep {
  const found = kindsOfStep.find((kind) => kind in step);
  if (!found) throw new TypeError(`the step "${step.id}" is of no known kind`);
  return found;
}

/** Where one case stands, for its diagram: a mark per step path. */
import type { CaseStatus, StepStatus } from "../../cases/status.ts";
import { withoutIndices } from "../step-index.ts";

/** How a step is coloured. */
export const marks = ["done", "running", "waiting", "parked", "failed", "skipped", "undone"] as const;
export type Mark = (typeof marks)[number];

/** What became of a step; `of` counts the items of a `forEach`, where there are several. */
export interface Standing {
  mark: Mark;
  done?: number;
  of?: number;
}

export type Progress = ReadonlyMap<string, Standing>;

const ofState: Readonly<Record<StepStatus["state"], Mark>> = {
  running: "running",
  done: "done",
  rejected: "done",
  skipped: "skipped",
  failed: "failed",
  undone: "undone",
};

/** Which mark says most, where the items of a `forEach` differ. */
const weight: readonly Mark[] = ["parked", "waiting", "running", "failed", "undone", "done", "skipped"];

/** The marks of a case; an ask that is open now is marked by its own path. */
export function progressOf(status: Pick<CaseStatus, "steps" | "step" | "state" | "problem" | "actions">): Progress {
  const found = new Map<string, Mark[]>();
  const add = (path: string, mark: Mark) => found.set(withoutIndices(path), [...(found.get(withoutIndices(path)) ?? []), mark]);
  for (const { id, state } of status.steps) {
    const here = id === status.step && state === "running";
    if (id === status.problem?.path) add(id, "parked");
    else if (here && status.state === "waiting") add(id, "waiting");
    else add(id, ofState[state]);
  }
  for (const { id } of status.actions) {
    const path = id.replace(/\.\d+$/, "");
    if (!found.has(withoutIndices(path))) add(path, "waiting");
  }
  return new Map([...found].map(([path, all]) => [path, standing(all)]));
}

function standing(all: readonly Mark[]): Standing {
  const mark = weight.find((one) => all.includes(one)) ?? "running";
  return all.length === 1 ? { mark } : { mark, done: all.filter((one) => one === "done").length, of: all.length };
}

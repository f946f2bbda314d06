/** What a new definition of a service would mean for its open cases. Pure. */
import { adoptable } from "./adoption.ts";
import { isHandWritten, type Pinned } from "./definition.ts";
import { type Change, difference } from "./difference.ts";
import { stepsByPath, withoutIndices } from "./step-index.ts";

/** Cases that stand alike. */
export interface Standing {
  version?: string;
  finished: readonly string[];
  /** Paths of steps that have begun, the one where the case stands among them. */
  begun: readonly string[];
  count: number;
}

/**
 * `there`: on that version already. `untouched`: could adopt it, and no step that it finished or stands at is changed, nor one put in before.
 * `touched`: could adopt it all the same. `refused`: could not.
 */
export type Verdict = "there" | "untouched" | "touched" | "refused";

/** The verdict on cases that stand alike; `reasons` say what is touched, or why not. */
export interface CaseImpact<P extends Standing> {
  position: P;
  verdict: Verdict;
  reasons: string[];
}

/** Open cases by verdict. */
export type ImpactSummary = Record<Verdict | "open", number>;

/** The verdict on one group of cases; `own` is the definition that they have pinned, undefined when nobody has it any more. */
export function impactOn<P extends Standing>(position: P, own: Pinned | undefined, to: Pinned & { version: string }): CaseImpact<P> {
  if (position.version === to.version) return { position, verdict: "there", reasons: [] };
  if (position.version === undefined) return { position, verdict: "refused", reasons: ["it has not opened yet"] };
  if (!own) return { position, verdict: "refused", reasons: ["the register does not hold the definition that it has pinned"] };
  if (isHandWritten(own.service) || isHandWritten(to.service))
    return { position, verdict: "refused", reasons: ["the service is written by hand, and its code is versioned by itself"] };
  const walked = [...position.finished, ...position.begun].map(withoutIndices);
  const answer = adoptable(own.service, to.service, walked);
  if (!answer.ok) return { position, verdict: "refused", reasons: answer.reasons };
  const reasons = [
    ...touching(difference({ service: own.service }, { service: to.service }), walked),
    ...putBefore(own, to, walked, position.finished),
  ];
  return { position, verdict: reasons.length === 0 ? "untouched" : "touched", reasons };
}

/** Changes of steps that the cases have behind them or stand at. */
function touching(changes: readonly Change[], walked: readonly string[]): string[] {
  const met = changes.filter(({ path, kind }) => path !== undefined && kind !== "added" && walked.includes(path));
  return [...new Set(met.map(({ path, concern }) => `${path}: ${concern === "step" ? "moved" : concern}`))];
}

/** New steps before a step that is finished already: the case would go back and run them. */
function putBefore(own: Pinned, to: Pinned, walked: readonly string[], finished: readonly string[]): string[] {
  if (isHandWritten(own.service) || isHandWritten(to.service)) return [];
  const known = stepsByPath(own.service);
  const paths = [...stepsByPath(to.service).values()].filter(({ withdrawn }) => !withdrawn).map(({ path }) => path);
  const last = Math.max(-1, ...walked.map((path) => paths.indexOf(path)));
  return paths
    .slice(0, Math.max(0, last))
    .filter((path) => !known.has(path) && runs(path, walked, finished))
    .map((path) => `${path}: new, and would run first`);
}

/** A new step inside a step that is finished never runs, and neither does one inside a branch that was not taken. */
function runs(path: string, walked: readonly string[], finished: readonly string[]): boolean {
  const parent = path.split("/").slice(0, -1).join("/");
  if (parent === "") return true;
  return !finished.map(withoutIndices).includes(parent) && walked.some((one) => one.startsWith(`${parent}/`));
}

/** How many open cases have each verdict. */
export function summaryOf(cases: readonly CaseImpact<Standing>[]): ImpactSummary {
  const summary: ImpactSummary = { open: 0, there: 0, untouched: 0, touched: 0, refused: 0 };
  for (const { position, verdict } of cases) {
    summary.open += position.count;
    summary[verdict] += position.count;
  }
  return summary;
}

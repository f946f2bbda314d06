/** Whether the legal term can be kept when every wait lasts as long as it may. */
import { durationMs } from "../../cases/duration.ts";
import type { Step, YamlService } from "../definition.ts";
import type { Report } from "../findings.ts";

const DAY_MS = 86_400_000;

/** The service with its fragments expanded. Counts to the last decision, which is what the law sets the term for; without one, to the end. */
export function checkTerm(service: YamlService, report: Report, path: readonly PropertyKey[] = ["legal", "term"]): void {
  const { toEnd, toDecision } = longest(service.steps);
  const term = durationMs(service.legal.term);
  const time = toDecision ?? toEnd;
  if (time <= term) return;
  const what = toDecision === undefined ? "the steps" : "the steps up to the last decision";
  report(path, "term-too-short", `${what} may take ${days(time)}, and the legal term is ${days(term)}`, {
    expected: `waits of ${days(term)} at most, on the longest way`,
  });
}

const days = (ms: number): string => `${Math.ceil(ms / DAY_MS)} days`;

interface Longest {
  toEnd: number;
  /** To the last decision inside; undefined when there is none. */
  toDecision: number | undefined;
}

function longest(steps: readonly Step[]): Longest {
  let toEnd = 0;
  let toDecision: number | undefined;
  for (const step of steps) {
    const own = ofStep(step);
    if (own.toDecision !== undefined) toDecision = toEnd + own.toDecision;
    toEnd += own.toEnd;
  }
  return { toEnd, toDecision };
}

function ofStep(step: Step): Longest {
  if ("decide" in step) {
    const asks = Object.values(step.decide.asks).filter((ask) => ask.clock === "none");
    const time = ms(step.decide.within) + asks.reduce((sum, ask) => sum + ms(ask.within), 0);
    return { toEnd: time, toDecision: time };
  }
  if ("choose" in step) return most(step.choose.map((branch) => longest(branch.steps)));
  if ("parallel" in step) return most(Object.values(step.parallel.branches).map(longest));
  if ("forEach" in step) return longest(step.forEach.steps);
  if ("block" in step) return longest(step.block.steps);
  return { toEnd: waits(step), toDecision: undefined };
}

function waits(step: Step): number {
  if ("call" in step) return ms(step.within);
  if ("ask" in step) return step.ask.clock === "none" ? ms(step.ask.within) : 0;
  if ("wait" in step) return ms(step.wait.within);
  return "open" in step ? ms(step.open.within) : 0;
}

const ms = (duration: string | undefined): number => (duration === undefined ? 0 : durationMs(duration));

function most(ways: readonly Longest[]): Longest {
  const decisions = ways.flatMap((way) => way.toDecision ?? []);
  return {
    toEnd: Math.max(0, ...ways.map((way) => way.toEnd)),
    toDecision: decisions.length > 0 ? Math.max(...decisions) : undefined,
  };
}

/** Walks the steps of a service or fragment in the order in which a case runs them, knowing at each what is certainly there. */
import type { CaseOutcome } from "../../cases/status.ts";
import type { ConsequenceSpec, DecideStep, Overlay, Step } from "../definition.ts";
import { innerSteps } from "../steps.ts";
import type { Fields } from "../fields.ts";
import type { Report } from "../findings.ts";
import { checkCondition, checkTemplate, type Place, typeOfGiven, Usage } from "./expressions.ts";
import { both, type Facts } from "./facts.ts";
import type { FragmentSummary } from "./fragments.ts";
import { type Entry, join, Scope } from "./scope.ts";
import { any, either, type ValueType } from "./value-type.ts";
import { checkBlock, checkChoose, checkForEach, checkOpen, checkParallel, checkRun, checkUse } from "./walk-inner.ts";
import { checkCall } from "./walk-calls.ts";
import { checkAsk, checkDecide, checkWait } from "./walk-people.ts";
import { checkLabels } from "./texts.ts";

/** What is known beside the service itself. */
export interface Context {
  /** Overlays of the municipalities that offer the service. */
  overlays: readonly Overlay[];
  /** A fragment by its name; undefined when there is none. */
  fragment: (name: string) => FragmentSummary | undefined;
  fragments: readonly string[];
  /** Requests of the catalogue's services. */
  requests: ReadonlyMap<string, Fields>;
}

/** Where a case stands after some steps. */
export interface Flow {
  scope: Scope;
  /** No case comes further. */
  ends: boolean;
  /** A person may have decided. */
  decided: boolean;
}
/** After a step; `result` is what `steps.<id>` holds then. */
export interface After extends Flow {
  result?: Entry;
}

export type At = readonly PropertyKey[];

export class Walk implements Place {
  readonly report: Report;
  readonly context: Context;
  readonly usage = new Usage();
  readonly decisions: { step: DecideStep; at: At }[] = [];
  /** Outcomes in which steps end the case. */
  readonly ends = new Set<CaseOutcome>();
  readonly texts: Readonly<Record<string, { en: string; it: string }>>;

  constructor(report: Report, context: Context, texts: Readonly<Record<string, { en: string; it: string }>> = {}) {
    this.report = report;
    this.context = context;
    this.texts = texts;
  }

  /** Walks a list of steps from a place. */
  steps(steps: readonly Step[], flow: Flow, at: At): Flow {
    let told = false;
    return steps.reduce((before, step, index) => {
      if (before.ends && !told) {
        told = true;
        this.report([...at, index, "id"], "unreachable-step", `no case comes to "${step.id}"`, {
          expected: "a way to it",
          suggestion: "the step before it always ends the case",
        });
      }
      return this.#step(step, before, [...at, index]);
    }, flow);
  }

  #step(step: Step, before: Flow, at: At): Flow {
    checkLabels(this, step, at, before.scope);
    if (step.when === undefined) return settle(step, before, this.#kind(step, before, at));
    const condition = checkCondition(this, step.when, before.scope, [...at, "when"]);
    const inside = { ...before, scope: before.scope.with({ facts: both(before.scope.facts, condition.holds) }) };
    const after = settle(step, inside, this.#kind(step, inside, at));
    return oneOf(
      [
        { flow: after, facts: condition.holds },
        { flow: before, facts: condition.fails },
      ],
      before,
    );
  }

  #kind(step: Step, flow: Flow, at: At): After {
    if ("call" in step) return checkCall(this, step, flow, at);
    if ("decide" in step) return checkDecide(this, step, flow, at);
    if ("ask" in step) return checkAsk(this, step, flow, at);
    if ("wait" in step) return checkWait(this, step, flow, at);
    if ("choose" in step) return checkChoose(this, step, flow, at);
    if ("parallel" in step) return checkParallel(this, step, flow, at);
    if ("forEach" in step) return checkForEach(this, step, flow, at);
    if ("use" in step) return checkUse(this, step, flow, at);
    if ("block" in step) return checkBlock(this, step, flow, at);
    if ("open" in step) return checkOpen(this, step, flow, at);
    if ("run" in step) return checkRun(this, step, flow, at);
    return this.consequence(step, flow, at);
  }

  /** `set` or `end`, as a step of its own or where an answer leads to one. */
  consequence(consequence: ConsequenceSpec, flow: Flow, at: At): Flow {
    if ("end" in consequence) {
      this.ends.add(consequence.end);
      if (consequence.end === "refused" && !flow.decided)
        this.report([...at, "end"], "refusal-without-person", "the case is refused, and no office has decided", {
          expected: "a decision (`decide`) before it",
          suggestion: "propose the refusal to the office: set: { proposal: ... }",
        });
      return { ...flow, ends: true };
    }
    const vars = new Map(flow.scope.vars);
    for (const [name, template] of Object.entries(consequence.set)) {
      const given = checkTemplate(this, template, flow.scope, [...at, "set", name]);
      const absent = given.kind === "typed" && given.optional;
      vars.set(name, { type: typeOfGiven(given), certain: !absent });
    }
    return { ...flow, scope: flow.scope.with({ vars }) };
  }
}

/** The step's result beside those before it. */
function settle(step: Step, before: Flow, { result, ...after }: After): Flow {
  const steps = new Map(after.scope.steps);
  steps.set(step.id, result ?? { type: undefined, certain: true });
  const { facts } = before.scope;
  return { ...after, scope: after.scope.with({ steps, facts: after.ends ? facts : after.scope.facts }) };
}

/** After one of several ways was taken: what each made certain is certain, the rest where its way's conditions hold. */
export function oneOf(ways: readonly { flow: Flow; facts: Facts }[], before: Flow): Flow {
  const open = ways.filter((way) => !way.flow.ends);
  const decided = ways.some((way) => way.flow.decided);
  const from = open.length > 0 ? open : ways;
  const merge = (root: "steps" | "vars") => join(from.map((way) => guarded(way.flow.scope[root], before.scope[root], way.facts)));
  const facts = open.length === 1 && open[0] ? both(before.scope.facts, open[0].facts) : before.scope.facts;
  const scope = before.scope.with({
    steps: merge("steps"),
    vars: mergedVars(
      from.map((way) => way.flow),
      merge("vars"),
    ),
    facts,
  });
  return { scope, ends: open.length === 0, decided };
}

/** A variable that was set differently on several ways may be of either type. */
function mergedVars(flows: readonly Flow[], joined: Map<string, Entry>): Map<string, Entry> {
  for (const [name, entry] of joined) {
    const types = flows.flatMap((flow) => flow.scope.vars.get(name)?.type ?? []);
    joined.set(name, { ...entry, type: types.reduce<ValueType>(either, types[0] ?? any) });
  }
  return joined;
}

/** Entries that came on a way hold under its conditions; what `set` may change is no such condition. */
function guarded(entries: ReadonlyMap<string, Entry>, before: ReadonlyMap<string, Entry>, facts: Facts): Map<string, Entry> {
  const stable = [...facts.texts].every((one) => !/\bvars\b/.test(one));
  return new Map(
    [...entries].map(([name, entry]) => {
      if (before.get(name) === entry || !stable) return [name, entry];
      if (entry.certain) return [name, { ...entry, guards: facts }];
      return [name, entry.guards ? { ...entry, guards: both(entry.guards, facts) } : entry];
    }),
  );
}

/** The ids that a scope declares, each with what to say when it is read too early. Reports ids used twice. */
export function declare(
  steps: readonly Step[],
  report: Report,
  at: At,
  known = new Map<string, string>(),
  where = "has not run yet here",
): Map<string, string> {
  for (const [index, step] of steps.entries()) {
    if (known.has(step.id))
      report([...at, index, "id"], "duplicate-id", `the step id "${step.id}" is used twice`, { expected: "an id of its own" });
    known.set(step.id, where);
    if ("block" in step) continue;
    const inside = "forEach" in step ? `stands inside the forEach "${step.id}" and is not seen from outside` : where;
    for (const inner of innerSteps(step)) declare(inner.steps, report, [...at, index, ...inner.at], known, inside);
  }
  return known;
}

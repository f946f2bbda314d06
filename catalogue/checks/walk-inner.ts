/** Checks the steps that hold others, and those that hand over: branches, loops, fragments, child cases, code. */
import { codeSteps } from "../../cases/code-steps.ts";
import type { BlockStep, ChooseStep, ForEachStep, OpenStep, ParallelStep, RunStep, UseStep } from "../definition.ts";
import { fragmentName } from "../expand.ts";
import { type Fields, schemaOfFields } from "../fields.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { checkCondition, checkTemplate, type Given, typeOfGiven } from "./expressions.ts";
import { both, type Facts, noFacts } from "./facts.ts";
import { checkInputs } from "./inputs.ts";
import { didYouMean, oneOfThese } from "./nearest.ts";
import { typeOfChoice, typeOfOpen, typeOfParallel, typeOfRun } from "./results.ts";
import { type Entry, Scope } from "./scope.ts";
import { any, type Field, inWords, list, number, object } from "./value-type.ts";
import { type After, type At, declare, type Flow, oneOf, type Walk } from "./walk.ts";
import { orElse } from "./walk-people.ts";

export function checkChoose(walk: Walk, step: ChooseStep, flow: Flow, at: At): After {
  const ways: { flow: Flow; facts: Facts }[] = [];
  let others: Facts = noFacts;
  let closed = false;
  for (const [index, branch] of step.choose.entries()) {
    const path = [...at, "choose", index];
    if (closed)
      walk.report([...path, "steps"], "unreachable-step", "no case comes to this branch: the one before it has no condition", {
        expected: "the branch without `if` at the end",
      });
    const before = { ...flow, scope: flow.scope.with({ facts: both(flow.scope.facts, others) }) };
    const condition = branch.if === undefined ? undefined : checkCondition(walk, branch.if, before.scope, [...path, "if"]);
    const facts = condition ? both(others, condition.holds) : others;
    const inside = { ...flow, scope: flow.scope.with({ facts: both(flow.scope.facts, facts) }) };
    ways.push({ flow: walk.steps(branch.steps, inside, [...path, "steps"]), facts });
    if (condition) others = both(others, condition.fails);
    else closed = true;
  }
  if (!closed) ways.push({ flow, facts: others });
  return { ...oneOf(ways, flow), result: { type: typeOfChoice, certain: true } };
}

export function checkParallel(walk: Walk, step: ParallelStep, flow: Flow, at: At): After {
  const { branches, wait } = step.parallel;
  const names = Object.keys(branches);
  if (typeof wait === "number" && wait > names.length)
    walk.report([...at, "parallel", "wait"], "parallel-count", `${wait} branches are waited for, and there are ${names.length}`, {
      expected: `at most ${names.length}, or "all"`,
    });
  const after = names.map((name) => walk.steps(branches[name] ?? [], flow, [...at, "parallel", "branches", name]));
  const all = wait === "all" || wait === names.length;
  const merged = (root: "steps" | "vars") => {
    const entries = new Map<string, Entry>(flow.scope[root]);
    for (const one of after)
      for (const [name, entry] of one.scope[root])
        if (flow.scope[root].get(name) !== entry) entries.set(name, all ? entry : { ...entry, certain: false });
    return entries;
  };
  const scope = flow.scope.with({ steps: merged("steps"), vars: merged("vars") });
  const ends = all ? after.some((one) => one.ends) : after.every((one) => one.ends);
  const decided = flow.decided || after.some((one) => one.decided);
  return { scope, ends, decided, result: { type: typeOfParallel(names), certain: true } };
}

export function checkForEach(walk: Walk, step: ForEachStep, flow: Flow, at: At): After {
  const { in: source, as, steps } = step.forEach;
  const path = [...at, "forEach"];
  const items = typeOfGiven(checkTemplate(walk, source, flow.scope, [...path, "in"]));
  if (items.kind !== "list" && items.kind !== "any")
    walk.report([...path, "in"], "expression-type", `"${source}" gives ${inWords(items)}`, { expected: "a list, as ${...}" });
  const item = items.kind === "list" ? items.of : any;
  const inside = { ...flow, scope: flow.scope.naming({ [as]: item, index: number }) };
  const after = walk.steps(steps, inside, [...path, "steps"]);
  const results: Record<string, Field> = {};
  for (const one of steps) {
    const entry = after.scope.steps.get(one.id);
    if (entry?.type) results[one.id] = { type: entry.type, optional: !entry.certain };
  }
  // A list may be empty: what its steps set may not be set.
  const { scope } = oneOf(
    [
      { flow: after, facts: noFacts },
      { flow, facts: noFacts },
    ],
    flow,
  );
  const type = object({ items: list({ kind: "object", fields: results }) });
  return {
    ...flow,
    scope: flow.scope.with({ vars: scope.vars }),
    decided: flow.decided || after.decided,
    result: { type, certain: true },
  };
}

export function checkUse(walk: Walk, step: UseStep, flow: Flow, at: At): After {
  const members = given(walk, step.with, flow, [...at, "with"]);
  const name = fragmentName(step.use);
  const fragment = name === undefined ? undefined : walk.context.fragment(name);
  if (!fragment) {
    const known = walk.context.fragments.map((one) => `fragments/${one}`);
    walk.report([...at, "use"], "unknown-fragment", `there is no fragment "${step.use}"`, {
      expected: known.length > 0 ? oneOfThese(known) : "fragments/<name>",
      ...didYouMean(step.use, known),
    });
    return { ...flow, result: { type: any, certain: true } };
  }
  typed(walk, step.use, fragment.inputs, members, [...at, "with"]);
  for (const outcome of fragment.outcomes) walk.ends.add(outcome);
  const { ends, decides, outputs } = fragment;
  return { ...flow, ends: flow.ends || ends, decided: flow.decided || decides, result: { type: outputs, certain: true } };
}

/** A fragment in its place, as the overlay's patches see it. */
export function checkBlock(walk: Walk, step: BlockStep, flow: Flow, at: At): After {
  const { inputs, steps, outputs } = step.block;
  const path = [...at, "block"];
  const members = given(walk, inputs, flow, [...path, "inputs"]);
  const { request: _, ...roots } = flow.scope.roots;
  const fields = Object.fromEntries(
    Object.entries(members).map(([name, one]) => [name, { type: typeOfGiven(one), optional: absent(one) }]),
  );
  const scope = new Scope({
    roots: { ...roots, inputs: { kind: "object", fields, rest: any } },
    declared: declare(steps, walk.report, [...path, "steps"]),
  });
  const after = walk.steps(steps, { ...flow, scope }, [...path, "steps"]);
  const type = typeOfGiven(checkTemplate(walk, outputs, after.scope, [...path, "outputs"]));
  return { ...flow, ends: after.ends, decided: after.decided, result: { type, certain: true } };
}

export function checkOpen(walk: Walk, step: OpenStep, flow: Flow, at: At): After {
  const { service, request } = step.open;
  const members = given(walk, request, flow, [...at, "open", "request"]);
  const fields = walk.context.requests.get(service);
  const known = [...walk.context.requests.keys()];
  if (fields) typed(walk, service, fields, members, [...at, "open", "request"]);
  else
    walk.report([...at, "open", "service"], "unknown-service", `there is no service "${service}"`, {
      expected: oneOfThese(known),
      ...didYouMean(service, known),
    });
  return { ...orElse(walk, step.open, flow, [...at, "open"]), result: { type: typeOfOpen(step), certain: !step.optional } };
}

export function checkRun(walk: Walk, step: RunStep, flow: Flow, at: At): After {
  const members = given(walk, step.with, flow, [...at, "with"]);
  const code = codeSteps[step.run];
  const known = Object.keys(codeSteps);
  if (code) checkInputs(walk.report, step.run, code.input, members, [...at, "with"]);
  else
    walk.report([...at, "run"], "unknown-code-step", `there is no code step "${step.run}"`, {
      expected: oneOfThese(known),
      ...didYouMean(step.run, known),
    });
  return { ...flow, result: { type: typeOfRun(step.run), certain: true } };
}

const absent = (one: Given): boolean => one.kind === "typed" && one.optional;

const given = (walk: Walk, templates: JsonObject, flow: Flow, at: At): Record<string, Given> =>
  Object.fromEntries(Object.entries(templates).map(([name, one]) => [name, checkTemplate(walk, one, flow.scope, [...at, name])]));

/** Inputs against declared fields; fields of unknown types are reported where they are declared. */
function typed(walk: Walk, owner: string, fields: Fields, members: Record<string, Given>, at: At): void {
  try {
    checkInputs(walk.report, owner, schemaOfFields(fields), members, at);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Checks `call`: operation, inputs, branches of refusals, undo. */
import type { Operation } from "../../connectors/contract.ts";
import { operationById, operationIds } from "../../connectors/contracts.ts";
import type { CallStep } from "../definition.ts";
import { checkCondition, checkTemplate } from "./expressions.ts";
import { checkInputs } from "./inputs.ts";
import { didYouMean, listed } from "./nearest.ts";
import { typeOfCall } from "./results.ts";
import type { Entry, Scope } from "./scope.ts";
import { object, text, words } from "./value-type.ts";
import { type After, type At, type Flow, oneOf, type Walk } from "./walk.ts";
import { noFacts } from "./facts.ts";

/** The operation, or a finding. */
export function operationOf(walk: Walk, id: string, at: At): Operation | undefined {
  const found = operationById(id);
  if (!found)
    walk.report(at, "unknown-operation", `there is no operation "${id}"`, {
      expected: `an operation of a contract, such as ${operationIds()[0]}`,
      ...didYouMean(id, operationIds()),
    });
  return found;
}

/** Inputs of an operation, given as templates. */
export function checkWith(walk: Walk, id: string, input: CallStep["with"], scope: Scope, at: At): void {
  const found = operationOf(walk, id, [...at, "call"]);
  const members = Object.fromEntries(
    Object.entries(input).map(([name, template]) => [name, checkTemplate(walk, template, scope, [...at, "with", name])]),
  );
  if (found) checkInputs(walk.report, found.id, found.input, members, [...at, "with"]);
}

export function checkCall(walk: Walk, step: CallStep, flow: Flow, at: At): After {
  const { scope } = flow;
  checkWith(walk, step.call, step.with, scope, at);
  const operation = operationById(step.call);
  const type = typeOfCall(step.call);
  const ways = [{ flow, facts: noFacts }, ...refusals(walk, step, operation, flow, at)];
  checkTime(walk, step, at);
  if (step.otherwise) ways.push({ flow: walk.consequence(step.otherwise, flow, [...at, "otherwise"]), facts: noFacts });
  // Any way but the first goes on without a result.
  const certain = !step.optional && ways.slice(1).every((way) => way.flow.ends);
  const result: Entry = { type, certain };
  if (step.undo) {
    const done = scope.with({ steps: new Map([...scope.steps, [step.id, { type, certain: true }]]) });
    checkWith(walk, step.undo.call, step.undo.with, done, [...at, "undo"]);
  } else if (operation?.undoneBy !== undefined)
    walk.report([...at, "call"], "missing-undo", `${operation.id} can be undone, and is not`, {
      expected: `undo: { call: ${operation.undoneBy}, with: ... }`,
    });
  return { ...oneOf(ways, flow), result };
}

function checkTime(walk: Walk, step: CallStep, at: At): void {
  if (step.within !== undefined && !step.optional && !step.otherwise)
    walk.report([...at, "within"], "time-without-end", '"within" does not say what happens when the time is over', {
      expected: '"otherwise", or "optional: true"',
    });
  if (step.otherwise && step.within === undefined)
    walk.report([...at, "otherwise"], "time-without-end", '"otherwise" never comes without "within"', { expected: '"within"' });
}

/** The branches of `rejected`, and the refusals that have none. */
function refusals(
  walk: Walk,
  step: CallStep,
  operation: Operation | undefined,
  flow: Flow,
  at: At,
): { flow: Flow; facts: typeof noFacts }[] {
  const codes = operation?.rejections ?? [];
  const error = object({ code: operation ? words(...codes) : text });
  const scope = flow.scope.naming({ error });
  const open = new Set(codes.filter((code) => code !== "REFUSED"));
  const ways = (step.rejected ?? []).map((branch, index) => {
    const path = [...at, "rejected", index];
    const condition = checkCondition(walk, branch.if, scope, [...path, "if"]);
    const named = condition.compared.filter((one) => one.path === "error.code").map((one) => one.word);
    // A branch that does not ask for the code, or asks what it is not, takes all that are left.
    if (named.length === 0 || /!=|!\(/.test(branch.if)) open.clear();
    for (const code of named) open.delete(code);
    const after = walk.consequence(branch, { ...flow, scope }, path);
    return { flow: { ...after, scope: after.scope.with({ roots: flow.scope.roots }) }, facts: noFacts };
  });
  if (open.size > 0 && !step.optional)
    walk.report([...at, "call"], "unhandled-rejection", `${step.call} may answer ${listed([...open])}, and no branch takes it`, {
      expected: `rejected: - if: error.code == "${[...open][0]}"`,
    });
  return ways;
}

/** Checks the steps in which people act: `decide`, `ask`, `wait`. */
import { operationById } from "../../connectors/contracts.ts";
import type { AskSpec, AskStep, ConsequenceSpec, DecideStep, WaitStep } from "../definition.ts";
import { type Fields, schemaOf } from "../fields.ts";
import type { Report } from "../findings.ts";
import { checkCondition, checkTemplate } from "./expressions.ts";
import { noFacts } from "./facts.ts";
import { didYouMean, oneOfThese } from "./nearest.ts";
import { checkNamedOffice, checkOffice } from "./offices.ts";
import { typeOfAsk, typeOfCall, typeOfDecision, typeOfWait } from "./results.ts";
import type { Entry } from "./scope.ts";
import { checkFixed } from "./texts.ts";
import { type After, type At, type Flow, oneOf, type Walk } from "./walk.ts";
import { checkWith } from "./walk-calls.ts";

/** Types of fields that do not exist. */
export function checkFields(report: Report, fields: Fields, at: At): void {
  for (const [name, type] of Object.entries(fields))
    try {
      schemaOf(type);
    } catch (error) {
      const [found, expected] = (error instanceof Error ? error.message : String(error)).split("; ");
      report(
        [...at, name],
        "unknown-type",
        found ?? "",
        expected === undefined ? {} : { expected: expected.replace("there are", "one of") },
      );
    }
}

export function checkDecide(walk: Walk, step: DecideStep, flow: Flow, at: At): After {
  const { decide } = step;
  const here = [...at, "decide"];
  walk.decisions.push({ step, at });
  checkOffice(walk, decide.office, flow.scope, [...here, "office"]);
  if (decide.escalate) checkNamedOffice(walk, decide.escalate.to, [...here, "escalate", "to"]);
  for (const [name, template] of Object.entries(decide.shows)) checkTemplate(walk, template, flow.scope, [...here, "shows", name]);
  for (const [name, one] of Object.entries(decide.outcomes)) {
    checkFields(walk.report, one.form, [...here, "outcomes", name, "form"]);
    checkFixed(walk, one.title, flow.scope, [...here, "outcomes", name, "title"]);
  }
  for (const [name, one] of Object.entries(decide.asks)) checkAskSpec(walk, one, flow, [...here, "asks", name]);
  checkRequires(walk.report, step, here);
  const { type, forms } = typeOfDecision(step);
  // When the time is over nobody has decided: a refusal then would be without a person.
  return { ...orElse(walk, decide, flow, here), decided: true, result: { type, certain: true, forms } };
}

function checkRequires(report: Report, { decide }: DecideStep, at: At): void {
  const [outcomes, asks] = [Object.keys(decide.outcomes), Object.keys(decide.asks)];
  for (const [outcome, ask] of Object.entries(decide.requires)) {
    const path = [...at, "requires", outcome];
    if (!outcomes.includes(outcome))
      report(path, "unknown-outcome", `the decision has no outcome "${outcome}"`, {
        expected: oneOfThese(outcomes),
        ...didYouMean(outcome, outcomes),
      });
    if (!asks.includes(ask))
      report(path, "unknown-ask", `the decision has no ask "${ask}"`, { expected: oneOfThese(asks), ...didYouMean(ask, asks) });
  }
}

function checkAskSpec(walk: Walk, ask: AskSpec, flow: Flow, at: At): void {
  checkFields(walk.report, ask.form, [...at, "form"]);
  checkFixed(walk, ask.title, flow.scope, [...at, "title"]);
}

export function checkAsk(walk: Walk, step: AskStep, flow: Flow, at: At): After {
  checkAskSpec(walk, step.ask, flow, [...at, "ask"]);
  const result: Entry = { type: typeOfAsk(step), certain: true };
  return { ...orElse(walk, step.ask, flow, [...at, "ask"]), result };
}

export function checkWait(walk: Walk, step: WaitStep, flow: Flow, at: At): After {
  const { wait } = step;
  const here = [...at, "wait"];
  if ((wait.for === undefined) === (wait.until === undefined))
    walk.report(
      here,
      "wait-for-what",
      wait.for === undefined ? "the wait does not say for what" : "the wait has both a message and a date",
      {
        expected: '"for" (a message) or "until" (a date)',
      },
    );
  if (wait.until !== undefined) checkTemplate(walk, wait.until, flow.scope, [...here, "until"]);
  checkFields(walk.report, wait.form, [...here, "form"]);
  for (const [name, template] of Object.entries(wait.shows)) checkTemplate(walk, template, flow.scope, [...here, "shows", name]);
  if (wait.confirm) checkConfirm(walk, wait.confirm, flow, [...here, "confirm"]);
  return { ...orElse(walk, wait, flow, here), result: { type: typeOfWait(step), certain: true } };
}

function checkConfirm(walk: Walk, confirm: NonNullable<WaitStep["wait"]["confirm"]>, flow: Flow, at: At): void {
  checkWith(walk, confirm.call, confirm.with, flow.scope, at);
  const operation = operationById(confirm.call);
  if (operation && operation.effect !== "read")
    walk.report([...at, "call"], "confirm-writes", `${confirm.call} is no read, and a confirmation is repeated`, {
      expected: "an operation that reads",
    });
  checkCondition(walk, confirm.until, flow.scope.naming({ result: typeOfCall(confirm.call) }), [...at, "until"]);
}

/** The way when nobody answers in time. */
export function orElse(
  walk: Walk,
  step: { within?: string | undefined; otherwise?: ConsequenceSpec | undefined },
  flow: Flow,
  at: At,
): Flow {
  const { within, otherwise } = step;
  if (!otherwise) return flow;
  if (within === undefined)
    walk.report([...at, "otherwise"], "time-without-end", '"otherwise" never comes without "within"', { expected: '"within"' });
  const late = walk.consequence(otherwise, flow, [...at, "otherwise"]);
  return oneOf(
    [
      { flow, facts: noFacts },
      { flow: late, facts: noFacts },
    ],
    flow,
  );
}

/** What the steps of a service give: the types of `steps.<id>`. */
import { outcomes } from "../../cases/status.ts";
import { codeSteps } from "../../cases/code-steps.ts";
import { operationById } from "../../connectors/contracts.ts";
import type { AskStep, ConsequenceSpec, DecideStep, OpenStep, WaitStep } from "../definition.ts";
import { type Fields, schemaOf } from "../fields.ts";
import { any, boolean, either, type Field, list, number, object, text, typeOfSchema, type ValueType, words } from "./value-type.ts";

/** The type of a request or a form; fields of unknown types hold anything. */
export function typeOfFields(fields: Fields): Extract<ValueType, { kind: "object" }> {
  const typed = Object.entries(fields).map(([name, type]): [string, Field] => {
    const optional = type.trim().endsWith("?");
    try {
      return [name, { type: typeOfSchema(schemaOf(type)), ...(optional ? { optional } : {}) }];
    } catch {
      return [name, { type: any, ...(optional ? { optional } : {}) }];
    }
  });
  return { kind: "object", fields: Object.fromEntries(typed) };
}

const person = { ...text, personal: true };

/** A call's output; anything for an operation that does not exist. */
export function typeOfCall(operation: string): ValueType {
  const found = operationById(operation);
  return found ? typeOfSchema(found.output) : any;
}

export function typeOfRun(name: string): ValueType {
  const found = codeSteps[name];
  return found ? typeOfSchema(found.output) : any;
}

/** A decision, with its forms by outcome. */
export function typeOfDecision({ decide }: DecideStep): { type: ValueType; forms: Record<string, ValueType> } {
  const forms = Object.fromEntries(Object.entries(decide.outcomes).map(([name, one]) => [name, typeOfFields(one.form)]));
  const all = Object.values(forms);
  const form = all.reduce<ValueType>(either, all[0] ?? object({}));
  const answers = Object.entries(decide.asks).map(([name, one]) => [name, unlessExpired(typeOfFields(one.form), one.within !== undefined)]);
  const type = object(
    { outcome: words(...Object.keys(forms)), form, by: person, at: text, answers: object({}, Object.fromEntries(answers)) },
    { note: text },
  );
  return { type: unlessExpired(type, goesOn(decide.otherwise) && decide.otherwise !== undefined), forms };
}

export const typeOfAsk = ({ ask }: AskStep): ValueType =>
  unlessExpired(typeOfFields(ask.form), ask.within !== undefined && goesOn(ask.otherwise));

export function typeOfWait({ wait }: WaitStep): ValueType {
  if (wait.until !== undefined) return object({ at: text });
  const form = typeOfFields(wait.form);
  const answer: ValueType = wait.confirm
    ? typeOfCall(wait.confirm.call)
    : { kind: "object", fields: { ...form.fields, by: { type: person }, at: { type: text } } };
  return unlessExpired(answer, wait.within !== undefined && goesOn(wait.otherwise));
}

export function typeOfOpen({ open }: OpenStep): ValueType {
  if (!open.wait) return object({ case: text });
  const type = object({ case: text, outcome: words(...outcomes) }, { result: any, protocolNumber: text });
  return open.within !== undefined && goesOn(open.otherwise) ? either(type, object({ case: text }, { expired: boolean })) : type;
}

export const typeOfParallel = (branches: readonly string[]): ValueType => object({ done: list(words(...branches)) });
export const typeOfChoice: ValueType = object({ branch: number });

/** Without `otherwise`, or with one that sets something, the case goes on after the time is over. */
export const goesOn = (otherwise: ConsequenceSpec | undefined): boolean => !otherwise || "set" in otherwise;

/** `{expired: true}` instead of the answer, when the time can run out. */
function unlessExpired(type: ValueType, expires: boolean): ValueType {
  return expires ? either(type, object({}, { expired: boolean })) : type;
}

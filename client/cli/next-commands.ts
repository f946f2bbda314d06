/** The commands that answer what a case waits for, ready to be completed: what is in capitals is for the person to say. */
import { z } from "zod";
import type { Action, ParkedProblem } from "../../cases/status.ts";
import { operationById } from "../../connectors/contracts.ts";
import type { Json } from "../../connectors/json.ts";
import { quoted } from "./paint.ts";

interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

/** One command per way to answer the action. */
export function actionCommands(caseId: string, action: Action): string[] {
  const form = action.form as Schema;
  if (action.name === "decision" && form.oneOf) return form.oneOf.map((way) => decision(caseId, action.id, way));
  const from = action.who === "applicant" ? "" : " --as NAME";
  return [`darsena case send ${caseId} ${action.name} --for ${quoted(action.id)}${fieldsOf(form)}${from}`];
}

function decision(caseId: string, id: string, way: Schema): string {
  const { outcome, ask, form } = way.properties ?? {};
  const choice = outcome ? String(outcome.const) : `--ask ${String(ask?.const)}`;
  return `darsena case decide ${caseId} ${choice} --for ${quoted(id)}${fieldsOf(form ?? {})}${ask ? ' --note "WHAT IS MISSING"' : ""} --as NAME`;
}

/** The form's fields as options; those that may be absent in brackets. */
function fieldsOf({ required = [], properties = {} }: Schema): string {
  return Object.entries(properties)
    .toSorted(([a], [b]) => Number(required.includes(b)) - Number(required.includes(a)))
    .map(([name, field]) => (required.includes(name) ? ` ${option(name, field)}` : ` [${option(name, field)}]`))
    .join("");
}

function option(name: string, field: Schema): string {
  if (isAttachment(field)) return `--attach ${name}=FILE`;
  if (field.enum) return `--field ${name}=${quoted(field.enum.join("|"))}`;
  if (field.type === "array" && isAttachment(field.items ?? {})) return `--attach '${name}[0]=FILE'`;
  return `--field ${name}${field.type === "string" ? "=" : ":="}${name.toUpperCase()}`;
}

const isAttachment = ({ properties }: Schema): boolean => properties?.["sha256"] !== undefined && properties["mediaType"] !== undefined;

/** One command per verb that the problem allows. */
export function problemCommands(caseId: string, problem: ParkedProblem): string[] {
  return problem.verbs.map((verb) => {
    const result = verb === "resolve" ? ` --result ${quoted(JSON.stringify(resultOf(problem.code)))}` : "";
    return `darsena case resolve ${caseId} --verb ${verb}${result} --reason "WHY" --as NAME --problem ${quoted(problem.id)}`;
  });
}

/** The form of the result that the parked operation should have given, with its fields' types for values. */
function resultOf(code: string): Json {
  const operation = operationById(code.split(":")[0] ?? "");
  if (!operation) return {};
  return sketch(z.toJSONSchema(operation.output, { unrepresentable: "any" }) as Schema);
}

function sketch(schema: Schema): Json {
  const chosen = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (chosen) return sketch(chosen);
  if (schema.type === "object") {
    return Object.fromEntries((schema.required ?? []).map((name) => [name, sketch(schema.properties?.[name] ?? {})]));
  }
  if (schema.type === "array") return [];
  return schema.enum ? schema.enum.join("|") : (schema.type ?? "value").toUpperCase();
}

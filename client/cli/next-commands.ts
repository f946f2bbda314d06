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

const fieldsOf = (form: Schema): string =>
  (form.required ?? [])
    .map((name) => {
      const field = form.properties?.[name] ?? {};
      const sign = field.type === "string" || field.enum ? "=" : ":=";
      return ` --field ${name}${sign}${field.enum ? quoted(field.enum.join("|")) : name.toUpperCase()}`;
    })
    .join("");

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

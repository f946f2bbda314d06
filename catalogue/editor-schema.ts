/** The language as JSON Schema for editors: operations by name, with the inputs of their contracts. */
import { z } from "zod";
import { codeSteps } from "../cases/code-steps.ts";
import { adapterNames } from "../connectors/adapter-names.ts";
import type { Operation } from "../connectors/contract.ts";
import { operationById, operationIds } from "../connectors/contracts.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import { Fragment, HandWrittenService, Overlay, YamlService } from "./definition.ts";
import { typeNames } from "./fields.ts";

/**
 * One JSON Schema (draft 2020-12) for services, fragments and overlays: a file with `municipality` is an overlay, one with
 * `fragment` a fragment. It refuses what can be told from one file alone; the rest is `darsena check`'s. Where a contract
 * takes a number or an object, an expression is taken too.
 */
export function editorSchema(): JsonObject {
  const kinds = {
    overlay: definitions("overlay", Overlay),
    fragment: definitions("fragment", Fragment),
    handWritten: definitions("handWritten", HandWrittenService),
    service: definitions("service", YamlService),
  };
  const overlay = kinds.overlay["overlay"] as JsonObject;
  overlay["properties"] = { ...(overlay["properties"] as JsonObject), adapters: adapters() };
  const ofOperations = operationIds().map((id) => [`${id}.with`, inputs(operationById(id) as Operation)]);
  const ofCode = Object.entries(codeSteps).map(([name, step]) => [`run.${name}.with`, orExpressions(step.input)]);
  const choice = (member: string, kind: string, other: JsonObject): JsonObject => rule({ required: [member] }, refer(kind), other);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Darsena: services, fragments and overlays",
    ...choice("municipality", "overlay", choice("fragment", "fragment", choice("workflow", "handWritten", refer("service")))),
    $defs: { ...Object.assign({}, ...Object.values(kinds)), ...Object.fromEntries([...ofOperations, ...ofCode]) },
  };
}

/** `if`, `then` and `else` of a schema. */
const rule = (condition: JsonObject, holds: JsonObject, fails?: JsonObject): JsonObject => {
  const branches: [name: string, schema: JsonObject | undefined][] = [
    ["if", condition],
    ["then", holds],
    ["else", fails],
  ];
  return Object.fromEntries(branches.filter(([, schema]) => schema !== undefined)) as JsonObject;
};

const refer = (name: string): JsonObject => ({ $ref: `#/$defs/${name}` });
const plain = (schema: z.ZodType): JsonObject => z.toJSONSchema(schema, { io: "input" }) as JsonObject;

/** A kind of file under its name, with the definitions that it refers to. */
function definitions(name: string, schema: z.ZodType): Record<string, JsonObject> {
  const own = JSON.parse(JSON.stringify(plain(schema)).replaceAll("__schema", `${name}.`)) as JsonObject;
  const { $defs = {}, $schema: _schema, ...whole } = own;
  const inner = Object.entries($defs as Record<string, JsonObject>).map(([key, one]) => [key, typed(steps(one))]);
  return Object.fromEntries([[name, typed(whole)], ...inner]) as Record<string, JsonObject>;
}

const adapters = (): JsonObject => ({
  type: "object",
  properties: Object.fromEntries(Object.entries(adapterNames).map(([contract, names]) => [contract, { enum: [...names] }])),
  required: Object.keys(adapterNames),
  additionalProperties: false,
});

/** The union of all kinds of step is told apart by the member that names the kind: then an editor says what is wrong with this one. */
function steps(schema: JsonObject): JsonObject {
  const union = schema["anyOf"] as JsonObject[] | undefined;
  if (!union?.some((one) => "call" in ((one["properties"] ?? {}) as JsonObject))) return schema;
  const known = union.flatMap((one) => {
    const required = (one["required"] as string[] | undefined) ?? [];
    const kind = required.find((name) => stepKinds.includes(name));
    return kind === undefined ? [] : [{ kind, schema: one }];
  });
  return {
    type: "object",
    anyOf: known.filter(({ kind }) => kind !== "block").map(({ kind }) => ({ required: [kind] })),
    allOf: known.map(({ kind, schema: one }) => rule({ required: [kind] }, detailed(kind, one))),
  };
}
const stepKinds = ["call", "decide", "ask", "wait", "choose", "parallel", "forEach", "use", "block", "open", "set", "run", "end"];

/** A call with the operations that exist, and for each its inputs. */
function detailed(kind: string, schema: JsonObject): JsonObject {
  const properties = schema["properties"] as JsonObject;
  if (kind === "call") {
    const undo = { ...(properties["undo"] as JsonObject), ...byOperation(operationIds()) };
    // A time says what follows when it is over, or the step is optional.
    const times = {
      dependentRequired: { otherwise: ["within"] },
      dependentSchemas: { within: { anyOf: [has("otherwise"), has("optional")] } },
    };
    return { ...schema, properties: { ...properties, call: named(operationIds()), undo }, ...times, allOf: inputRules() };
  }
  if (kind === "run") {
    const rules = Object.keys(codeSteps).map((name) =>
      rule({ properties: { run: { const: name } } }, { properties: { with: { $ref: `#/$defs/run.${name}.with` } } }),
    );
    return { ...schema, properties: { ...properties, run: { enum: Object.keys(codeSteps) } }, allOf: rules };
  }
  const within = properties[kind] as JsonObject;
  if (kind === "wait") {
    const inner = within["properties"] as JsonObject;
    const reads = operationIds().filter((id) => operationById(id)?.effect === "read");
    const confirm = { ...(inner["confirm"] as JsonObject), ...byOperation(reads) };
    const wait = { ...within, ...timed, oneOf: [has("for"), has("until")], properties: { ...inner, confirm } };
    return { ...schema, properties: { ...properties, wait } };
  }
  const waits = kind === "decide" || kind === "ask" || kind === "open";
  return waits ? { ...schema, properties: { ...properties, [kind]: { ...within, ...timed } } } : schema;
}

const has = (member: string): JsonObject => ({ required: [member] });
const timed: JsonObject = { dependentRequired: { otherwise: ["within"] } };

const named = (ids: readonly string[]): JsonObject => ({
  anyOf: ids.map((id) => ({ const: id, description: operationById(id)?.title ?? "" })),
});

const inputRules = (): JsonObject[] =>
  operationIds().map((id) =>
    rule({ required: ["call"], properties: { call: { const: id } } }, { properties: { with: { $ref: `#/$defs/${id}.with` } } }),
  );

/** Where an operation is named inside a step: `undo`, `confirm`. */
const byOperation = (ids: readonly string[]): JsonObject => ({ allOf: [{ properties: { call: named(ids) } }, ...inputRules()] });

const inputs = (operation: Operation): JsonObject => ({ description: operation.title, ...orExpressions(operation.input) });

/** The input's schema, where every value may be an expression instead. */
const orExpressions = (schema: z.ZodType): JsonObject => withExpressions(plain(schema), true);

const expression: JsonObject = { type: "string", pattern: "\\$\\{" };

function withExpressions(schema: JsonObject, top = false): JsonObject {
  const { $schema: _schema, ...rest } = schema;
  const inner = Object.fromEntries(
    Object.entries(rest).map(([key, value]): [string, Json] => {
      if (key === "properties")
        return [
          key,
          Object.fromEntries(Object.entries(value as JsonObject).map(([name, one]) => [name, withExpressions(one as JsonObject)])),
        ];
      if (key === "items") return [key, withExpressions(value as JsonObject)];
      if (key === "anyOf" || key === "oneOf") return [key, (value as JsonObject[]).map((one) => withExpressions(one, true))];
      return [key, value];
    }),
  );
  return top ? inner : { anyOf: [inner, expression] };
}

/** Types of fields: those that exist, lists of them, or words. */
function typed(value: Json): Json {
  if (Array.isArray(value)) return value.map(typed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === "form" || key === "request" || key === "inputs" ? fieldTypes(one) : typed(one),
    ]),
  );
}

const fieldPattern = `^\\s*((${typeNames.join("|")})(\\[\\])?|[^|?\\s][^|?]*(\\|[^|?]+)+)\\??\\s*$`;

/** `form: { plate: Plate }`; where a member of that name holds something else, it stays as it is. */
function fieldTypes(value: Json): Json {
  const schema = value as JsonObject;
  const inner = schema["additionalProperties"] as JsonObject | undefined;
  return inner?.["type"] === "string"
    ? { ...schema, additionalProperties: { type: "string", pattern: fieldPattern, examples: [...typeNames] } }
    : typed(value);
}

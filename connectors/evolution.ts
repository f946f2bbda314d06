/**
 * Contracts evolve by adding. Services, and cases that run for months, were written for what was published: an operation stays, takes
 * every input that it took, and gives nothing that its readers cannot read. Compared structurally, on JSON Schema.
 */
import { z } from "zod";
import { type Contract, type Effect, operationsOf } from "./contract.ts";
import type { Json, JsonObject } from "./json.ts";

/** What is recorded of an operation. */
export interface PublishedOperation {
  effect: Effect;
  rejections: string[];
  input: JsonObject;
  output: JsonObject;
}

export type PublishedContract = { [operation: string]: PublishedOperation };

/** The contract as it would be published now. */
export const publishedForm = (contract: Contract): PublishedContract =>
  Object.fromEntries(
    operationsOf(contract).map(({ name, effect, rejections, input, output }) => [
      name,
      {
        effect,
        rejections: [...rejections],
        input: z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as JsonObject,
        output: z.toJSONSchema(output, { io: "output", unrepresentable: "any" }) as JsonObject,
      },
    ]),
  );

const ADVICE =
  "a published contract evolves by adding: keep what was there, and put a new optional member or a new operation beside it (docs/connectors.md#contracts-evolve-by-adding)";

/** What breaks those who rely on the published form, each as a sentence with what to do; empty when all was only added. */
export function breaks(name: string, before: PublishedContract, after: PublishedContract): string[] {
  return Object.entries(before).flatMap(([operation, was]) => {
    const is = after[operation];
    const reasons = is ? changes(was, is) : ["the operation is gone"];
    return reasons.map((reason) => `${name}.${operation}: ${reason}; ${ADVICE}`);
  });
}

function changes(was: PublishedOperation, is: PublishedOperation): string[] {
  const gone = was.rejections.filter((code) => !is.rejections.includes(code));
  return [
    ...(was.effect === is.effect ? [] : [`it was a ${was.effect} and is a ${is.effect}`]),
    ...gone.map((code) => `the rejection ${code} is gone, and services branch on it`),
    // What services send must still be taken; what they receive must still be what they were written for.
    ...new Fit(was.input, is.input, false).reasons("input"),
    ...new Fit(is.output, was.output, true).reasons("output"),
  ];
}

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const asList = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Whether each value of one schema is a value of another. */
class Fit {
  readonly #from: JsonObject;
  readonly #to: JsonObject;
  /** Readers take no offence at members that they do not know. */
  readonly #reading: boolean;
  readonly #seen = new Set<string>();

  constructor(from: JsonObject, to: JsonObject, reading: boolean) {
    this.#from = from;
    this.#to = to;
    this.#reading = reading;
  }

  reasons(path: string): string[] {
    return this.#compare(path, this.#from, this.#to);
  }

  #compare(path: string, left: JsonObject, right: JsonObject): string[] {
    const key = `${JSON.stringify(left)} ${JSON.stringify(right)}`;
    if (this.#seen.has(key)) return [];
    this.#seen.add(key);
    const [from, to] = [followed(left, this.#from), followed(right, this.#to)];
    const branches = branchesOf(from);
    if (branches.length > 0) return branches.flatMap((one) => this.#compare(path, one, to));
    const targets = branchesOf(to);
    if (targets.length > 0) return this.#some(path, from, targets);
    if (Object.keys(withoutNotes(to)).length === 0) return [];
    return this.#plain(path, from, to);
  }

  #some(path: string, from: JsonObject, targets: readonly JsonObject[]): string[] {
    const all = targets.map((one) =>
      new Fit({ ...from, $defs: this.#from["$defs"] ?? {} }, { ...one, $defs: this.#to["$defs"] ?? {} }, this.#reading).reasons(path),
    );
    if (all.some((reasons) => reasons.length === 0)) return [];
    return [this.#words(path, "may be what none of its alternatives is", "takes fewer alternatives")];
  }

  /** A sentence for what we receive, or for what we send. */
  #words(path: string, received: string, sent: string): string {
    return `${path} ${this.#reading ? received : sent}`;
  }

  #plain(path: string, from: JsonObject, to: JsonObject): string[] {
    const values = valuesOf(to);
    if (values) {
      const given = valuesOf(from);
      if (!given) return [this.#words(path, "may be any value now", "takes only a list of values now")];
      const missing = given.filter((one) => !values.includes(one));
      return missing.length === 0 ? [] : [this.#words(path, `may also be ${missing.join(", ")}`, `no longer takes ${missing.join(", ")}`)];
    }
    const [type, wanted] = [typeOf(from), typeOf(to)];
    if (wanted !== undefined && type !== wanted && !(type === "integer" && wanted === "number"))
      return [
        this.#reading ? `${path} is of type ${type ?? "any"} and was ${wanted}` : `${path} is of type ${wanted} and was ${type ?? "any"}`,
      ];
    if (wanted === "object") return this.#object(path, from, to);
    const within = wanted === "array" ? this.#compare(`${path}[]`, asObject(from["items"]), asObject(to["items"])) : [];
    return [...within, ...this.#limits(path, from, to)];
  }

  #object(path: string, from: JsonObject, to: JsonObject): string[] {
    const [given, known] = [asObject(from["properties"]), asObject(to["properties"])];
    const sure = new Set(asList(from["required"]));
    const missing = asList(to["required"])
      .filter((name) => !sure.has(name))
      .map((name) => this.#words(`${path}.${String(name)}`, String(name) in given ? "may be absent now" : "is gone", "is required now"));
    const inner = Object.entries(given).flatMap(([name, schema]) => {
      const target = known[name];
      if (target !== undefined) return this.#compare(`${path}.${name}`, asObject(schema), asObject(target));
      return this.#reading || to["additionalProperties"] !== false ? [] : [`${path}.${name} is gone, and services send it`];
    });
    // A member that readers knew as optional and that is never there again.
    const lost = this.#reading
      ? Object.keys(known)
          .filter((name) => !(name in given) && !asList(to["required"]).includes(name))
          .map((name) => `${path}.${name} is gone`)
      : [];
    const [more, taken] = [from["additionalProperties"], to["additionalProperties"]];
    const rest = typeof more === "object" && typeof taken === "object" ? this.#compare(`${path}.*`, asObject(more), asObject(taken)) : [];
    return [...missing, ...inner, ...lost, ...rest];
  }

  #limits(path: string, from: JsonObject, to: JsonObject): string[] {
    const found: string[] = [];
    for (const [name, sign] of LIMITS) {
      const [limit, bound] = [from[name], to[name]];
      if (bound === undefined || (limit !== undefined && sign * Number(limit) <= sign * Number(bound))) continue;
      found.push(this.#words(path, `goes beyond its ${name} of ${String(bound)}`, `has a narrower ${name} (${String(bound)})`));
    }
    for (const name of ["pattern", "format"])
      if (to[name] !== undefined && to[name] !== from[name]) found.push(this.#words(path, `has another ${name}`, `has another ${name}`));
    return found;
  }
}

/** Limits: 1 where a smaller one is narrower, -1 where a greater one is. */
const LIMITS: readonly [string, 1 | -1][] = [
  ["maxLength", 1],
  ["maxItems", 1],
  ["maximum", 1],
  ["exclusiveMaximum", 1],
  ["minLength", -1],
  ["minItems", -1],
  ["minimum", -1],
  ["exclusiveMinimum", -1],
];

const branchesOf = (schema: JsonObject): JsonObject[] => [...asList(schema["anyOf"]), ...asList(schema["oneOf"])].map(asObject);
const valuesOf = (schema: JsonObject): Json[] | undefined =>
  "const" in schema ? [schema["const"] ?? null] : Array.isArray(schema["enum"]) ? schema["enum"] : undefined;
const typeOf = (schema: JsonObject): string | undefined => (typeof schema["type"] === "string" ? schema["type"] : undefined);

function followed(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema["$ref"];
  if (typeof reference !== "string") return schema;
  return reference === "#" ? root : asObject(asObject(root["$defs"])[reference.replace("#/$defs/", "")]);
}

const withoutNotes = ({ $schema: _schema, $defs: _defs, title: _title, description: _description, ...rest }: JsonObject): JsonObject =>
  rest;

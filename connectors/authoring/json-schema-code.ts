/** JSON Schema, as OpenAPI uses it, as zod code and as samples. */
import type { Json, JsonObject } from "../json.ts";
import { linearSource, sampleLeaf } from "./leaf-texts.ts";
import { typeName, Unique } from "./names.ts";
import type { Notes } from "./notes.ts";
import { asList, asObject, followed } from "./openapi-document.ts";

const FORMATS: Readonly<Record<string, [code: string, sample: string]>> = {
  date: ["z.iso.date()", "2026-03-05"],
  "date-time": ["z.iso.datetime({ offset: true, local: true })", "2026-03-05T09:30:00Z"],
  uuid: ["z.guid()", "7b1f6f0e-3c52-4d25-9a8d-0c9d5e1f2a3b"],
  email: ["z.email()", "office@comune.example"],
  uri: ["z.url()", "https://comune.example/"],
  byte: ["z.base64()", "RGFyc2VuYQ=="],
};

export class JsonSchemas {
  /** Names that the code needs from xsd-texts.ts. */
  readonly uses = new Set<string>();
  readonly #document: JsonObject;
  readonly #notes: Notes;
  readonly #names = new Unique(["z", "contract", "read", "write"]);
  /** Name in the contract by reference. */
  readonly #named = new Map<string, string>();
  readonly #code = new Map<string, string>();
  readonly #open = new Set<string>();

  constructor(document: JsonObject, notes: Notes) {
    this.#document = document;
    this.#notes = notes;
  }

  /** The declarations of all schemas that were referred to, each after those that it needs. */
  declarations(): string {
    return [...this.#code].map(([name, code]) => `export const ${name} = ${code};\n`).join("");
  }

  /** Zod code of a schema. */
  code(schema: JsonObject, where: string): string {
    const reference = schema["$ref"];
    if (typeof reference === "string") return this.#reference(reference, where);
    if (schema["enum"] !== undefined) return enumeration(asList(schema["enum"]));
    if ("const" in schema) return `z.literal(${JSON.stringify(schema["const"])})`;
    const all = asList(schema["allOf"]);
    if (all.length > 0) return this.code(this.#merged(schema), where);
    const some = [...asList(schema["oneOf"]), ...asList(schema["anyOf"])].map(asObject).filter((one) => one["type"] !== "null");
    if (some.length > 0)
      return some.length === 1 && some[0]
        ? this.code(some[0], where)
        : `z.union([${[...new Set(some.map((one) => this.code(one, where)))].join(", ")}])`;
    return this.#plain(schema, typeOf(schema), where);
  }

  #plain(schema: JsonObject, type: string | undefined, where: string): string {
    switch (type) {
      case "object":
        return this.#object(schema, where);
      case "array":
        return `z.array(${this.code(asObject(schema["items"]), `${where}[]`)})${bounds(schema, "minItems", "maxItems")}`;
      case "string":
        return this.#text(schema, where);
      case "integer":
        return `z.int()${numberBounds(schema)}`;
      case "number":
        return `z.number()${numberBounds(schema)}`;
      case "boolean":
        return "z.boolean()";
      default:
        this.#notes.add("type-of-openapi", where, "any JSON");
        return "z.json()";
    }
  }

  #reference(reference: string, where: string): string {
    if (!reference.startsWith("#/")) {
      this.#notes.add("missing-file", where, reference.replace(/^.*\//, ""));
      return "z.json()";
    }
    const known = this.#named.get(reference);
    if (known !== undefined) return known;
    const name = this.#names.take(typeName(reference.split("/").pop() ?? "Schema"));
    this.#named.set(reference, name);
    this.#open.add(name);
    const code = this.code(followed(this.#document, { $ref: reference }), name);
    this.#open.delete(name);
    // Set after those within, so that each stands above its users.
    this.#code.set(name, code);
    return name;
  }

  #object(schema: JsonObject, where: string): string {
    const properties = Object.entries(asObject(schema["properties"]));
    const required = new Set(asList(schema["required"]));
    const more = schema["additionalProperties"];
    if (properties.length === 0) {
      if (more !== false && more !== undefined && more !== true) return `z.record(z.string(), ${this.code(asObject(more), `${where}.*`)})`;
      if (more !== false) this.#notes.add("type-of-openapi", where, "an object of any members");
      return more === false ? "z.object({})" : "z.record(z.string(), z.json())";
    }
    const members = properties.map(([name, inner]) => {
      const own = asObject(inner);
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
      const before = new Set(this.#open);
      const code = this.code(own, `${where}.${name}`);
      const optional = required.has(name) && !this.#isNullable(own) ? "" : ".optional()";
      // A schema that is still being written holds itself.
      const cyclic = [...before].some((open) => new RegExp(`\\b${open}\\b`).test(code));
      return cyclic ? `get ${key}(): z.ZodType<unknown> {\n    return ${code}${optional};\n  }` : `${key}: ${code}${optional}`;
    });
    return `z.object({\n  ${members.join(",\n  ")},\n})`;
  }

  #isNullable(schema: JsonObject): boolean {
    const plain = followed(this.#document, schema);
    return (
      plain["nullable"] === true ||
      asList(plain["type"]).includes("null") ||
      asList(plain["oneOf"]).some((one) => asObject(one)["type"] === "null")
    );
  }

  #text(schema: JsonObject, where: string): string {
    const format = FORMATS[String(schema["format"])];
    const pattern = schema["pattern"];
    const lengths = bounds(schema, "minLength", "maxLength");
    if (typeof pattern !== "string") return (format?.[0] ?? "z.string()") + (format ? "" : lengths);
    const safe = linearSource([pattern]);
    if (safe !== undefined && /^\^.*\$$/s.test(pattern)) {
      this.uses.add("linear");
      return `z.string()${lengths}.refine(...linear(${JSON.stringify(safe)}))`;
    }
    for (const flag of ["u", ""])
      try {
        return `z.string()${lengths}.regex(/${new RegExp(pattern, flag).source}/${flag})`;
      } catch {
        // Not every pattern in use is right with the flag u.
      }
    this.#notes.add("pattern-not-checked", where, pattern);
    return `z.string()${lengths}`;
  }

  /** `allOf`: all members together. */
  #merged(schema: JsonObject): JsonObject {
    const { allOf, ...own } = schema;
    const parts = [...asList(allOf).map((one) => this.#flat(asObject(one))), own];
    const properties = Object.assign({}, ...parts.map((one) => asObject(one["properties"]))) as JsonObject;
    const required = parts.flatMap((one) => asList(one["required"]));
    return {
      ...Object.assign({}, ...parts),
      ...(Object.keys(properties).length > 0 ? { type: "object", properties, required } : {}),
    } as JsonObject;
  }

  #flat(schema: JsonObject): JsonObject {
    const plain = followed(this.#document, schema);
    return asList(plain["allOf"]).length > 0 ? this.#merged(plain) : plain;
  }

  /** A value that the schema accepts; undefined where none can be made. */
  sample(schema: JsonObject, above: readonly string[] = []): Json | undefined {
    const reference = schema["$ref"];
    if (typeof reference === "string") {
      if (above.filter((one) => one === reference).length > 1 || above.length > 16) return undefined;
      return reference.startsWith("#/") ? this.sample(followed(this.#document, schema), [...above, reference]) : {};
    }
    if (schema["enum"] !== undefined) return asList(schema["enum"]).find((one) => one !== null);
    if ("const" in schema) return schema["const"];
    if (asList(schema["allOf"]).length > 0) return this.sample(this.#merged(schema), above);
    for (const one of [...asList(schema["oneOf"]), ...asList(schema["anyOf"])]) {
      const made = asObject(one)["type"] === "null" ? undefined : this.sample(asObject(one), above);
      if (made !== undefined) return made;
    }
    return this.#plainSample(schema, above);
  }

  #plainSample(schema: JsonObject, above: readonly string[]): Json | undefined {
    switch (typeOf(schema)) {
      case "object":
        return this.#objectSample(schema, above);
      case "array": {
        const one = this.sample(asObject(schema["items"]), above);
        const count = Math.max(1, Number(schema["minItems"] ?? 0));
        if (one === undefined) return Number(schema["minItems"] ?? 0) > 0 ? undefined : [];
        return Array.from({ length: count }, () => one);
      }
      case "string":
        return textSample(schema);
      case "integer":
      case "number":
        return Math.max(Number(schema["minimum"] ?? 1), Math.min(Number(schema["maximum"] ?? 1), 1));
      case "boolean":
        return true;
      default:
        return {};
    }
  }

  #objectSample(schema: JsonObject, above: readonly string[]): JsonObject | undefined {
    const required = new Set(asList(schema["required"]));
    const made: JsonObject = {};
    for (const [name, inner] of Object.entries(asObject(schema["properties"]))) {
      const value = this.sample(asObject(inner), above);
      if (value !== undefined) made[name] = value;
      else if (required.has(name)) return undefined;
    }
    return made;
  }
}

function typeOf(schema: JsonObject): string | undefined {
  const type = schema["type"];
  if (Array.isArray(type)) return type.map(String).find((one) => one !== "null");
  if (typeof type === "string") return type;
  return "properties" in schema || "additionalProperties" in schema
    ? "object"
    : "items" in schema
      ? "array"
      : "pattern" in schema
        ? "string"
        : undefined;
}

function enumeration(values: readonly Json[]): string {
  const plain = values.filter((one) => one !== null);
  return plain.every((one) => typeof one === "string")
    ? `z.enum(${JSON.stringify([...new Set(plain)])})`
    : `z.literal(${JSON.stringify(plain)})`;
}

function bounds(schema: JsonObject, min: string, max: string): string {
  const [least, most] = [schema[min], schema[max]];
  return `${typeof least === "number" && least > 0 ? `.min(${least})` : ""}${typeof most === "number" ? `.max(${most})` : ""}`;
}

const isSafe = (value: Json | undefined): boolean => typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

const numberBounds = ({ minimum, maximum }: JsonObject): string =>
  `${isSafe(minimum) ? `.min(${String(minimum)})` : ""}${isSafe(maximum) ? `.max(${String(maximum)})` : ""}`;

function textSample(schema: JsonObject): string | undefined {
  const { pattern, minLength, maxLength } = schema;
  const sized = {
    ...(typeof minLength === "number" ? { minLength } : {}),
    ...(typeof maxLength === "number" ? { maxLength } : {}),
  };
  if (typeof pattern === "string") {
    const given = [schema["example"], schema["default"]].find((one) => typeof one === "string" && matches(pattern, one));
    const made = given ?? sampleLeaf({ base: "string", ...sized, patterns: [[pattern]] });
    return typeof made === "string" && matches(pattern, made) ? made : undefined;
  }
  return FORMATS[String(schema["format"])]?.[1] ?? String(sampleLeaf({ base: "string", ...sized }) ?? "Sample");
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}

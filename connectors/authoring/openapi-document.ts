/** OpenAPI 3.0, 3.1 and Swagger 2.0: the operations of a document, with references resolved. */
import { parse } from "yaml";
import type { Json, JsonObject } from "../json.ts";
import { textAt } from "./documents.ts";
import { Notes } from "./notes.ts";
import { FileRefused } from "./xml-tree.ts";

export interface OpenedOpenApi {
  document: JsonObject;
  text: string;
  notes: Notes;
  operations: { name: string; documentation: string }[];
}

export interface Parameter {
  name: string;
  where: "path" | "query" | "header";
  required: boolean;
  schema: JsonObject;
}

export interface RestDescription {
  id: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  documentation: string;
  parameters: Parameter[];
  body?: { schema: JsonObject; required: boolean };
  answer?: JsonObject;
  /** Statuses 4xx that the document declares. */
  refusals: number[];
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
export const asObject = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
export const asList = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const asText = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Reads a document by path or URL; throws `FileRefused` when it is none. */
export async function openOpenApi(address: string): Promise<OpenedOpenApi> {
  const text = await textAt(address);
  let document: JsonObject;
  try {
    document = asObject(parse(text, { maxAliasCount: 1_000 }) as Json);
  } catch {
    throw new FileRefused("the OpenAPI document is neither JSON nor YAML");
  }
  if (!("openapi" in document) && !("swagger" in document)) throw new FileRefused("the file is no OpenAPI document");
  const notes = new Notes();
  const operations = operationsIn(document, new Notes()).map(({ id, method, path, documentation }) => ({
    name: id,
    documentation: documentation || `${method} ${path}`,
  }));
  return { document, text, notes, operations };
}

/** What a local reference means; an empty schema where it leads nowhere. */
export function referred(document: JsonObject, reference: string): JsonObject {
  if (!reference.startsWith("#/")) return {};
  let here: Json | undefined = document;
  for (const part of reference.slice(2).split("/"))
    here = asObject(here)[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")];
  return asObject(here);
}

/** The value itself, or what it refers to. */
export const followed = (document: JsonObject, value: Json | undefined): JsonObject => {
  let found = asObject(value);
  for (let steps = 0; typeof found["$ref"] === "string" && steps < 20; steps += 1) found = referred(document, found["$ref"]);
  return found;
};

/** All operations of the document. */
export function operationsIn(document: JsonObject, notes: Notes): RestDescription[] {
  const base = asText(document["basePath"]).replace(/\/$/, "");
  return Object.entries(asObject(document["paths"])).flatMap(([path, item]) => {
    const shared = followed(document, item);
    return METHODS.flatMap((method) => {
      const declared = shared[method];
      if (declared === undefined) return [];
      return [operationOf(document, asObject(declared), { method, path: base + path, shared: asList(shared["parameters"]) }, notes)];
    });
  });
}

function operationOf(
  document: JsonObject,
  declared: JsonObject,
  { method, path, shared }: { method: (typeof METHODS)[number]; path: string; shared: Json[] },
  notes: Notes,
): RestDescription {
  const id =
    asText(declared["operationId"]) || `${method}${path.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string = "") => next.toUpperCase())}`;
  const given = [...shared, ...asList(declared["parameters"])].map((one) => followed(document, one));
  const parameters = given.flatMap((one): Parameter[] => {
    const where = asText(one["in"]);
    if (where !== "path" && where !== "query" && where !== "header") return [];
    // Swagger 2 writes the schema into the parameter itself.
    const schema = "schema" in one ? asObject(one["schema"]) : plainSchema(one);
    return [{ name: asText(one["name"]), where, required: where === "path" || one["required"] === true, schema }];
  });
  const body = bodyOf(document, declared, given, id, notes);
  const { answer, refusals } = answersOf(document, declared, id, notes);
  return {
    id,
    method: method.toUpperCase() as RestDescription["method"],
    path,
    documentation: asText(declared["summary"]) || asText(declared["description"]),
    parameters: [...new Map(parameters.map((one) => [`${one.where} ${one.name}`, one])).values()],
    ...(body ? { body } : {}),
    ...(answer ? { answer } : {}),
    refusals,
  };
}

const plainSchema = (parameter: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(parameter).filter(([key]) => !["name", "in", "required", "description", "collectionFormat"].includes(key)),
  );

function bodyOf(
  document: JsonObject,
  declared: JsonObject,
  given: readonly JsonObject[],
  id: string,
  notes: Notes,
): RestDescription["body"] {
  const old = given.find((one) => one["in"] === "body");
  if (old) return { schema: asObject(old["schema"]), required: old["required"] === true };
  if (given.some((one) => one["in"] === "formData")) notes.add("media-type", id, "form data");
  if (declared["requestBody"] === undefined) return undefined;
  const body = followed(document, declared["requestBody"]);
  const schema = jsonSchemaIn(asObject(body["content"]));
  if (!schema) notes.add("media-type", id, Object.keys(asObject(body["content"])).join(", "));
  return schema && { schema, required: body["required"] === true };
}

function answersOf(document: JsonObject, declared: JsonObject, id: string, notes: Notes) {
  const responses = asObject(declared["responses"]);
  const good = Object.keys(responses)
    .filter((status) => /^2(\d\d|XX)$/i.test(status))
    .toSorted();
  const refusals = Object.keys(responses)
    .map(Number)
    .filter((status) => status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status));
  for (const status of good.length > 0 ? good : ["default"]) {
    const response = followed(document, responses[status]);
    const content = asObject(response["content"]);
    const schema = "schema" in response ? asObject(response["schema"]) : jsonSchemaIn(content);
    if (schema) return { answer: schema, refusals };
    if (Object.keys(content).length > 0) notes.add("media-type", id, Object.keys(content).join(", "));
  }
  return { refusals };
}

function jsonSchemaIn(content: JsonObject): JsonObject | undefined {
  const found = Object.entries(content).find(([type]) => /^application\/(?:[\w.+-]+\+)?json\b/i.test(type) || type === "*/*");
  return found && asObject(asObject(found[1])["schema"]);
}

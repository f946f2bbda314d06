/** The files of a REST connector from an OpenAPI document. */
import type { JsonObject } from "../json.ts";
import type { Sample } from "../soap-double.ts";
import type { RestOperation, RestTable } from "../transport/rest-service.ts";
import { type ConnectorNames, kebab } from "./connector-names.ts";
import { GENERATED } from "./contract-code.ts";
import { JsonSchemas } from "./json-schema-code.ts";
import { operationName, propertyName, Unique } from "./names.ts";
import type { Generated, SoapWish } from "./new-connector.ts";
import { NoOperations } from "./no-operations.ts";
import { followed, type OpenedOpenApi, operationsIn, type RestDescription } from "./openapi-document.ts";
import { conformanceFiles, INSIDE, type KitPaths, notesPage, type GeneratedFile, testCode, UNAVAILABLE } from "./soap-files.ts";
import { looksLikeRead } from "./soap-model.ts";
import { literal } from "./wire-table.ts";

export { openOpenApi } from "./openapi-document.ts";

interface Made {
  name: string;
  one: RestDescription;
  effect: "read" | "write";
  row: RestOperation;
  input: string;
  output: string;
  sample: Sample | undefined;
}

/** The files of a connector for the chosen operations; throws `NoOperations` when there are none. */
export function openApiConnector({ document, text, notes }: OpenedOpenApi, wish: SoapWish): Generated {
  const { names, operations, reads = [], kit = INSIDE } = wish;
  const chosen = operationsIn(document, notes).filter(({ id }) => operations?.includes(id) ?? true);
  if (chosen.length === 0) throw new NoOperations();
  const schemes = {
    ...(document["securityDefinitions"] as JsonObject | undefined),
    ...((document["components"] as JsonObject | undefined)?.["securitySchemes"] as JsonObject | undefined),
  };
  for (const name of Object.keys(schemes)) notes.add("security-of-openapi", name, "give it as headers of restService");
  const schemas = new JsonSchemas(document, notes);
  const taken = new Unique();
  const made = chosen.map((one): Made => {
    const effect = one.method === "GET" || reads.includes(one.id) || (one.method === "POST" && looksLikeRead(one.id)) ? "read" : "write";
    if (one.method === "POST" && effect === "read" && !reads.includes(one.id)) notes.add("assumed-effect", one.id, effect);
    const name = taken.take(operationName(one.id));
    const { row, input, sample } = inputOf(document, one, schemas);
    const answer = answerOf(document, one, schemas);
    if (!sample || answer.sample === undefined) notes.add("no-sample", one.id);
    const both = sample && answer.sample !== undefined ? { input: sample, output: answer.sample } : undefined;
    return {
      name,
      one,
      effect,
      row: { ...row, ...(answer.isJson ? { answer: true as const } : {}), ...(answer.wrapped ? { wrapped: true as const } : {}) },
      input,
      output: answer.code,
      sample: both,
    };
  });
  return {
    files: filesOf(made, schemas, text, names, notes.list(), kit),
    notes: notes.list(),
    operations: made.map(({ name, one, effect }) => ({ name, wsdlName: one.id, effect })),
  };
}

function inputOf(document: JsonObject, one: RestDescription, schemas: JsonSchemas) {
  const own = new Unique(one.body ? ["body"] : []);
  const members: string[] = [];
  const sample: JsonObject = {};
  let whole = true;
  const add = (property: string, schema: JsonObject, required: boolean) => {
    members.push(`${property}: ${schemas.code(schema, `${one.id}.${property}`)}${required ? "" : ".optional()"}`);
    const value = schemas.sample(schema);
    if (value !== undefined) sample[property] = value;
    else if (required) whole = false;
  };
  const places = { path: new Map<string, string>(), query: new Map<string, string>(), header: new Map<string, string>() };
  for (const { name, where, required, schema } of one.parameters) {
    if (where === "header" && /^(authorization|accept|content-type|cookie)$/i.test(name)) continue;
    const property = own.take(propertyName(name));
    places[where].set(name, property);
    add(property, where === "path" ? neverEmpty(document, schema) : emptyAsText(document, schema), required);
  }
  if (one.body) add("body", one.body.schema, one.body.required);
  const path = one.path
    .split("/")
    .filter(Boolean)
    .map((segment) => segment.replace(/^\{(.*)\}$/, (_, name: string) => `{${places.path.get(name) ?? propertyName(name)}}`));
  const row: RestOperation = {
    method: one.method,
    path,
    ...(places.query.size > 0 ? { query: Object.fromEntries(places.query) } : {}),
    ...(places.header.size > 0 ? { headers: Object.fromEntries(places.header) } : {}),
    ...(one.body ? { body: true as const } : {}),
  };
  return { row, input: `z.strictObject({ ${members.join(", ")} })`, sample: whole ? sample : undefined };
}

/** An empty text cannot stand in a path. */
function neverEmpty(document: JsonObject, schema: JsonObject): JsonObject {
  const plain = emptyAsText(document, followed(document, schema));
  return plain["type"] === "string" && !plain["enum"] ? { ...plain, minLength: Math.max(1, Number(plain["minLength"] ?? 1)) } : schema;
}

/** A parameter without a type is text. */
const emptyAsText = (document: JsonObject, schema: JsonObject): JsonObject =>
  Object.keys(followed(document, schema)).length === 0 ? { type: "string" } : schema;

function answerOf(document: JsonObject, one: RestDescription, schemas: JsonSchemas) {
  if (!one.answer || Object.keys(one.answer).length === 0) return { code: "z.object({})", isJson: false, wrapped: false, sample: {} };
  const plain = followed(document, one.answer);
  const isObject = plain["type"] === "object" || "properties" in plain || "allOf" in plain;
  const code = schemas.code(one.answer, `${one.id}.answer`);
  const sample = schemas.sample(one.answer);
  if (isObject) return { code, isJson: true, wrapped: false, sample: sample as JsonObject | undefined };
  return {
    code: `z.object({ value: ${code}.optional() })`,
    isJson: true,
    wrapped: true,
    sample: sample === undefined ? undefined : { value: sample },
  };
}

function filesOf(
  made: readonly Made[],
  schemas: JsonSchemas,
  text: string,
  names: ConnectorNames,
  notes: Generated["notes"],
  kit: KitPaths,
): GeneratedFile[] {
  const at = `${names.folder}/${names.adapter}`;
  const table: RestTable = Object.fromEntries(made.map(({ name, row }) => [name, row]));
  const samples = Object.fromEntries(made.flatMap(({ name, sample }) => (sample ? [[name, sample]] : [])));
  const isJson = text.trimStart().startsWith("{");
  return [
    { path: `${names.folder}/contract.ts`, text: contractText(made, schemas, names, kit) },
    { path: `${at}/table.ts`, text: tableText(table, names, kit) },
    { path: `${at}/adapter.ts`, text: adapterText(made, names, kit) },
    { path: `${at}/simulator.ts`, text: simulatorText(names, kit) },
    { path: `${at}/samples.json`, text: `${JSON.stringify(samples, undefined, 2)}\n` },
    { path: `${at}/connector.test.ts`, text: testCode(names, "none", kit) },
    ...conformanceFiles(names, {
      auth: "none",
      whole: made.every(({ sample }) => sample !== undefined),
      undeclared: "HTTP_418",
      refuse: "HTTP_418",
      kit,
    }),
    ...made.flatMap((one) => goldenOf(one).map((file) => ({ path: `${at}/golden/${file.path}`, text: file.text }))),
    { path: `${at}/openapi/service.${isJson ? "json" : "yaml"}`, text },
    { path: `${at}/notes.md`, text: notesPage(names, notes) },
  ];
}

function contractText(made: readonly Made[], schemas: JsonSchemas, names: ConnectorNames, kit: KitPaths): string {
  const verbs = [...new Set(made.map(({ effect }) => effect))].toSorted();
  const operations = made.map(({ name, one, effect, input, output }) => {
    const rejections = one.refusals.map((status) => `"HTTP_${status}"`);
    return `  /** \`${one.method} ${one.path}\`${effect === "write" ? ". A write: never repeated blindly" : ""}. */
  ${name}: ${effect}({
    title: ${JSON.stringify((one.documentation || one.id).replaceAll(/\s+/g, " ").slice(0, 120))},
    input: ${input},
    output: ${output},
    deadline: "${effect === "read" ? "10s" : "30s"}",
${rejections.length > 0 ? `    rejections: [${rejections.join(", ")}],\n` : ""}  }),
`;
  });
  const uses = schemas.uses.size > 0 ? `import { ${[...schemas.uses].join(", ")} } from "${kit.fromContract}/xsd-texts.ts";\n` : "";
  return `${GENERATED}
/** ${names.title}: what it offers. Pure data, safe inside a workflow. */
import { z } from "zod";
import { ${["contract", ...verbs].toSorted().join(", ")} } from "${kit.fromContract}/contract.ts";
${uses}
${schemas.declarations()}
export const ${names.contract} = contract("${names.contract}", {
${operations.join("")}});
`;
}

const tableText = (table: RestTable, names: ConnectorNames, kit: KitPaths): string => `${GENERATED}
/** ${names.title}: where each part of an input goes. */
import type { RestTable } from "${kit.fromAdapter}/transport/rest-service.ts";

export const table: RestTable = ${literal(table)};
`;

function adapterText(made: readonly Made[], names: ConnectorNames, kit: KitPaths): string {
  const { contract } = names;
  const recovery = made.filter(({ effect }) => effect === "write").map(({ name }) => `    ${name}: { by: "person" },\n`);
  const operations = made.map(({ name, effect }) =>
    effect === "read"
      ? `    ${name}: (input, { session, signal }) => session.call(${contract}.${name}, input, signal),\n`
      : `    ${name}: (input, { session, signal, effect }) => effect(() => session.call(${contract}.${name}, input, signal)),\n`,
  );
  return `${GENERATED}
/** ${names.title} over REST. What was assumed or left out stands in notes.md; credentials are yours to add, as \`headers\` of the service. */
import { z } from "zod";
import { type Adapter, adapter } from "${kit.fromAdapter}/adapter.ts";
import { restService } from "${kit.fromAdapter}/transport/rest-service.ts";
import { ${contract} } from "../contract.ts";
import { table } from "./table.ts";

export const ${names.adapterVariable}: Adapter = adapter(${contract}, {
  name: "${names.adapter}",
  title: "${names.title} (REST)",
  config: z.strictObject({
    endpoint: z.url({ protocol: /^https?$/ }).describe("address below which all paths lie"),
${UNAVAILABLE}  }),
  connect: ({ endpoint, unavailableIsNotTaken }) => restService({ system: "${contract}", table, baseUrl: endpoint, unavailableIsNotTaken }),
  recovery: {${recovery.length > 0 ? `\n${recovery.join("")}  ` : ""}},
  operations: {
${operations.join("")}  },
});
`;
}

const simulatorText = (names: ConnectorNames, kit: KitPaths): string => `${GENERATED}
/** A fake of ${names.title}: it refuses what the document does not allow, and answers with the samples. What the real system does beyond it is not known. */
import { readFileSync } from "node:fs";
import { restDouble } from "${kit.fromAdapter}/rest-double.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "${kit.fromAdapter}/simulator.ts";
import type { Sample } from "${kit.fromAdapter}/soap-double.ts";
import { asset } from "${kit.fromAdapter}/transport/asset.ts";
import { ${names.contract} } from "../contract.ts";
import { table } from "./table.ts";

/** A request and an answer of each operation. */
export const samples = JSON.parse(readFileSync(asset(import.meta.url, "samples.json"), "utf8")) as Record<string, Sample>;

/** Starts the simulator; \`url\` is the adapter's \`endpoint\`. The control \`answer {operation, output}\` sets an answer. */
export const ${names.simulatorVariable} = (options: SimulatorOptions = {}): Promise<Simulator> =>
  startSimulator(restDouble({ name: "${names.contract}", contract: ${names.contract}, table, samples }), options);
`;

function goldenOf({ name, row, sample }: Made): GeneratedFile[] {
  if (!sample) return [];
  const { input, output } = sample;
  const path = row.path
    .map((segment) => encodeURIComponent(segment.startsWith("{") ? String(input[segment.slice(1, -1)]) : segment))
    .join("/");
  const query = new URLSearchParams();
  for (const [parameter, property] of Object.entries(row.query ?? {})) {
    const value = input[property];
    for (const one of value === undefined ? [] : Array.isArray(value) ? value : [value]) query.append(parameter, String(one));
  }
  const address = `/${path}${query.size > 0 ? `?${query.toString()}` : ""}`;
  const body = row.body && input["body"] !== undefined ? JSON.stringify(input["body"]) : `${row.method} ${address}`;
  const file = kebab(name);
  return [
    { path: `${file}.json`, text: `${JSON.stringify({ operation: name, input, output }, undefined, 2)}\n` },
    { path: `${file}.1.request.json`, text: `${body}\n` },
    { path: `${file}.1.response.json`, text: `${JSON.stringify(row.wrapped ? (output["value"] ?? null) : output)}\n` },
  ];
}

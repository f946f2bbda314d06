/** A simulator of a REST service by its table: checks requests by the contract, answers from samples, keeps a ledger of writes. */
import { type Contract, operationsOf } from "./contract.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Recorder, SimulatedAnswer, SimulatedRequest, SimulatorSpec } from "./simulator.ts";
import type { DoubleState, Sample } from "./soap-double.ts";
import type { RestOperation, RestTable } from "./transport/rest-service.ts";

export interface RestDoubleSpec {
  name: string;
  contract: Contract;
  table: RestTable;
  /** By the contract's operations; a control `answer {operation, output}` replaces an output. */
  samples: Readonly<Record<string, Sample>>;
}

/** The specification for `startSimulator`. Operations have the contract's names; the fault `reject` takes a code like `HTTP_404`. */
export function restDouble(spec: RestDoubleSpec): SimulatorSpec<DoubleState> {
  return {
    name: spec.name,
    initial: { answers: {}, effects: 0 },
    operationOf: (request) => matching(spec.table, request)?.[0] ?? "unknown",
    answer: (request, state, record) => answer(spec, request, state, record),
    controls: {
      answer: ({ operation, output }, state) => {
        state.answers[String(operation)] = output ?? {};
        return {};
      },
    },
  };
}

/** The operation of a request and what stands in its path; a path without parameters goes before one with. */
function matching(table: RestTable, { method, path }: Pick<SimulatedRequest, "method" | "path">): [string, JsonObject] | undefined {
  const segments = path.split("/").filter(Boolean);
  const found = Object.entries(table).flatMap(([name, one]): [string, JsonObject, number][] => {
    if (one.method !== method || one.path.length !== segments.length) return [];
    const given: JsonObject = {};
    const fits = one.path.every((segment, index) => {
      const text = decodeURIComponent(segments[index] ?? "");
      if (segment.startsWith("{")) given[segment.slice(1, -1)] = text;
      return segment.startsWith("{") || segment === text;
    });
    return fits ? [[name, given, Object.keys(given).length]] : [];
  });
  const [best] = found.toSorted((a, b) => a[2] - b[2]);
  return best && [best[0], best[1]];
}

function answer(spec: RestDoubleSpec, request: SimulatedRequest, state: DoubleState, record: Recorder): SimulatedAnswer {
  if (request.fault?.kind === "unauthorized") return problem(401);
  const [name, given] = matching(spec.table, request) ?? [];
  const one = name === undefined ? undefined : spec.table[name];
  const declared = operationsOf(spec.contract).find((operation) => operation.name === name);
  if (!one || !declared || !given) return problem(404);
  const input = inputOf(one, request, given);
  // Text of an address is a number or a boolean to the contract.
  const parsed = [input, typed(input)].map((candidate) => declared.input.safeParse(candidate)).find(({ success }) => success);
  if (!parsed) return problem(400);
  if (request.fault) return problem(Number(/\d{3}/.exec(request.fault.code ?? declared.rejections[0] ?? "")?.[0] ?? 400));
  if (declared.effect !== "read") {
    state.effects += 1;
    record({ operation: declared.name, key: JSON.stringify(parsed.data), reference: String(state.effects) });
  }
  const output = (state.answers[declared.name] ?? spec.samples[declared.name]?.output ?? {}) as JsonObject;
  return json(200, one.wrapped ? (output["value"] ?? null) : output);
}

function inputOf(one: RestOperation, request: SimulatedRequest, given: JsonObject): JsonObject {
  const input: JsonObject = { ...given };
  for (const [name, property] of Object.entries(one.query ?? {})) {
    const values = request.query.getAll(name);
    if (values.length > 0) input[property] = values.length > 1 ? values : (values[0] ?? "");
  }
  for (const [name, property] of Object.entries(one.headers ?? {})) {
    const value = request.headers[name.toLowerCase()];
    if (typeof value === "string") input[property] = value;
  }
  if (one.body && request.body.length > 0) input["body"] = JSON.parse(request.body.toString("utf8")) as Json;
  return input;
}

const typed = ({ body, ...rest }: JsonObject): JsonObject => ({
  ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, plainValue(value)])),
  ...(body === undefined ? {} : { body }),
});

function plainValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(plainValue);
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

const json = (status: number, value: Json): SimulatedAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const problem = (status: number): SimulatedAnswer => json(status, { title: "refused", status });

/** A REST service by a table that `darsena connector new --openapi` writes: where each part of an input goes, and what a status means. */
import type { z } from "zod";
import type { Operation } from "../contract.ts";
import { CallFailure, contractBroken, rejected } from "../failure.ts";
import type { ExchangeSettings } from "./exchange.ts";
import { type RestAnswer, type RestRequest, refusals, restClient, unclearStatus } from "./http.ts";

export interface RestOperation {
  method: RestRequest["method"];
  /** Segments; one in braces is a property of the input: `"{id}"`. */
  path: readonly string[];
  /** Properties of the input by the parameter's name. */
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /** The input's property `body` is sent as JSON. */
  body?: true;
  /** A success holds JSON; without it, its body is empty, JSON or plain text, and is left out. */
  answer?: true;
  /** The answer is no object: it becomes property `value`. */
  wrapped?: true;
}

export type RestTable = Readonly<Record<string, RestOperation>>;

export interface RestServiceSettings extends ExchangeSettings {
  table: RestTable;
  /** The vendor confirms that 429 and 503 mean "nothing was taken": they are `not-sent`, else unknown. */
  unavailableIsNotTaken?: boolean;
}

export interface RestService {
  /**
   * One exchange, never repeated; every failure is a `CallFailure`, and the output fits the contract. A status 4xx is `rejected` with
   * code `HTTP_<status>`, 401 and 403 are `misconfigured`, 408, 429 and 5xx are `unknown`.
   */
  call<Output extends z.ZodType>(operation: Operation<z.ZodType, Output>, input: unknown, signal: AbortSignal): Promise<z.infer<Output>>;
  close(): void;
}

type Members = Readonly<Record<string, unknown>>;

/** Prepares calls to one service; opens no connection. */
export function restService(settings: RestServiceSettings): RestService {
  const client = restClient(settings);
  const { system, table } = settings;

  async function call<Output extends z.ZodType>(operation: Operation<z.ZodType, Output>, input: unknown, signal: AbortSignal) {
    const one = table[operation.name];
    if (!one) throw new TypeError(`${system}: the table has no operation ${operation.name}`);
    const answer = await client.request({ ...requestOf(one, input as Members), signal });
    const failure = failureOf(settings, answer);
    if (failure) throw failure;
    const output = operation.output.safeParse(valueOf(system, one, answer));
    if (output.success) return output.data;
    // Paths come from the schema, never from the answer's values.
    const paths = output.error.issues.map(({ path }) => path.join(".")).slice(0, 5);
    throw contractBroken("SCHEMA", `${system}: the answer does not fit its schema at ${paths.join(", ") || "its root"}`);
  }

  return { call, close: client.close };
}

function requestOf(one: RestOperation, input: Members): Omit<RestRequest, "signal"> {
  const path = one.path.map((segment) => (segment.startsWith("{") ? String(input[segment.slice(1, -1)]) : segment));
  const query = Object.entries(one.query ?? {}).map(([name, property]) => [name, queryValue(input[property])] as const);
  const headers = Object.entries(one.headers ?? {}).flatMap(([name, property]) =>
    input[property] === undefined ? [] : [[name, String(input[property])] as const],
  );
  return {
    method: one.method,
    path,
    ...(query.length > 0 ? { query: Object.fromEntries(query) } : {}),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...(one.body && input["body"] !== undefined ? { json: input["body"] } : {}),
  };
}

const queryValue = (value: unknown): string | readonly string[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value.map(String) : String(value);

function failureOf({ system, unavailableIsNotTaken }: RestServiceSettings, answer: RestAnswer) {
  const { status } = answer;
  if (status < 400) return undefined;
  const refusal = refusals(system, answer, { unauthorised: [401, 403], notTaken: unavailableIsNotTaken ? [429, 503] : [] });
  if (refusal) return refusal;
  if (status >= 500 || status === 408 || status === 429) return unclearStatus(system, answer);
  return rejected(`HTTP_${status}`, `${system}: the system refused the request (HTTP ${status})`);
}

/** Optional members are absent in Darsena, never null. A proxy's page with status 200 is no success. */
function valueOf(system: string, one: RestOperation, { json, status, contentType, bytes }: RestAnswer): unknown {
  const isEmpty = bytes.length === 0 && (status !== 200 || !one.answer);
  const isPlain = !one.answer && /^text\/plain\b/i.test(contentType ?? "");
  if (json === undefined && !isEmpty && !isPlain)
    throw new CallFailure("contract-broken", `${system}: the answer is not JSON`, {
      code: "NOT_JSON",
      status,
      contentType,
      bytes: bytes.length,
    });
  const plain = one.answer ? withoutNulls(json) : undefined;
  return one.wrapped ? (plain === undefined ? {} : { value: plain }) : (plain ?? {});
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])));
}

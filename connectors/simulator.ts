/**
 * A simulator is a fake of a real system that speaks its wire protocol over a real socket, keeps a ledger of every
 * effect, and shows faults on demand. This file is the common part: the server, faults, ledger and control endpoint.
 *
 *   GET    /_control/ledger     every effect, with the reference received from us
 *   GET    /_control/requests   operations received, in order (what arrived, whether or not it had an effect)
 *   POST   /_control/faults     {"kind": "answer-lost", "operation": "Protocollazione", "times": 1}
 *   GET    /_control/faults     faults not used up yet;  DELETE clears them
 *   POST   /_control/<name>     controls of the single simulator (`pay`, `setPassword` ...)
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type { Json, JsonObject } from "./json.ts";

export interface Fault {
  kind: /** Answers after `delayMs`, effect included. */
    | "delay"
    /** 503 with `Retry-After: 1`; no effect. */
    | "unavailable"
    /** The connection is cut before anything was done. */
    | "cut-before"
    /** The effect happens, then the connection is cut. */
    | "answer-lost"
    /** The effect happens, and no answer ever comes (until the caller gives up). */
    | "answer-held"
    /** Nothing is done for `delayMs` (the caller gives up meanwhile), then the effect happens all the same. */
    | "late-arrival"
    /** 200 with an answer that is not the protocol's; the effect happens. */
    | "garbage"
    /** 200 with a proxy's HTML page; the effect does not happen. */
    | "html"
    /** A business refusal with `code`; no effect. */
    | "reject"
    /** Credentials refused; no effect. */
    | "unauthorized";
  /** Only this operation (the simulator's own names); every one when absent. */
  operation?: string;
  /** How many requests it hits; 1 when absent. */
  times?: number;
  delayMs?: number;
  code?: string;
}

export interface SimulatedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
  operation: string;
  /** A fault that the simulator itself must express in its protocol. */
  fault?: Fault & { kind: "reject" | "unauthorized" };
}

export interface SimulatedAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export interface LedgerEntry {
  seq: number;
  at: string;
  operation: string;
  /** The reference that we sent with it (marker, IUPD ...): what tests count effects by. */
  key: string;
  /** What the system gave it: protocol number, debt id, message id. */
  reference: string;
  [more: string]: Json;
}

export interface SimulatorSpec<State extends JsonObject> {
  name: string;
  /** State of a new simulator; kept in `stateFile`, so that numbers never repeat after a restart. */
  initial: State;
  operationOf(request: Omit<SimulatedRequest, "operation">): string;
  /** Performs the request: changes `state`, calls `record` for each effect, returns the protocol's answer. */
  answer(request: SimulatedRequest, state: State, record: Recorder): SimulatedAnswer | Promise<SimulatedAnswer>;
  controls?: Record<string, (body: JsonObject, state: State, record: Recorder) => Json | Promise<Json>>;
}

export type Recorder = (entry: { operation: string; key: string; reference: string; [more: string]: Json }) => void;

export interface SimulatorOptions {
  port?: number;
  host?: string;
  stateFile?: string;
}

export interface Simulator {
  readonly name: string;
  /** Where the adapter finds it. */
  readonly url: string;
  /** Where `_control/` is: the same, but for a system that does not speak HTTP. */
  readonly controlUrl: string;
  ledger(): LedgerEntry[];
  requests(): string[];
  inject(fault: Fault): void;
  control(name: string, body?: JsonObject): Promise<Json>;
  close(): Promise<void>;
}

interface Kept<State> {
  state: State;
  ledger: LedgerEntry[];
}

export async function startSimulator<State extends JsonObject>(
  spec: SimulatorSpec<State>,
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const kept = load(spec, options.stateFile);
  const faults: Fault[] = [];
  const requests: string[] = [];
  const record: Recorder = (entry) => {
    kept.ledger.push({ seq: kept.ledger.length + 1, at: new Date().toISOString(), ...entry });
  };
  const perform = async (request: SimulatedRequest) => {
    const answer = await spec.answer(request, kept.state, record);
    save(kept, options.stateFile);
    return answer;
  };
  const control = async (name: string, body: JsonObject = {}) => {
    const found = spec.controls?.[name];
    if (!found) throw new Error(`${spec.name} has no control "${name}"; it has: ${Object.keys(spec.controls ?? {}).join(", ") || "none"}`);
    const result = await found(body, kept.state, record);
    save(kept, options.stateFile);
    return result;
  };
  const server = createServer((incoming, response) => {
    void serve(incoming, response).catch((error: unknown) => respond(response, { status: 500, body: String(error) }));
  });

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://simulator");
    const base = {
      method: incoming.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: await bytesOf(incoming),
    };
    if (url.pathname.startsWith("/_control/")) return respond(response, await controlAnswer(base, { kept, faults, requests, control }));
    const operation = spec.operationOf(base);
    requests.push(operation);
    await faulty(takeFault(faults, operation), { ...base, operation }, response, perform);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    name: spec.name,
    url,
    controlUrl: url,
    ledger: () => structuredClone(kept.ledger),
    requests: () => [...requests],
    inject: (fault) => void faults.push({ times: 1, ...fault }),
    control,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const HTML = "<!DOCTYPE html><HTML><HEAD><TITLE>Proxy</TITLE></HEAD><BODY><P>The service is not available.<BR></BODY></HTML>";

async function faulty(
  fault: Fault | undefined,
  request: SimulatedRequest,
  response: ServerResponse,
  perform: (request: SimulatedRequest) => Promise<SimulatedAnswer>,
): Promise<void> {
  switch (fault?.kind) {
    case "unavailable":
      return respond(response, { status: 503, headers: { "retry-after": "1" }, body: "unavailable" });
    case "cut-before":
      return void response.destroy();
    case "html":
      return respond(response, { status: 200, headers: { "content-type": "text/html" }, body: HTML });
    case "answer-lost":
      await perform(request);
      return void response.destroy();
    case "answer-held":
      await perform(request);
      return;
    case "late-arrival":
      await pause(fault.delayMs ?? 1_000);
      await perform(request);
      return void response.destroy();
    case "garbage":
      await perform(request);
      return respond(response, { status: 200, headers: { "content-type": "text/xml" }, body: "<answer><unfinished" });
    case "delay": {
      await pause(fault.delayMs ?? 1_000);
      return respond(response, await perform(request));
    }
    case "reject":
    case "unauthorized":
      return respond(response, await perform({ ...request, fault: { ...fault, kind: fault.kind } }));
    default:
      return respond(response, await perform(request));
  }
}

interface Controlled {
  kept: Kept<JsonObject>;
  faults: Fault[];
  requests: string[];
  control(name: string, body: JsonObject): Promise<Json>;
}

const json = (value: unknown, status = 200) => ({ status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });

async function controlAnswer(request: Omit<SimulatedRequest, "operation">, held: Controlled): Promise<SimulatedAnswer> {
  const name = request.path.slice("/_control/".length);
  const body = request.body.length > 0 ? (JSON.parse(request.body.toString("utf8")) as JsonObject) : {};
  if (name === "ledger") return json(held.kept.ledger);
  if (name === "requests") return json(held.requests);
  if (name === "faults" && request.method === "POST") held.faults.push({ times: 1, ...(body as unknown as Fault) });
  if (name === "faults" && request.method === "DELETE") held.faults.length = 0;
  if (name === "faults") return json(held.faults);
  try {
    return json(await held.control(name, body));
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

function takeFault(faults: Fault[], operation: string): Fault | undefined {
  const index = faults.findIndex((fault) => fault.operation === undefined || fault.operation === operation);
  const fault = faults[index];
  if (!fault) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return { ...fault };
}

function respond(response: ServerResponse, answer: SimulatedAnswer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function load<State extends JsonObject>(spec: SimulatorSpec<State>, file: string | undefined): Kept<State> {
  const fresh = { state: structuredClone(spec.initial), ledger: [] };
  if (file === undefined) return fresh;
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Kept<State>;
    // An earlier build knew less: what it did not keep begins as in a new simulator.
    return { ...kept, state: { ...fresh.state, ...kept.state } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return fresh;
    throw new Error(`the simulator ${spec.name} cannot read its state ${file}; remove the file to begin anew`, { cause: error });
  }
}

/** Written whole and renamed, so that a kill leaves the old state or the new one. */
function save(kept: Kept<JsonObject>, file: string | undefined): void {
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(kept));
  renameSync(`${file}.new`, file);
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref());

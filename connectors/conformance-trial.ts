/** One test's own simulator, key and bound systems, with what was said meanwhile. */
import type { Conformance, Provocation, Sample } from "./conformance.ts";
import type { Limits, LedgerRow, Stage, StagedSystem } from "./conformance-stage.ts";
import { CallFailure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Found, Outcome } from "./outcome.ts";
import type { Ports } from "./ports.ts";
import type { Simulator } from "./simulator.ts";

/** What a call came to; "certainly not sent" as a value too. */
export type Came = Outcome | { kind: "not-sent"; code: string; message: string; retryAfterMs?: number };

/** How a call is made; the trial's own key, send 1 and attempt 1 when nothing is said. */
export interface Calling {
  input: JsonObject;
  key?: string;
  send?: number;
  number?: number;
  signal?: AbortSignal;
}

export interface Trial {
  readonly simulator: Simulator;
  readonly ports: Ports;
  /** `case-<n>/step`, of this test only. */
  readonly key: string;
  /** Calls an operation; with limits, by a binding of its own to the same simulator. */
  call(operation: string, calling: Calling, limits?: Limits): Promise<Came>;
  find(operation: string, calling: Calling): Promise<Found>;
  /** Calls an operation that must go well, under a key of its own: what a sample needs before it. */
  perform(operation: string, input: JsonObject): Promise<Json>;
  /** The sample's input, made for this key. */
  inputOf(sample: Sample, key?: string): Promise<JsonObject>;
  provoke(sample: Sample, by: Provocation, input: JsonObject): Promise<JsonObject>;
  rows(key?: string): Promise<LedgerRow[]>;
  closings(): string[];
  /** Where nothing listens. */
  readonly nowhere: StagedSystem;
  /** All that was told to anybody. */
  shown(): Promise<string>;
  end(): Promise<void>;
}

let trials = 0;

export async function newTrial({ adapter, simulator: start, settings }: Conformance, stage: Stage): Promise<Trial> {
  const simulator = await start(stage.ports);
  const lent = simulator.ports ?? stage.ports;
  const bind = (url: string, limits: Limits = {}) => stage.bind(adapter, settings(url), { ports: lent, ...limits });
  const usual = bind(simulator.url);
  const nowhere = bind("http://127.0.0.1:1");
  const systems = [usual, nowhere];
  const told: string[] = [];
  const key = `case-${process.pid}-${++trials}/step`;
  const remember = <T>(came: T): T => {
    // The output is what the case asked for; everything else may be read by anybody.
    told.push(JSON.stringify({ ...came, output: undefined }));
    return came;
  };
  const call: Trial["call"] = async (operation, { input, send = 1, number, signal, ...calling }, limits) => {
    const system = limits ? bind(simulator.url, limits) : usual;
    if (limits) systems.push(system);
    const attempt = { ...(number === undefined ? {} : { number }), ...(signal === undefined ? {} : { signal }) };
    return remember(await cameOf(system.call(operation, { key: calling.key ?? key, send, input, verb: "send" }, attempt)));
  };
  let performed = 0;
  const perform: Trial["perform"] = async (operation, input) => {
    const came = await call(operation, { input, key: `${key}.before${++performed}` });
    if (came.kind !== "done") throw new Error(`${operation}, which the sample needs, was ${came.kind}`);
    return came.output;
  };
  return {
    simulator,
    ports: lent,
    key,
    call,
    find: async (operation, { input, send = 1, ...calling }) =>
      remember(await usual.find(operation, { key: calling.key ?? key, send, input, verb: "find" })),
    perform,
    inputOf: async ({ input }, of = key) => (typeof input === "function" ? input({ perform, ports: lent, simulator }, of) : input),
    provoke: async ({ request }, { fault, act, input: change }, input) => {
      if (fault) simulator.inject({ operation: request, ...fault });
      await act?.({ simulator, perform }, input);
      return change ? change(input) : input;
    },
    rows: (of = key) => usual.rows(of),
    closings: () => systems.flatMap((one) => one.closings()),
    nowhere,
    shown: async () => [...told, ...(await Promise.all(systems.map((one) => one.said())))].join("\n"),
    end: () => simulator.close(),
  };
}

/** "Not sent" as a value; any other error is a defect of the adapter, and the test's. */
export async function cameOf(calling: Promise<Outcome>): Promise<Came> {
  try {
    return await calling;
  } catch (error) {
    if (!(error instanceof CallFailure) || error.kind !== "not-sent") throw error;
    const { code, retryAfterMs } = error.detail;
    return { kind: "not-sent", code, message: error.message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}

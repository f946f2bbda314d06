/**
 * Simulator of ANPR's services 3000 (operations 3002 and 3007), 5000 (5005) and 6001, over SOAP 1.1, all at one address.
 *
 * Ids, for each sender over all operations: the same id gets the first answer again, byte by byte, whatever the message holds (reads: the last
 * 20 ids; writes: all); a new id that is not higher than the highest one is refused with ENS002. That is the documented rule. People: any
 * well-formed tax code is a resident of Milan, except where its first three letters say otherwise: GNT is nobody, FRS lives in Rome, DFN is
 * deceased, VVS has an anomaly that does not block (`sample-people.ts`). Each is the reference person of a household of one to three, asked
 * for with card 3; 5005 moves the household. Assumed, since the decode tables are not public: all codes, and that 3007 tells the outcome of an
 * operation as `statoLavorazione`.
 * Ledger: each 5005 and 6001 that was done, with the municipality's mark as its key. Controls: `order` gives the ids received with what became
 * of them, `clearOrder` forgets them (not the highest). The fault `reject` takes an error code, ENS099 when absent; `unauthorized` is a
 * WS-Security fault.
 */
import type { JsonObject } from "../../json.ts";
import {
  type Recorder,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator.ts";
import { SIMULATOR_CODES } from "./error-codes.ts";
import type { Home, Town } from "./population.ts";
import { type AnswerHeader, clientFault, refusal, securityFault } from "./simulator-answers.ts";
import { perform, type Performed } from "./simulator-operations.ts";
import { type Asked, operationOf, questionOf, type SimulatedOperation } from "./simulator-questions.ts";

export interface AnprSimulatorOptions extends SimulatorOptions {
  /** Where residents live; Milan when absent. */
  town?: Town;
  /** The environment that it plays; a request for another one is refused. TEST when absent. */
  mode?: "TEST" | "PRE_SUB" | "PROD";
  /** Senders that may ask; everybody when absent. */
  senders?: readonly string[];
}

/** An id as it was received: answered for the first time, answered again, or refused because a higher one had been used. */
export interface ReceivedId extends JsonObject {
  sender: string;
  id: string;
  operation: SimulatedOperation;
  verdict: "new" | "replayed" | "too-low";
  /** Hash of the message. */
  content: string;
}

/** A first answer, kept to be given again. */
export interface FirstAnswer extends JsonObject {
  sender: string;
  id: string;
  operation: SimulatedOperation;
  anprId: string;
  /** `esitoOperazione`. */
  outcome: string;
  answer: string;
}

export interface AnprState extends JsonObject {
  /** Highest id per sender, as text: ids have up to 30 digits. */
  highest: Record<string, string>;
  answers: FirstAnswer[];
  order: ReceivedId[];
  operations: number;
  /** Homes of the households that moved, by their id. */
  homes: Record<string, Home>;
}

const KEPT_READS = 20;
const KEPT_ORDER = 500;
const WRITES: readonly SimulatedOperation[] = ["5005", "6001"];

/** Starts the simulator; `url` is the adapter's `endpoint`. The operations' names for faults are `3002`, `3007`, `5005` and `6001`. */
export const anprSimulator = (options: AnprSimulatorOptions = {}): Promise<Simulator> =>
  startSimulator<AnprState>(
    {
      name: "anpr",
      initial: { highest: {}, answers: [], order: [], operations: 0, homes: {} },
      operationOf: ({ body }) => operationOf(body),
      answer: (request, state, record) => answer(request, state, options, record),
      controls: {
        order: (_, state) => state.order,
        clearOrder: (_, state) => {
          state.order = [];
          return {};
        },
      },
    },
    options,
  );

const xml = (body: string, status = 200): SimulatedAnswer => ({ status, headers: { "content-type": "text/xml; charset=utf-8" }, body });

function answer(request: SimulatedRequest, state: AnprState, options: AnprSimulatorOptions, record: Recorder): SimulatedAnswer {
  if (request.fault?.kind === "unauthorized") return xml(securityFault(), 500);
  const asked = questionOf(request);
  if (typeof asked === "string") return xml(clientFault(asked), 500);
  const { sender, id } = asked;
  const before = state.answers.find((one) => one.sender === sender && one.id === id);
  if (before !== undefined) {
    remember(state, asked, "replayed");
    return xml(before.answer);
  }
  state.operations += 1;
  const header: AnswerHeader = {
    operation: asked.operation,
    id,
    sender,
    anprId: String(9_000_000_000 + state.operations),
    at: new Date().toISOString(),
  };
  if (BigInt(id) <= BigInt(state.highest[sender] ?? "-1")) {
    remember(state, asked, "too-low");
    return xml(refusal(header, { code: SIMULATOR_CODES.idTooLow, text: "idOperazioneComune inferiore all'ultimo inviato" }));
  }
  const performed: Performed = request.fault
    ? { code: request.fault.code ?? SIMULATOR_CODES.refused, text: "Operazione non ammessa" }
    : perform(asked, header, state, options, record);
  const body = typeof performed === "string" ? performed : refusal(header, performed);
  state.highest[sender] = id;
  keepFirst(state, {
    sender,
    id,
    operation: asked.operation,
    anprId: header.anprId,
    outcome: typeof performed === "string" ? "2" : "3",
    answer: body,
  });
  remember(state, asked, "new");
  return xml(body);
}

function keepFirst(state: AnprState, first: FirstAnswer): void {
  const all = [...state.answers, first];
  const reads = all.filter(({ operation }) => !WRITES.includes(operation));
  const gone = new Set(reads.slice(0, -KEPT_READS));
  state.answers = all.filter((one) => !gone.has(one));
}

function remember(state: AnprState, { sender, id, operation, content }: Asked, verdict: ReceivedId["verdict"]): void {
  state.order = [...state.order, { sender, id, operation, verdict, content }].slice(-KEPT_ORDER);
}

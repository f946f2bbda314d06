/**
 * Simulator of ANPR's service 3000, operation 3002, over SOAP 1.1.
 *
 * Ids: the same id of the same sender gets the first answer again, byte by byte (the last 20 are kept); a new id that is not higher than the
 * highest one is refused with ENS002. People: any well-formed tax code is a resident of Milan, except where its first three letters say
 * otherwise: GNT is nobody, FRS lives in Rome, DFN is deceased, VVS has an anomaly that does not block (`sample-people.ts`).
 * Controls: `order` gives the ids received with what became of them, `clearOrder` forgets them (not the highest).
 * The fault `reject` takes an error code, ENS099 when absent; `unauthorized` is a WS-Security fault.
 */
import { CallFailure } from "../../failure.ts";
import type { JsonObject } from "../../json.ts";
import { type SimulatedAnswer, type SimulatedRequest, type Simulator, type SimulatorOptions, startSimulator } from "../../simulator.ts";
import { checkEnvelope } from "../../transport/check-envelope.ts";
import { decodeXml } from "../../transport/decode.ts";
import { parseXml, type XmlElement, type XmlValue } from "../../transport/xml.ts";
import { SIMULATOR_CODES } from "./error-codes.ts";
import { MILAN, personOf, type Town } from "./population.ts";
import { type AnswerHeader, clientFault, found, refusal, securityFault } from "./simulator-answers.ts";

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
  verdict: "new" | "replayed" | "too-low";
}

interface AnprState extends JsonObject {
  /** Highest id per sender, as text: ids have up to 30 digits. */
  highest: Record<string, string>;
  /** Answers of the last ids, `[sender, id, answer]`. */
  answers: string[][];
  order: ReceivedId[];
  operations: number;
}

const KEPT_ANSWERS = 20;
const KEPT_ORDER = 500;

/** Starts the simulator; `url` is the adapter's `endpoint`. The operation's name for faults is `3002`. */
export const anprSimulator = (options: AnprSimulatorOptions = {}): Promise<Simulator> =>
  startSimulator<AnprState>(
    {
      name: "anpr",
      initial: { highest: {}, answers: [], order: [], operations: 0 },
      operationOf: ({ body }) => (/[<:]Richiesta3002[\s>/]/.test(body.toString("utf8")) ? "3002" : "unknown"),
      answer: (request, state) => answer(request, state, options),
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

function answer(request: SimulatedRequest, state: AnprState, options: AnprSimulatorOptions): SimulatedAnswer {
  if (request.fault?.kind === "unauthorized") return xml(securityFault(), 500);
  const asked = questionOf(request);
  if (typeof asked === "string") return xml(clientFault(asked), 500);
  const { sender, id } = asked;
  const before = state.answers.find(([by, of]) => by === sender && of === id)?.[2];
  if (before !== undefined) {
    remember(state, { sender, id, verdict: "replayed" });
    return xml(before);
  }
  state.operations += 1;
  const header: AnswerHeader = { id, sender, anprId: String(9_000_000_000 + state.operations), at: new Date().toISOString() };
  if (BigInt(id) <= BigInt(state.highest[sender] ?? "-1")) {
    remember(state, { sender, id, verdict: "too-low" });
    return xml(refusal(header, { code: SIMULATOR_CODES.idTooLow, text: "idOperazioneComune inferiore all'ultimo inviato" }));
  }
  const body = request.fault
    ? refusal(header, { code: request.fault.code ?? SIMULATOR_CODES.refused, text: "Operazione non ammessa" })
    : answerTo(asked, header, options);
  state.highest[sender] = id;
  state.answers = [...state.answers, [sender, id, body]].slice(-KEPT_ANSWERS);
  remember(state, { sender, id, verdict: "new" });
  return xml(body);
}

function remember(state: AnprState, entry: ReceivedId): void {
  state.order = [...state.order, entry].slice(-KEPT_ORDER);
}

interface Asked {
  id: string;
  sender: string;
  mode: string;
  taxCode: string;
}

function answerTo({ sender, mode, taxCode }: Asked, header: AnswerHeader, options: AnprSimulatorOptions): string {
  if (mode !== (options.mode ?? "TEST"))
    return refusal(header, {
      code: SIMULATOR_CODES.wrongEnvironment,
      text: "tipoInvio non compatibile con l'ambiente",
      field: "tipoInvio",
    });
  if (options.senders && !options.senders.includes(sender))
    return refusal(header, { code: SIMULATOR_CODES.unknownSender, text: "Comune non abilitato", field: "codMittente" });
  if (!/^[0-9A-Z]{11,16}$/.test(taxCode))
    return refusal(header, { code: SIMULATOR_CODES.badRequest, text: "Criteri di ricerca non validi", field: "codiceFiscale" });
  const person = personOf(taxCode, options.town ?? MILAN);
  if (!person) return refusal(header, { code: SIMULATOR_CODES.unknownPerson, text: "Soggetto non trovato" });
  return found(header, person);
}

const HEADER = ["idOperazioneComune", "codMittente", "codDestinatario", "operazioneRichiesta", "dataOraRichiesta", "tipoOperazione"];

/** What is asked, or why the request is not one: the contract's namespace, unqualified children and their order are insisted on. */
function questionOf({ body, headers }: SimulatedRequest): Asked | string {
  let root: XmlElement;
  try {
    const envelope = checkEnvelope("anpr-simulator", decodeXml("anpr-simulator", body, headers["content-type"]));
    if (envelope.body?.name !== "Richiesta3002" || envelope.body.namespace !== "http://sogei.it/ANPR/3000consultazione")
      return "not a Richiesta3002";
    root = child(child(child(parseXml("anpr-simulator", envelope.plain), "soap:Envelope"), "soap:Body"), "Richiesta3002");
  } catch (error) {
    if (error instanceof CallFailure) return "not a SOAP request";
    throw error;
  }
  if (root["@xmlns"] !== undefined) return "the children of Richiesta3002 are unqualified";
  const [header, criteria] = [child(root, "testataRichiesta"), child(root, "criteriRicerca")];
  const names = Object.keys(root).filter((name) => !name.startsWith("@"));
  if (names.join() !== "testataRichiesta,criteriRicerca,datiRichiesta") return "wrong members of Richiesta3002";
  if (Object.keys(header).slice(0, HEADER.length).join() !== HEADER.join()) return "wrong members of testataRichiesta";
  const [id, sender, mode] = [text(header["idOperazioneComune"]), text(header["codMittente"]), text(header["tipoInvio"])];
  if (!/^[0-9]{1,30}$/.test(id) || !/^[0-9]{6}$/.test(sender) || text(header["operazioneRichiesta"]) !== "3002")
    return "wrong values in testataRichiesta";
  return { id, sender, mode, taxCode: text(criteria["codiceFiscale"]) };
}

/** A child by its local name; an empty element when there is none. */
function child(parent: XmlElement, name: string): XmlElement {
  const value = Object.entries(parent).find(([key]) => key === name || (name.startsWith("Richiesta") && key.endsWith(`:${name}`)))?.[1];
  return typeof value === "object" && !Array.isArray(value) ? (value as XmlElement) : {};
}

const text = (value: XmlValue): string => (typeof value === "string" ? value : "");

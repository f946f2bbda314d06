/**
 * The DOCAREA simulator: a protocol that speaks both dialects, at `/halley` and `/prisma`, and keeps one register for both. Like the real
 * ones it knows no reference of ours and registers the same request twice when it is sent twice.
 *
 *   POST /_control/expireSessions  {}                         every session is over: the next request gets -2
 *   POST /_control/setPassword     {"password": "..."}        another password is right from now on
 *
 * Faults apply per operation: Login, Inserimento, Protocollazione. `reject` gives `lngErrNumber` = `code` (-7 without one; -51 on Inserimento
 * stores the file all the same), `unauthorized` the refusal of a log-in or "DST non valido".
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../../json.ts";
import {
  type Recorder,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator.ts";
import {
  type Fields,
  type Message,
  type ReadSegnatura,
  readMessage,
  readSegnatura,
  writeAnswer,
  writeFault,
} from "./simulator-messages.ts";

export interface DocareaSimulatorOptions extends SimulatorOptions {
  organisationCode?: string;
  aoo?: string;
  username?: string;
  password?: string;
  /** First number of each year. */
  firstNumber?: number;
  now?: () => Date;
}

type Account = Required<Pick<DocareaSimulatorOptions, "organisationCode" | "aoo" | "username" | "firstNumber" | "now">>;

interface State extends JsonObject {
  password: string;
  sessionsDrawn: number;
  sessions: string[];
  documentsDrawn: number;
  /** Metadata by document id. */
  documents: Record<string, { name: string; sha256: string; bytes: number }>;
  nextNumber: Record<string, number>;
}

/** What the simulator accepts when its options say nothing else. */
export const simulatedAccount = {
  organisationCode: "c_f205",
  aoo: "AOO1",
  username: "darsena",
  password: "docarea-simulator",
  firstNumber: 4711,
};

export function docareaSimulator(options: DocareaSimulatorOptions = {}): Promise<Simulator> {
  const account: Account & { password: string } = { ...simulatedAccount, now: () => new Date(), ...options };
  const initial: State = { password: account.password, sessionsDrawn: 0, sessions: [], documentsDrawn: 0, documents: {}, nextNumber: {} };
  return startSimulator<State>(
    {
      name: "docarea",
      initial,
      operationOf: (request) => messageOf(request)?.operation ?? "unknown",
      answer: (request, state, record) => answer(request, state, record, account),
      controls: {
        expireSessions: (_, state) => {
          const expired = state.sessions.length;
          state.sessions = [];
          return { expired };
        },
        setPassword: ({ password }, state) => {
          if (typeof password !== "string" || password === "") throw new Error("password is missing");
          state.password = password;
          return { set: true };
        },
      },
    },
    options,
  );
}

type Received = Pick<SimulatedRequest, "path" | "headers" | "body">;
const read = new WeakMap<Buffer, Message | string>();

/** Each body is parsed once: the operation's name is asked first, the answer later. */
function messageOrReason({ path, headers, body }: Received): Message | string {
  const known = read.get(body);
  if (known !== undefined) return known;
  let found: Message | string;
  try {
    const action = headers["soapaction"];
    found = readMessage(path, typeof action === "string" ? action : undefined, body.toString("utf8"));
  } catch (error) {
    found = error instanceof Error ? error.message : String(error);
  }
  read.set(body, found);
  return found;
}

function messageOf(request: Received): Message | undefined {
  const found = messageOrReason(request);
  return typeof found === "string" ? undefined : found;
}

const xmlHeaders = { "content-type": "text/xml; charset=utf-8" };

function answer(request: SimulatedRequest, state: State, record: Recorder, account: Account): SimulatedAnswer {
  const message = messageOrReason(request);
  if (typeof message === "string") return { status: 500, headers: xmlHeaders, body: writeFault(message) };
  const fields = perform(message, request.fault, state, record, account);
  return { status: 200, headers: xmlHeaders, body: writeAnswer(message, fields) };
}

function perform(message: Message, fault: SimulatedRequest["fault"], state: State, record: Recorder, account: Account): Fields {
  const value = (name: string) => message.fields.get(name) ?? "";
  if (message.operation === "Login") {
    const right =
      value("strCodEnte") === account.organisationCode &&
      value("strUserName") === account.username &&
      value("strPassword") === state.password;
    if (!right || fault?.kind === "unauthorized") return refusal("Login", "-1", `Utente ${value("strUserName")} o password errati`);
    if (fault) return refused(message, fault.code);
    state.sessionsDrawn += 1;
    const dst = `DST-${state.sessionsDrawn}`;
    state.sessions.push(dst);
    return { strDST: dst, lngErrNumber: 0, strErrString: undefined };
  }
  if (fault?.kind === "unauthorized" || !state.sessions.includes(value("strDST")))
    return refusal(message.operation, "-2", "DST non valido");
  if (value("strUserName") !== account.username) return refusal(message.operation, "-1", "Utente errato");
  if (message.operation === "Inserimento") {
    if (fault && fault.code !== "-51") return refused(message, fault.code);
    const lngDocID = store(message, state);
    return fault ? { ...refused(message, "-51"), lngDocID } : { lngDocID, lngErrNumber: 0, strErrString: undefined };
  }
  return fault ? refused(message, fault.code) : register(message, state, record, account);
}

function store(message: Message, state: State): number {
  const encoded = message.fields.get(message.dialect === "halley" ? "objDocument" : "strAttachment") ?? "";
  const bytes = Buffer.from(encoded, "base64");
  state.documentsDrawn += 1;
  const id = 100 + state.documentsDrawn;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  state.documents[String(id)] = { name: message.fields.get("strDocument") ?? "", sha256, bytes: bytes.length };
  return id;
}

function register(message: Message, state: State, record: Recorder, account: Account): Fields {
  let segnatura: ReadSegnatura;
  try {
    segnatura = readSegnatura(segnaturaText(message));
    if (segnatura.organisationCode !== account.organisationCode || segnatura.aoo !== account.aoo)
      throw new Error("unknown administration or AOO");
  } catch (error) {
    return refusal("Protocollazione", "-3", `Segnatura non valida: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { flow, marker, subject, sender, recipient, classification, office } = segnatura;
  if (segnatura.documents.some(({ id }) => !state.documents[id])) return refusal("Protocollazione", "-4", "Documento inesistente");
  const documents = segnatura.documents.map(({ id, name }) => {
    const stored = state.documents[id];
    return { id, name, sha256: stored?.sha256 ?? "", bytes: stored?.bytes ?? 0 };
  });
  const [year = "", month = "", day = ""] = romeDate(account.now()).split("-");
  const number = state.nextNumber[year] ?? account.firstNumber;
  state.nextNumber[year] = number + 1;
  const reference = `${number}/${year}`;
  record({
    operation: "Protocollazione",
    key: marker,
    reference,
    flow,
    dialect: message.dialect,
    subject,
    sender,
    recipient,
    classification,
    office,
    documents,
  });
  return { lngNumPG: number, lngAnnoPG: year, strDataPG: `${day}/${month}/${year}`, lngErrNumber: 0, strErrString: undefined };
}

function segnaturaText({ dialect, fields }: Message): string {
  if (dialect === "halley") return fields.get("strDocumentInfo") ?? "";
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(fields.get("strAttachment") ?? "", "base64"));
}

/** A vendor's text may quote the request, so this one does: nothing of it may reach a message of ours. */
const refused = (message: Message, code = "-7"): Fields =>
  refusal(message.operation, code, `Operazione rifiutata: ${[...message.fields.values()].join(" ").slice(0, 500)}`);

function refusal(operation: Message["operation"], code: string, text: string): Fields {
  const empty: Record<Message["operation"], Fields> = {
    Login: { strDST: undefined },
    Inserimento: { lngDocID: 0 },
    Protocollazione: { lngNumPG: 0, lngAnnoPG: 0, strDataPG: undefined },
  };
  return { ...empty[operation], lngErrNumber: code, strErrString: text };
}

/** The civil date of Italy: a registration at 00:30 belongs to the new day, and on 1 January to the new year. */
const romeDate = (instant: Date) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome", dateStyle: "short" }).format(instant);

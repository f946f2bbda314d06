/** The simulator's own knowledge of both dialects, stated apart from the adapter's table so that a mistake there shows. */
import { at, readXml, textAt, type XmlElement } from "./simulator-xml.ts";

export type SimulatedOperation = "Login" | "Inserimento" | "Protocollazione";

export interface Message {
  dialect: "halley" | "prisma";
  operation: SimulatedOperation;
  fields: ReadonlyMap<string, string>;
}

export type Fields = Record<string, string | number | undefined>;

const NAMESPACE = "http://tempuri.org/";
const ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/";
const operations: readonly SimulatedOperation[] = ["Login", "Inserimento", "Protocollazione"];

const wanted: Record<Message["dialect"], Record<SimulatedOperation, readonly string[]>> = {
  halley: {
    Login: ["strCodEnte", "strUserName", "strPassword"],
    Inserimento: ["strUserName", "strDST", "strDocument", "objDocument"],
    Protocollazione: ["strUserName", "strDST", "strDocumentInfo"],
  },
  prisma: {
    Login: ["strCodEnte", "strUserName", "strPassword"],
    Inserimento: ["strUserName", "strDST", "strAttachment"],
    Protocollazione: ["strUserName", "strDST", "strAttachment"],
  },
};

/** Reads a request and throws when it is not the dialect's: path, SOAPAction, namespaces, fields and their order. */
export function readMessage(path: string, soapAction: string | undefined, body: string): Message {
  const dialect = path.replaceAll("/", "");
  if (dialect !== "halley" && dialect !== "prisma") throw new Error("the simulator answers at /halley and /prisma");
  const envelope = readXml(body);
  if (envelope.name !== "Envelope" || envelope.namespace !== ENVELOPE) throw new Error("not a SOAP 1.1 envelope");
  const [request, ...others] = at(envelope, "Body")?.children ?? [];
  if (!request || others.length > 0) throw new Error("the body holds no single request");
  const operation = operations.find((one) => (dialect === "halley" ? one : one.toLowerCase()) === request.name);
  if (!operation || request.namespace !== NAMESPACE) throw new Error("no such operation in this dialect");
  const action = dialect === "halley" ? `"${NAMESPACE}${operation}"` : '""';
  if (soapAction !== action) throw new Error(`SOAPAction must be ${action}`);
  for (const field of request.children)
    if (field.namespace !== (dialect === "halley" ? NAMESPACE : "")) throw new Error(`${field.name} stands in the wrong namespace`);
  const names = request.children.map((field) => field.name);
  if (names.join() !== wanted[dialect][operation].join()) throw new Error(`the fields must be ${wanted[dialect][operation].join(", ")}`);
  return { dialect, operation, fields: new Map(request.children.map((field) => [field.name, field.text])) };
}

/** Writes an answer: absent texts are left out by Halley and nil in Prisma. */
export function writeAnswer({ dialect, operation }: Pick<Message, "dialect" | "operation">, fields: Fields): string {
  const written = Object.entries(fields).map(([name, value]) => {
    if (value !== undefined) return `<${name}>${escaped(String(value))}</${name}>`;
    return dialect === "halley" ? "" : `<${name} xsi:nil="true"/>`;
  });
  const result = `<${operation}Result>${written.join("")}</${operation}Result>`;
  const lower = operation.toLowerCase();
  const response =
    dialect === "halley"
      ? `<${operation}Response xmlns="${NAMESPACE}">${result}</${operation}Response>`
      : `<p:${lower}Response xmlns:p="${NAMESPACE}">${result}</p:${lower}Response>`;
  return enveloped(response);
}

export const writeFault = (reason: string): string =>
  enveloped(`<soap:Fault><faultcode>soap:Client</faultcode><faultstring>${escaped(reason)}</faultstring></soap:Fault>`);

const enveloped = (content: string) =>
  `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${ENVELOPE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>${content}</soap:Body></soap:Envelope>`;

const escaped = (value: string) => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export interface ReadSegnatura {
  flow: "E" | "U";
  subject: string;
  organisationCode: string;
  aoo: string;
  classification: string;
  sender: Record<string, string>;
  recipient: Record<string, string>;
  marker: string;
  office: string;
  documents: { id: string; name: string }[];
}

/** Reads a Segnatura as the protocol does, and throws a reason when something that it demands is missing. */
export function readSegnatura(source: string): ReadSegnatura {
  const root = readXml(source);
  if (root.name !== "Segnatura" || root.attributes["versione"] !== "2001-05-07") throw new Error("not a Segnatura of 2001-05-07");
  const heading = at(root, "Intestazione");
  const identifier = at(heading, "Identificatore");
  const flow = textAt(identifier, "Flusso");
  if (flow !== "E" && flow !== "U") throw new Error("Flusso must be E or U");
  if (textAt(identifier, "NumeroRegistrazione") !== "0" || textAt(identifier, "DataRegistrazione") !== "0")
    throw new Error("a new entry has number and date 0");
  const description = at(root, "Descrizione");
  const documents = [at(description, "Documento"), ...(at(description, "Allegati")?.children ?? [])].map((document) => ({
    id: demanded(document?.attributes["id"], "Documento/@id"),
    name: demanded(document?.attributes["nome"], "Documento/@nome"),
  }));
  const parameters = new Map(
    at(root, "ApplicativoProtocollo")?.children.map(({ attributes }) => [attributes["nome"], attributes["valore"]]),
  );
  return {
    flow,
    subject: demanded(textAt(heading, "Oggetto"), "Oggetto"),
    organisationCode: demanded(textAt(identifier, "CodiceAmministrazione"), "CodiceAmministrazione"),
    aoo: demanded(textAt(identifier, "CodiceAOO"), "CodiceAOO"),
    classification: demanded(textAt(heading, "Classifica", "CodiceTitolario"), "CodiceTitolario"),
    sender: partyOf(at(heading, "Mittente"), "Mittente"),
    recipient: partyOf(at(heading, "Destinatario"), "Destinatario"),
    marker: parameters.get("riferimento") ?? "",
    office: parameters.get("uo") ?? "",
    documents,
  };
}

function demanded(value: string | undefined, what: string): string {
  if (value === undefined || value === "") throw new Error(`${what} is missing`);
  return value;
}

function partyOf(element: XmlElement | undefined, what: string): Record<string, string> {
  const party = at(element, "Persona") ?? at(element, "Amministrazione");
  if (!party) throw new Error(`${what} is missing`);
  return {
    kind: party.name,
    ...Object.fromEntries(party.children.map((child) => [child.name, child.text || (child.attributes["id"] ?? "")])),
  };
}

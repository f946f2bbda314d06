/** The simulator's side of the wire: what a request asks. The contract's namespace, unqualified children and their order are insisted on. */
import { createHash } from "node:crypto";
import { CallFailure } from "../../failure.ts";
import type { SimulatedRequest } from "../../simulator.ts";
import { checkEnvelope } from "../../transport/check-envelope.ts";
import { decodeXml } from "../../transport/decode.ts";
import { parseXml, type XmlElement, type XmlValue } from "../../transport/xml.ts";

/** Members of each operation's message, in their order; those with `?` may be absent. */
const MESSAGES = {
  "3002": { namespace: "3000consultazione", members: ["testataRichiesta", "criteriRicerca", "datiRichiesta"] },
  "3007": { namespace: "3000consultazione", members: ["testataRichiesta", "comuneRichiesta?", "ricercaSingolaRichiesta"] },
  "5005": {
    namespace: "5000mutazione",
    members: ["testataRichiesta", "generalitaSchedaFamiglia", "residenzaFamiglia", "datiDelProcedimento?", "datiControllo"],
  },
  "6001": {
    namespace: "6001certificazione",
    members: ["testataRichiesta", "listaTipiCertificati", "soggettoIntestatario", "datiControllo"],
  },
} as const;

/** The operations that the simulator has, by ANPR's numbers. */
export type SimulatedOperation = keyof typeof MESSAGES;

const isOperation = (text: string | undefined): text is SimulatedOperation => text !== undefined && Object.hasOwn(MESSAGES, text);

/** The number of the operation that a body asks for, `unknown` when there is none. */
export function operationOf(body: Buffer): SimulatedOperation | "unknown" {
  const number = /[<:]Richiesta(\d{4})[\s>/]/.exec(body.toString("utf8"))?.[1];
  return isOperation(number) ? number : "unknown";
}

export interface Asked {
  operation: SimulatedOperation;
  id: string;
  sender: string;
  mode: string;
  protocol: string;
  root: XmlElement;
  /** Hash of the whole message: tells whether an id comes again with other content. */
  content: string;
}

const HEADER = ["idOperazioneComune", "codMittente", "codDestinatario", "operazioneRichiesta", "dataOraRichiesta", "tipoOperazione"];

/** What is asked, or why the request is not one. */
export function questionOf({ body, headers, operation }: SimulatedRequest): Asked | string {
  if (!isOperation(operation)) return "not a request of these services";
  const { namespace, members } = MESSAGES[operation];
  const name = `Richiesta${operation}`;
  let root: XmlElement;
  let content: string;
  try {
    const envelope = checkEnvelope("anpr-simulator", decodeXml("anpr-simulator", body, headers["content-type"]));
    if (envelope.body?.name !== name || envelope.body.namespace !== `http://sogei.it/ANPR/${namespace}`) return `not a ${name}`;
    content = createHash("sha256").update(envelope.plain).digest("hex").slice(0, 16);
    root = child(child(child(parseXml("anpr-simulator", envelope.plain), "soap:Envelope"), "soap:Body"), name);
  } catch (error) {
    if (error instanceof CallFailure) return "not a SOAP request";
    throw error;
  }
  if (root["@xmlns"] !== undefined) return `the children of ${name} are unqualified`;
  const header = child(root, "testataRichiesta");
  if (!inOrder(Object.keys(root), members)) return `wrong members of ${name}`;
  if (Object.keys(header).slice(0, HEADER.length).join() !== HEADER.join()) return "wrong members of testataRichiesta";
  const [id, sender, mode] = [text(header["idOperazioneComune"]), text(header["codMittente"]), text(header["tipoInvio"])];
  if (!/^[0-9]{1,30}$/.test(id) || !/^[0-9]{6}$/.test(sender) || text(header["operazioneRichiesta"]) !== operation)
    return "wrong values in testataRichiesta";
  return { operation, id, sender, mode, protocol: text(header["protocolloComune"]), root, content };
}

function inOrder(names: string[], members: readonly string[]): boolean {
  const present = names.filter((name) => !name.startsWith("@"));
  const expected = members.filter((member) => !member.endsWith("?") || present.includes(member.slice(0, -1)));
  return present.join() === expected.map((member) => member.replace("?", "")).join();
}

/** A child by its local name; an empty element when there is none. */
export function child(parent: XmlElement, name: string): XmlElement {
  const value = Object.entries(parent).find(([key]) => key === name || (name.startsWith("Richiesta") && key.endsWith(`:${name}`)))?.[1];
  return typeof value === "object" && !Array.isArray(value) ? (value as XmlElement) : {};
}

/** A descendant by its path. */
export const at = (root: XmlElement, ...path: string[]): XmlElement => path.reduce(child, root);

export const text = (value: XmlValue): string => (typeof value === "string" ? value : "");

/**
 * Contract of the project; not the interface of any real system. A fake municipal fines system: XML over HTTP POST in ISO-8859-1.
 *
 * Rule: whoever is born on the 13th has two fines; everybody else has none, until `setFines` says otherwise.
 * Controls: `setFines {taxCode, fines: [{reference, date, amount, plate?, description?}]}`, `setUnknown {taxCode, unknown?: false}`,
 * `setPassword {password}`. The fault `reject` takes the code of the Esito (`010`, `050`, `900` ...), `010` when absent.
 */
import { XMLParser } from "fast-xml-parser";
import type { JsonObject } from "../../json.ts";
import { type SimulatedAnswer, type SimulatedRequest, type Simulator, type SimulatorOptions, startSimulator } from "../../simulator.ts";
import { checkCharacter } from "../../tax-code.ts";
import { encodeXml, xmlDeclaration } from "../../transport/encode.ts";
import { escapeXml } from "../../transport/xml-text.ts";
import { fromCents, fromIsoDate, NAMESPACE } from "./wire.ts";

/** A fine as the control `setFines` takes it: amount in cents, date in ISO form. */
export interface SimulatedFine extends JsonObject {
  reference: string;
  date: string;
  amount: number;
}

interface TaxState extends JsonObject {
  user: string;
  password: string;
  fines: Record<string, SimulatedFine[]>;
  unknown: string[];
}

export interface MunicipalXmlSimulatorOptions extends SimulatorOptions {
  user?: string;
  password?: string;
}

const invented = (firstFifteen: string) => `${firstFifteen}${checkCharacter(firstFifteen)}`;

/** Invented people: tax codes are well formed, and their place of birth (Z999) does not exist. */
export const sampleTaxpayers = {
  withFines: invented("PRVLCU80A13Z999"),
  withoutFines: invented("PRVLCU80A14Z999"),
} as const;

/** Starts the simulator; `url` is the adapter's `baseUrl`. */
export const municipalXmlSimulator = (options: MunicipalXmlSimulatorOptions = {}): Promise<Simulator> =>
  startSimulator<TaxState>(
    {
      name: "municipal-xml",
      initial: { user: options.user ?? "darsena", password: options.password ?? "tax-test-password", fines: {}, unknown: [] },
      operationOf: ({ method, path }) => (method === "POST" && path === "/" ? "RichiestaSanzioni" : "unknown"),
      answer,
      controls: {
        setFines: ({ taxCode, fines }, state) => {
          state.fines[String(taxCode)] = fines as SimulatedFine[];
          return {};
        },
        setUnknown: ({ taxCode, unknown }, state) => {
          state.unknown = [...state.unknown.filter((one) => one !== taxCode), ...(unknown === false ? [] : [String(taxCode)])];
          return {};
        },
        setPassword: ({ password }, state) => {
          state.password = String(password);
          return {};
        },
      },
    },
    options,
  );

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, parseAttributeValue: false, htmlEntities: true });

interface Sent {
  RichiestaSanzioni?: { Intestazione?: { Utente?: string; Password?: string; CodiceEnte?: string }; CodiceFiscale?: string };
}

function answer(request: SimulatedRequest, state: TaxState): SimulatedAnswer {
  if (request.operation === "unknown")
    return { status: 404, headers: { "content-type": "text/html" }, body: "<HTML><BODY>404</BODY></HTML>" };
  const sent = read(request.body)?.RichiestaSanzioni;
  const { Utente, Password, CodiceEnte = "" } = sent?.Intestazione ?? {};
  if (!sent?.CodiceFiscale || !/^[A-Z0-9]{16}$/.test(sent.CodiceFiscale)) return esito("900", "Richiesta non conforme allo schema");
  if (request.fault?.kind === "reject") return esito(request.fault.code ?? "010", "La richiesta è stata rifiutata");
  if (request.fault || Utente !== state.user || Password !== state.password)
    return esito("100", "Utente o password errati: verificare l'identità");
  if (!/^[A-Z][0-9]{3}$/.test(CodiceEnte)) return esito("110", "L'ente non è abilitato");
  if (state.unknown.includes(sent.CodiceFiscale)) return esito("010", "Il contribuente non è conosciuto");
  return esito("000", "Operazione eseguita: è tutto", state.fines[sent.CodiceFiscale] ?? finesByRule(sent.CodiceFiscale));
}

function read(body: Buffer): Sent | undefined {
  try {
    return parser.parse(body.toString("latin1"), true) as Sent;
  } catch {
    return undefined;
  }
}

/** Day of birth 13 (53 for women) stands at positions 10 and 11 of the code. */
const finesByRule = (taxCode: string): SimulatedFine[] =>
  /^.{9}[15]3/.test(taxCode)
    ? [
        {
          reference: "0000471101",
          date: "2025-03-05",
          amount: 123_456,
          plate: "AB123CD",
          description: "Sosta in area pedonale: già sollecitata",
        },
        { reference: "0000471102", date: "2025-11-30", amount: 4_200, description: "Sosta oltre l'orario, largo Perché" },
      ]
    : [];

function esito(code: string, description: string, fines?: SimulatedFine[]): SimulatedAnswer {
  const total = fromCents((fines ?? []).reduce((sum, { amount }) => sum + amount, 0));
  const list = fines ? `<Sanzioni totale="${total}">${fines.map(sanzione).join("")}</Sanzioni>` : "";
  const text =
    `${xmlDeclaration("ISO-8859-1")}\n<!-- contract of the project; not the interface of any real system -->\n` +
    `<RispostaSanzioni xmlns="${NAMESPACE}" versione="1.0">` +
    `<Esito><Codice>${code}</Codice><Descrizione>${escapeXml(description)}</Descrizione></Esito>${list}</RispostaSanzioni>`;
  return { status: 200, headers: { "content-type": "text/xml; charset=ISO-8859-1" }, body: encodeXml(text, "ISO-8859-1") };
}

const optional = (name: string, text: unknown) => (text === undefined ? "" : `<${name}>${escapeXml(String(text))}</${name}>`);

function sanzione({ reference, date, amount, plate, description }: SimulatedFine): string {
  return (
    `<Sanzione><Numero>${escapeXml(reference)}</Numero><DataVerbale>${fromIsoDate(date)}</DataVerbale><Importo>${fromCents(amount)}</Importo>` +
    `${optional("Targa", plate)}${optional("Descrizione", description)}</Sanzione>`
  );
}

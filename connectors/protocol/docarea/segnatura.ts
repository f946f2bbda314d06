/**
 * The Segnatura: the XML that describes a registration to DOCAREA. It is the dialect of the vendors' samples, *not* valid against the DTD
 * of circolare AIPA 28/2001 (there `Identificatore` comes first, and `Origine` and `Destinazione` stand for `Mittente` and `Destinatario`).
 */
import type { Party } from "../../shared-types.ts";
import type { Dialect } from "./dialects.ts";

/** A document that Inserimento has stored. */
export interface StoredDocument {
  readonly id: string;
  readonly name: string;
}

export interface Entry {
  /** `E` received, `U` sent by the municipality. */
  readonly flow: "E" | "U";
  /** Whole text of `Oggetto`, marker included. */
  readonly subject: string;
  readonly marker: string;
  /** The sender of a received document, the recipient of a sent one. */
  readonly party: Party;
  readonly office?: string;
  /** The first is the main document, the others are its annexes. */
  readonly documents: readonly [StoredDocument, ...StoredDocument[]];
}

/** The municipality as the protocol knows it. */
export interface Registrar {
  readonly organisationCode: string;
  readonly organisationName?: string;
  readonly aoo: string;
  readonly classification: string;
}

/**
 * The Segnatura of an entry, on one line and in UTF-8. Characters that XML 1.0 cannot hold become a space (control characters) or U+FFFD
 * (lone surrogates), so that one pasted into a form never stops a registration; all others arrive exactly.
 */
export function segnaturaOf(entry: Entry, registrar: Registrar, dialect: Dialect["segnatura"]): string {
  const { organisationCode, aoo, classification } = registrar;
  const party = partyXml(entry.party);
  const own = ownXml(registrar, entry.office);
  const [main, ...annexes] = entry.documents;
  const parameters: [string, string][] = [[dialect.markerParameter, entry.marker]];
  if (entry.office !== undefined && dialect.officeParameter !== undefined) parameters.push([dialect.officeParameter, entry.office]);
  return xml("Segnatura", { versione: "2001-05-07", "xml:lang": "it" }, [
    xml("Intestazione", {}, [
      text("Oggetto", entry.subject),
      xml("Identificatore", {}, [
        text("CodiceAmministrazione", organisationCode),
        text("CodiceAOO", aoo),
        text("NumeroRegistrazione", "0"),
        text("DataRegistrazione", "0"),
        text("Flusso", entry.flow),
      ]),
      xml("Mittente", {}, entry.flow === "E" ? party : own),
      xml("Destinatario", {}, entry.flow === "E" ? own : party),
      xml("Classifica", {}, [
        text("CodiceAmministrazione", organisationCode),
        text("CodiceAOO", aoo),
        text("CodiceTitolario", classification),
      ]),
    ]),
    xml("Descrizione", {}, [documentXml(main), ...(annexes.length > 0 ? [xml("Allegati", {}, annexes.map(documentXml))] : [])]),
    xml(
      "ApplicativoProtocollo",
      { nome: dialect.application },
      parameters.map(([nome, valore]) => xml("Parametro", { nome, valore }, [])),
    ),
  ]);
}

/** A body stands under `Amministrazione`, as in the vendors' samples, although an association is none; its representative is not sent. */
function partyXml(party: Party): string[] {
  const email = party.email === undefined ? [] : [xml("IndirizzoTelematico", { tipo: "smtp" }, [escaped(party.email)])];
  if ("code" in party)
    return [xml("Amministrazione", {}, [text("Denominazione", party.name), text("CodiceFiscale", party.code), ...email])];
  const names = [text("Nome", party.givenName), text("Cognome", party.familyName), text("CodiceFiscale", party.taxCode)];
  return [xml("Persona", { id: party.taxCode }, [...names, ...email])];
}

function ownXml({ organisationCode, organisationName, aoo }: Registrar, office: string | undefined): string[] {
  return [
    xml("Amministrazione", {}, [
      ...(organisationName === undefined ? [] : [text("Denominazione", organisationName)]),
      text("CodiceAmministrazione", organisationCode),
      ...(office === undefined ? [] : [xml("UnitaOrganizzativa", { id: office }, [])]),
    ]),
    xml("AOO", {}, [text("CodiceAOO", aoo)]),
  ];
}

const documentXml = ({ id, name }: StoredDocument) => xml("Documento", { id, nome: name }, [text("DescrizioneDocumento", name)]);

function xml(name: string, attributes: Record<string, string>, children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${written.join("")}>${children.join("")}</${name}>`;
}

const text = (name: string, value: string) => xml(name, {}, [escaped(value)]);

const references: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Line breaks and tabs become references: a parser would otherwise turn them into other white space. */
const escaped = (value: string) =>
  xmlText(value).replaceAll(/[&<>"'\t\n\r]/g, (character) => references[character] ?? `&#${character.charCodeAt(0)};`);

/** A text in the characters of XML 1.0: a space for a control character, U+FFFD for half a character. */
export const xmlText = (value: string): string =>
  value.replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, (found) => (/\p{Surrogate}/u.test(found) ? "\uFFFD" : " "));

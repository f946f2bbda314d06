/** The simulator's side of the wire: answers of 3002 and SOAP faults as XML. */
import { writeXml, type XmlElement } from "../../transport/xml.ts";
import type { SimulatedPerson } from "./population.ts";

const SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
const MESSAGES = "http://sogei.it/ANPR/3000consultazione";
const WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

export interface AnswerHeader {
  id: string;
  sender: string;
  /** `idOperazioneANPR`. */
  anprId: string;
  at: string;
}

export interface AnswerIssue {
  code: string;
  kind: "E" | "W";
  text: string;
  field?: string;
}

const envelope = (body: XmlElement): string => writeXml("anpr-simulator", { "soap:Envelope": { "@xmlns:soap": SOAP, "soap:Body": body } });

const message = (name: "Risposta3002_OK" | "rispostaKO", content: XmlElement): string =>
  envelope({ "anpr:Risposta3002": { "@xmlns:anpr": MESSAGES, [`anpr:${name}`]: content } });

function testata({ id, sender, anprId, at }: AnswerHeader, outcome: string): XmlElement {
  return {
    idOperazioneComune: id,
    codMittente: "999999",
    codDestinatario: sender,
    operazioneRichiesta: "3002",
    dataOraRichiesta: at,
    idOperazioneANPR: anprId,
    esitoOperazione: outcome,
  };
}

const errore = ({ code, kind, text, field }: AnswerIssue): XmlElement => ({
  codiceErroreAnomalia: code,
  tipoErroreAnomalia: kind,
  testoErroreAnomalia: text,
  ...(field === undefined ? {} : { campoErroreAnomalia: field }),
});

/** `rispostaKO` with one blocking error. */
export const refusal = (header: AnswerHeader, issue: Omit<AnswerIssue, "kind">): string =>
  message("rispostaKO", { testataRisposta: testata(header, "3"), listaErrori: { errore: [errore({ ...issue, kind: "E" })] } });

/** `Risposta3002_OK` with one person. */
export function found(header: AnswerHeader, person: SimulatedPerson): string {
  const warning: AnswerIssue = { code: "ENS050", kind: "W", text: "Dati in corso di allineamento", field: "residenza" };
  return message("Risposta3002_OK", {
    testataRisposta: testata(header, person.warning ? "6" : "2"),
    listaSoggetti: { datiSoggetto: [subject(person)] },
    listaAnomalie: person.warning ? { errore: [errore(warning)] } : undefined,
  });
}

function subject({ taxCode, familyName, givenName, sex, birthDate, birthPlace, home, deceasedOn }: SimulatedPerson): XmlElement {
  const comune = ({ name, istat, province }: typeof home.town): XmlElement => ({
    nomeComune: name,
    codiceIstat: istat,
    siglaProvinciaIstat: province,
  });
  return {
    identificativi: { idANPR: `SIM${taxCode.slice(6, 11)}` },
    generalita: {
      codiceFiscale: { codFiscale: taxCode, validitaCF: "1" },
      cognome: familyName,
      nome: givenName,
      sesso: sex,
      dataNascita: birthDate,
      luogoNascita:
        "town" in birthPlace
          ? { comune: comune(birthPlace.town) }
          : { localita: { descrizioneStato: birthPlace.country, codiceStato: birthPlace.code } },
    },
    residenza: {
      tipoIndirizzo: "1",
      indirizzo: {
        cap: home.postalCode,
        comune: comune(home.town),
        toponimo: { specie: home.kind, denominazioneToponimo: home.street },
        numeroCivico: { numero: home.number, lettera: home.letter },
      },
      dataDecorrenzaResidenza: home.since,
    },
    datiDecesso: deceasedOn === undefined ? undefined : { dataEvento: deceasedOn },
  };
}

/** A fault of the envelope: the request was not understood. */
export const clientFault = (text: string): string => envelope({ "soap:Fault": { faultcode: "soap:Client", faultstring: text } });

/** The fault of WS-Security for credentials that are refused. */
export const securityFault = (): string =>
  envelope({
    "soap:Fault": {
      "@xmlns:wsse": WSSE,
      faultcode: "wsse:FailedAuthentication",
      faultstring: "The security token could not be authenticated",
    },
  });

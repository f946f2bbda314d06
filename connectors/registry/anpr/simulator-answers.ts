/** The simulator's side of the wire: answers and SOAP faults as XML. */
import { writeXml, type XmlElement } from "../../transport/xml.ts";
import type { Home, SimulatedHousehold, SimulatedPerson } from "./population.ts";
import type { SimulatedOperation } from "./simulator-questions.ts";

const SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
const WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/** Namespace of each operation's messages, and the names of its refusal: they differ. */
const NAMES = {
  "3002": { namespace: "3000consultazione", refusal: "rispostaKO" },
  "3007": { namespace: "3000consultazione", refusal: "rispostaKO" },
  "5005": { namespace: "5000mutazione", refusal: "rispostaKO" },
  "6001": { namespace: "6001certificazione", refusal: "Risposta6001KO" },
} as const;

export interface AnswerHeader {
  operation: SimulatedOperation;
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

const message = (operation: SimulatedOperation, content: XmlElement): string =>
  envelope({
    [`anpr:Risposta${operation}`]: { "@xmlns:anpr": `http://sogei.it/ANPR/${NAMES[operation].namespace}`, ...content },
  });

function testata({ operation, id, sender, anprId, at }: AnswerHeader, outcome: string): XmlElement {
  return {
    idOperazioneComune: id,
    codMittente: "999999",
    codDestinatario: sender,
    operazioneRichiesta: operation,
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

/** A refusal with one blocking error. */
export const refusal = (header: AnswerHeader, issue: Omit<AnswerIssue, "kind">): string =>
  message(header.operation, {
    [`anpr:${NAMES[header.operation].refusal}`]: {
      testataRisposta: testata(header, "3"),
      listaErrori: { errore: [errore({ ...issue, kind: "E" })] },
    },
  });

/** `Risposta3002_OK` with one person. */
export function found(header: AnswerHeader, person: SimulatedPerson): string {
  const warning: AnswerIssue = { code: "ENS050", kind: "W", text: "Dati in corso di allineamento", field: "residenza" };
  return message("3002", {
    "anpr:Risposta3002_OK": {
      testataRisposta: testata(header, person.warning ? "6" : "2"),
      listaSoggetti: { datiSoggetto: [subject(person)] },
      listaAnomalie: person.warning ? { errore: [errore(warning)] } : undefined,
    },
  });
}

/** `Risposta3002_OK` with a household and all its members. */
export const foundHousehold = (header: AnswerHeader, { id, members }: SimulatedHousehold, home: Home): string =>
  message("3002", {
    "anpr:Risposta3002_OK": {
      testataRisposta: testata(header, "2"),
      listaSoggetti: { datiSoggetto: members.map(({ person, relationship }) => subject({ ...person, home }, relationship)) },
      datiFamigliaConvivenza: { residenza: residence(home), famigliaConvivenza: { idFamigliaConvivenzaANPR: id, tipoScheda: "3" } },
    },
  });

/** `Risposta5005` that the move is registered. */
export const changed = (header: AnswerHeader): string =>
  envelope({
    "anpr:Risposta5005": {
      "@xmlns:anpr": "http://sogei.it/ANPR/5000mutazione",
      "comune:Risposta_Comune": { "@xmlns:comune": "http://sogei.it/ANPR/rispostaComune", testataRisposta: testata(header, "2") },
    },
  });

/** `Risposta6001OK` with the certificate; `asked` are the request's own parameters, which the answer repeats. */
export const certified = (header: AnswerHeader, pdf: string, asked: XmlElement): string =>
  message("6001", {
    "anpr:Risposta6001OK": {
      testataRisposta: testata(header, "2"),
      protocolloANPR: { numeroProtocolloANPR: header.anprId },
      parametriRichiesta: asked,
      file: { certificatoPdf: Buffer.from(pdf, "utf8").toString("base64") },
    },
  });

/** `Risposta3007_OK`: the operations that stand under an id. */
export const lookedUp = (header: AnswerHeader, sought: string, kind: string, town: Home["town"], operations: XmlElement[]): string =>
  message("3007", {
    "anpr:Risposta3007_OK": {
      testataRisposta: testata(header, "2"),
      comuneRichiesta: { nomeComune: town.name, codiceIstat: header.sender, siglaProvinciaIstat: town.province },
      ricercaSingolaRichiesta: { idOperazioneComune: sought, tipoOperazione: kind },
      listaOperazioniAnpr: operations.length > 0 ? { operazioneANPR: operations } : undefined,
    },
  });

const comune = ({ name, istat, province }: Home["town"]): XmlElement => ({
  nomeComune: name,
  codiceIstat: istat,
  siglaProvinciaIstat: province,
});

const residence = (home: Home): XmlElement => ({
  tipoIndirizzo: "1",
  indirizzo: {
    cap: home.postalCode,
    comune: comune(home.town),
    toponimo: { specie: home.kind, denominazioneToponimo: home.street },
    numeroCivico: home.number === undefined ? undefined : { numero: home.number, lettera: home.letter },
  },
  dataDecorrenzaResidenza: home.since,
});

function subject(person: SimulatedPerson, relationship?: string): XmlElement {
  const { taxCode, familyName, givenName, sex, birthDate, birthPlace, home, deceasedOn } = person;
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
    residenza: residence(home),
    legameSoggetto: relationship === undefined ? undefined : { tipoLegame: "3", dataDecorrenza: home.since, codiceLegame: relationship },
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

/** Operation 3002 of ANPR (`interrogazioneCittadino_famiglia_convivenza`): its messages to and from the registry's terms. Pure. */
import { z } from "zod";
import { contractBroken } from "../../failure.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import type { Resident } from "../contract.ts";

export interface Header {
  id: bigint;
  municipality: string;
  mode: "TEST" | "PRE_SUB" | "PROD";
  software: { name: string; version: string; vendor: string };
  /** The instant of sending. */
  at: Date;
}

export interface Question {
  taxCode: string;
  /** `schedaAnagraficaRichiesta`, one digit. */
  card: string;
  /** `datiAnagraficiRichiesti`, one or two digits each. */
  requestedData: readonly string[];
}

/** ANPR's own code as a receiver. */
const ANPR = "999999";

/** The members of `Richiesta3002`, in the order of the schema. */
export function toRequest({ id, municipality, mode, software, at }: Header, { taxCode, card, requestedData }: Question): SoapArguments {
  return {
    testataRichiesta: {
      idOperazioneComune: id.toString(),
      codMittente: municipality,
      codDestinatario: ANPR,
      operazioneRichiesta: "3002",
      dataOraRichiesta: at.toISOString(),
      tipoOperazione: "C",
      tipoInvio: mode,
      nomeApplicativo: software.name,
      versioneApplicativo: software.version,
      fornitoreApplicativo: software.vendor,
    },
    criteriRicerca: { codiceFiscale: taxCode },
    datiRichiesta: {
      schedaAnagraficaRichiesta: card,
      dataRiferimentoRichiesta: civilDate(at),
      datiAnagraficiRichiesti: requestedData,
      // All municipalities: whoever lives elsewhere is then found there. The default is to change in ANPR's next major release.
      ricercaNazionale: "1",
    },
  };
}

const civilDate = (at: Date): string => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome" }).format(at);

/** The SOAP library gives a repeated element as an array, and the only one of an undeclared element as itself. */
const many = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? (value ?? []) : [value]), z.array(item));

const Text = z.string();
const Head = z.object({ idOperazioneComune: Text, esitoOperazione: Text });
const Issue = z.object({
  codiceErroreAnomalia: Text.min(1),
  tipoErroreAnomalia: z.enum(["E", "W"]),
  testoErroreAnomalia: Text.default(""),
});
const Issues = z.object({ errore: many(Issue) });
const Municipality = z.object({ nomeComune: Text, codiceIstat: Text.optional(), siglaProvinciaIstat: Text });
const Street = z.object({ specie: Text.optional(), denominazioneToponimo: Text.optional() });
const HouseNumber = z.object({ numero: Text.optional(), metrico: Text.optional(), lettera: Text.optional(), esponente1: Text.optional() });
const Location = z.object({
  cap: Text.optional(),
  comune: Municipality,
  toponimo: Street.optional(),
  numeroCivico: HouseNumber.optional(),
});
const Residence = z.object({
  indirizzo: Location.optional(),
  localitaEstera: z.unknown().optional(),
  dataDecorrenzaResidenza: Text.optional(),
});
const Birthplace = z.object({
  luogoEccezionale: Text.optional(),
  comune: Municipality.optional(),
  localita: z.object({ descrizioneLocalita: Text.optional(), descrizioneStato: Text }).optional(),
});
const Identity = z.object({
  codiceFiscale: z.object({ codFiscale: Text }).optional(),
  cognome: Text.optional(),
  nome: Text.optional(),
  dataNascita: Text.optional(),
  senzaGiorno: Text.optional(),
  senzaGiornoMese: Text.optional(),
  luogoNascita: Birthplace.optional(),
});
const Subject = z.object({ generalita: Identity, residenza: many(Residence), datiDecesso: z.unknown().optional() });
type Subject = z.infer<typeof Subject>;

const Answer = z.union([
  z.object({ rispostaKO: z.object({ testataRisposta: Head, listaErrori: Issues }) }),
  z.object({
    Risposta3002_OK: z.object({
      testataRisposta: Head,
      listaSoggetti: z.object({ datiSoggetto: many(Subject) }).optional(),
      listaAnomalie: Issues.optional(),
    }),
  }),
]);

export type Verdict =
  | { kind: "resident"; resident: Resident; warnings: string[] }
  /** Registered in another municipality or abroad. */
  | { kind: "elsewhere" }
  | { kind: "deceased" }
  | { kind: "nobody" }
  /** ANPR's own code of the first blocking error. */
  | { kind: "refused"; code: string };

/**
 * Reads `Risposta3002`. What contradicts the question (another id, another person) or itself breaks the contract, and so does an
 * answer from which the residence cannot be told.
 */
export function fromAnswer(result: unknown, asked: { id: bigint; taxCode: string; municipality: string }): Verdict {
  const parsed = Answer.safeParse(result);
  if (!parsed.success) throw contractBroken("SCHEMA", "anpr: the answer does not fit Risposta3002");
  const answer = parsed.data;
  const { testataRisposta: head } = "rispostaKO" in answer ? answer.rispostaKO : answer.Risposta3002_OK;
  if (head.idOperazioneComune !== asked.id.toString()) throw contractBroken("OTHER_ID", "anpr: this is the answer to another request");
  const issues = "rispostaKO" in answer ? answer.rispostaKO.listaErrori.errore : (answer.Risposta3002_OK.listaAnomalie?.errore ?? []);
  const error = issues.find(({ tipoErroreAnomalia }) => tipoErroreAnomalia === "E");
  if (error) return { kind: "refused", code: error.codiceErroreAnomalia };
  if ("rispostaKO" in answer || !POSITIVE.has(head.esitoOperazione))
    throw contractBroken("NO_REASON", "anpr: a negative answer names no error");
  const subject = theOne(answer.Risposta3002_OK.listaSoggetti?.datiSoggetto ?? [], asked.taxCode);
  if (!subject) return { kind: "nobody" };
  if (subject.datiDecesso !== undefined) return { kind: "deceased" };
  const residence = currentResidence(subject);
  if (!residence.indirizzo || residence.indirizzo.comune.codiceIstat !== asked.municipality) return { kind: "elsewhere" };
  const warnings = issues.map(({ codiceErroreAnomalia, testoErroreAnomalia }) => `${codiceErroreAnomalia} ${testoErroreAnomalia}`.trim());
  return { kind: "resident", resident: residentOf(subject, residence, asked.taxCode), warnings };
}

/** `esitoOperazione`: 2 positive, 6 positive with warnings; 3 negative, 4 cancelled. */
const POSITIVE = new Set(["2", "6"]);

function theOne(subjects: Subject[], taxCode: string): Subject | undefined {
  if (subjects.length === 0) return undefined;
  const same = subjects.filter(
    ({ generalita: { codiceFiscale } }) => codiceFiscale === undefined || codiceFiscale.codFiscale.toUpperCase() === taxCode,
  );
  const [only, ...others] = same;
  if (!only || others.length > 0) throw contractBroken("OTHER_PERSON", "anpr: the answer does not name exactly the person asked for");
  return only;
}

type Residence = z.infer<typeof Residence>;

/** The residence that began last: an answer may hold former ones too. */
function currentResidence({ residenza }: Subject): Residence {
  const [last] = residenza.toSorted((a, b) => (b.dataDecorrenzaResidenza ?? "").localeCompare(a.dataDecorrenzaResidenza ?? ""));
  const known = last && (last.localitaEstera !== undefined || last.indirizzo?.comune.codiceIstat !== undefined);
  if (!known) throw contractBroken("NO_RESIDENCE", "anpr: the answer does not tell in which municipality the person lives");
  return last;
}

function residentOf({ generalita }: Subject, { indirizzo, dataDecorrenzaResidenza }: Residence, taxCode: string): Resident {
  const { nome = "", cognome = "", luogoNascita: place } = generalita;
  const exact = generalita.senzaGiorno !== "1" && generalita.senzaGiornoMese !== "1";
  const birthPlace =
    place?.comune?.nomeComune ?? place?.localita?.descrizioneLocalita ?? place?.localita?.descrizioneStato ?? place?.luogoEccezionale;
  return present({
    taxCode,
    givenName: nome,
    familyName: cognome,
    birthDate: exact ? calendarDate(generalita.dataNascita) : undefined,
    birthPlace,
    address: indirizzo && addressOf(indirizzo),
    residentSince: calendarDate(dataDecorrenzaResidenza),
  });
}

/** A calendar date may carry an offset, which says nothing about the day. */
const calendarDate = (text: string | undefined): string | undefined => /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?$/.exec(text ?? "")?.[1];

/** Absent when it names no street: an address of the contract has one. */
function addressOf({ cap, comune, toponimo, numeroCivico }: z.infer<typeof Location>): Resident["address"] {
  const street = [toponimo?.specie, toponimo?.denominazioneToponimo].filter(Boolean).join(" ");
  if (street === "") return undefined;
  const number = [numeroCivico?.numero ?? numeroCivico?.metrico, numeroCivico?.lettera, numeroCivico?.esponente1].filter(Boolean).join("/");
  return present({
    street,
    number: number === "" ? undefined : number,
    postalCode: /^\d{5}$/.test(cap ?? "") ? cap : undefined,
    town: comune.nomeComune,
    province: comune.siglaProvinciaIstat.toUpperCase(),
  });
}

const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

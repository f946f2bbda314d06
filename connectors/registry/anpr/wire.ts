/** Operation 3002 of ANPR (`interrogazioneCittadino_famiglia_convivenza`): its messages to and from the registry's terms. Pure. */
import { z } from "zod";
import { contractBroken } from "../../failure.ts";
import { TaxCode } from "../../shared-types.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import type { Household, HouseholdMember, Resident } from "../contract.ts";
import { addressOf, Birthplace, calendarDate, Residence } from "./wire-address.ts";
import { civilDate, Errors, Head, type Header, headerOf, many, parsedAs, present, Refusal, said, Text } from "./wire-header.ts";

export interface Question {
  taxCode: string;
  /** `schedaAnagraficaRichiesta`, one digit. */
  card: string;
  /** `datiAnagraficiRichiesti`, one or two digits each. */
  requestedData: readonly string[];
}

/** The members of `Richiesta3002`, in the order of the schema. */
export function toRequest(header: Header, { taxCode, card, requestedData }: Question): SoapArguments {
  return {
    testataRichiesta: headerOf(header),
    criteriRicerca: { codiceFiscale: taxCode },
    datiRichiesta: {
      schedaAnagraficaRichiesta: card,
      dataRiferimentoRichiesta: civilDate(header.at),
      datiAnagraficiRichiesti: requestedData,
      // All municipalities: whoever lives elsewhere is then found there. The default is to change in ANPR's next major release.
      ricercaNazionale: "1",
    },
  };
}

const Identity = z.object({
  codiceFiscale: z.object({ codFiscale: Text }).optional(),
  cognome: Text.optional(),
  nome: Text.optional(),
  dataNascita: Text.optional(),
  senzaGiorno: Text.optional(),
  senzaGiornoMese: Text.optional(),
  luogoNascita: Birthplace.optional(),
});
const Subject = z.object({
  generalita: Identity,
  residenza: many(Residence),
  legameSoggetto: z.object({ codiceLegame: Text.optional() }).optional(),
  datiDecesso: z.unknown().optional(),
});
type Subject = z.infer<typeof Subject>;
const Family = z.object({
  residenza: Residence.optional(),
  famigliaConvivenza: z.object({ idFamigliaConvivenzaANPR: Text.optional() }).optional(),
});
const Found = z.object({
  testataRisposta: Head,
  listaSoggetti: z.object({ datiSoggetto: many(Subject) }).optional(),
  datiFamigliaConvivenza: Family.optional(),
  listaAnomalie: Errors.optional(),
});
type Found = z.infer<typeof Found>;

const Answer = z.union([z.object({ rispostaKO: Refusal }), z.object({ Risposta3002_OK: Found })]);

/** Why there is no result; `refused` with ANPR's own code of the first blocking error. */
export type Nothing =
  /** Registered in another municipality or abroad. */
  { kind: "elsewhere" } | { kind: "deceased" } | { kind: "nobody" } | { kind: "refused"; code: string };

export type Verdict<T> = { kind: "found"; output: T; warnings: string[] } | Nothing;

interface Asked {
  id: bigint;
  taxCode: string;
  municipality: string;
}

/**
 * Reads `Risposta3002` for one person. What contradicts the question (another id, another person) or itself breaks the contract, and so does an
 * answer from which the residence cannot be told.
 */
export const fromAnswer = (result: unknown, asked: Asked): Verdict<Resident> =>
  read(result, asked, (found) => {
    const subject = theOne(subjectsOf(found), asked.taxCode);
    if (!subject) return { kind: "nobody" };
    if (subject.datiDecesso !== undefined) return { kind: "deceased" };
    const residence = currentResidence(subject.residenza);
    return isHere(residence, asked) ? residentOf(subject, residence, asked.taxCode) : { kind: "elsewhere" };
  });

/** Reads `Risposta3002` for the household of a person; one without the household's id, or without that person, breaks the contract. */
export const householdFromAnswer = (result: unknown, asked: Asked): Verdict<Household> =>
  read(result, asked, (found) => {
    const members = subjectsOf(found);
    if (members.length === 0) return { kind: "nobody" };
    const subject = members.find(({ generalita }) => generalita.codiceFiscale?.codFiscale.toUpperCase() === asked.taxCode);
    if (!subject) throw contractBroken("OTHER_PERSON", "anpr: the household does not hold the person asked for");
    if (subject.datiDecesso !== undefined) return { kind: "deceased" };
    const family = found.datiFamigliaConvivenza;
    const residence = family?.residenza ?? currentResidence(subject.residenza);
    if (!isHere(residence, asked)) return { kind: "elsewhere" };
    const id = family?.famigliaConvivenza?.idFamigliaConvivenzaANPR;
    if (id === undefined) throw contractBroken("NO_HOUSEHOLD", "anpr: the answer does not name the household");
    return present({ id, address: residence.indirizzo && addressOf(residence.indirizzo), members: members.map(memberOf) });
  });

function read<T extends object>(result: unknown, asked: Asked, taken: (found: Found) => T | Nothing): Verdict<T> {
  const answer = parsedAs(Answer, result, "Risposta3002");
  const refusal = "rispostaKO" in answer;
  const part = refusal ? answer.rispostaKO : answer.Risposta3002_OK;
  const issues = refusal ? answer.rispostaKO.listaErrori.errore : (answer.Risposta3002_OK.listaAnomalie?.errore ?? []);
  const word = said(asked.id, part.testataRisposta, issues, refusal);
  if (word.kind === "no") return { kind: "refused", code: word.code };
  const output = taken((answer as { Risposta3002_OK: Found }).Risposta3002_OK);
  return isNothing(output) ? output : { kind: "found", output, warnings: word.warnings };
}

const isNothing = (value: object): value is Nothing => "kind" in value;

const subjectsOf = ({ listaSoggetti }: Found): Subject[] => listaSoggetti?.datiSoggetto ?? [];

function theOne(subjects: Subject[], taxCode: string): Subject | undefined {
  if (subjects.length === 0) return undefined;
  const same = subjects.filter(
    ({ generalita: { codiceFiscale } }) => codiceFiscale === undefined || codiceFiscale.codFiscale.toUpperCase() === taxCode,
  );
  const [only, ...others] = same;
  if (!only || others.length > 0) throw contractBroken("OTHER_PERSON", "anpr: the answer does not name exactly the person asked for");
  return only;
}

/** The residence that began last: an answer may hold former ones too. */
function currentResidence(residences: Residence[]): Residence {
  const [last] = residences.toSorted((a, b) => (b.dataDecorrenzaResidenza ?? "").localeCompare(a.dataDecorrenzaResidenza ?? ""));
  const known = last && (last.localitaEstera !== undefined || last.indirizzo?.comune.codiceIstat !== undefined);
  if (!known) throw contractBroken("NO_RESIDENCE", "anpr: the answer does not tell in which municipality the person lives");
  return last;
}

const isHere = ({ indirizzo }: Residence, { municipality }: Asked): boolean => indirizzo?.comune.codiceIstat === municipality;

function residentOf({ generalita }: Subject, { indirizzo, dataDecorrenzaResidenza }: Residence, taxCode: string): Resident {
  const place = generalita.luogoNascita;
  const birthPlace =
    place?.comune?.nomeComune ?? place?.localita?.descrizioneLocalita ?? place?.localita?.descrizioneStato ?? place?.luogoEccezionale;
  return present({
    taxCode,
    givenName: generalita.nome ?? "",
    familyName: generalita.cognome ?? "",
    birthDate: birthDateOf(generalita),
    birthPlace,
    address: indirizzo && addressOf(indirizzo),
    residentSince: calendarDate(dataDecorrenzaResidenza),
  });
}

function memberOf({ generalita, legameSoggetto }: Subject): HouseholdMember {
  return present({
    taxCode: TaxCode.safeParse(generalita.codiceFiscale?.codFiscale.toUpperCase()).data,
    givenName: generalita.nome ?? "",
    familyName: generalita.cognome ?? "",
    birthDate: birthDateOf(generalita),
    relationship: legameSoggetto?.codiceLegame,
  });
}

const birthDateOf = ({ senzaGiorno, senzaGiornoMese, dataNascita }: z.infer<typeof Identity>): string | undefined =>
  senzaGiorno === "1" || senzaGiornoMese === "1" ? undefined : calendarDate(dataNascita);

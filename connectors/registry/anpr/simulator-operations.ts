/** What the simulator does for each operation, once its id was taken. */
import type { Recorder } from "../../simulator.ts";
import { SIMULATOR_CODES } from "./error-codes.ts";
import { type Home, householdOf, isHouseholdId, MILAN, personOf, type SimulatedPerson } from "./population.ts";
import { type AnswerHeader, type AnswerIssue, certified, changed, found, foundHousehold, lookedUp } from "./simulator-answers.ts";
import { type Asked, at, child, text } from "./simulator-questions.ts";
import type { AnprSimulatorOptions, AnprState } from "./simulator.ts";

/** The answer, or the one blocking error. */
export type Performed = string | Omit<AnswerIssue, "kind">;

interface Performing {
  asked: Asked;
  header: AnswerHeader;
  state: AnprState;
  options: AnprSimulatorOptions;
  record: Recorder;
}

/** Card of a household, as the adapter's default setting has it. */
const HOUSEHOLD_CARD = "3";

export function perform(asked: Asked, header: AnswerHeader, state: AnprState, options: AnprSimulatorOptions, record: Recorder): Performed {
  if (asked.mode !== (options.mode ?? "TEST"))
    return { code: SIMULATOR_CODES.wrongEnvironment, text: "tipoInvio non compatibile con l'ambiente", field: "tipoInvio" };
  if (options.senders && !options.senders.includes(asked.sender))
    return { code: SIMULATOR_CODES.unknownSender, text: "Comune non abilitato", field: "codMittente" };
  const performing = { asked, header, state, options, record };
  switch (asked.operation) {
    case "3002":
      return consulted(performing);
    case "3007":
      return operationsUnder(performing);
    case "5005":
      return moved(performing);
    case "6001":
      return certificate(performing);
  }
}

const bad = (field: string): Performed => ({ code: SIMULATOR_CODES.badRequest, text: "Dati non validi", field });

function subjectOf(taxCode: string, { options }: Performing): SimulatedPerson | Performed {
  if (!/^[0-9A-Z]{11,16}$/.test(taxCode))
    return { code: SIMULATOR_CODES.badRequest, text: "Criteri di ricerca non validi", field: "codiceFiscale" };
  return personOf(taxCode, options.town ?? MILAN) ?? { code: SIMULATOR_CODES.unknownPerson, text: "Soggetto non trovato" };
}

const isPerson = (value: SimulatedPerson | Performed): value is SimulatedPerson => typeof value === "object" && "taxCode" in value;

function consulted(performing: Performing): Performed {
  const { asked, header, state } = performing;
  const person = subjectOf(text(at(asked.root, "criteriRicerca")["codiceFiscale"]), performing);
  if (!isPerson(person)) return person;
  const household = householdOf(person);
  const home = state.homes[household.id] ?? person.home;
  const card = text(at(asked.root, "datiRichiesta")["schedaAnagraficaRichiesta"]);
  return card === HOUSEHOLD_CARD ? foundHousehold(header, household, home) : found(header, { ...person, home });
}

function operationsUnder({ asked, header, state, options }: Performing): Performed {
  const one = at(asked.root, "ricercaSingolaRichiesta");
  const sought = text(one["idOperazioneComune"]);
  const kind = text(one["tipoOperazione"]);
  if (!/^[0-9]{1,30}$/.test(sought) || !/^[0-9]$/.test(kind)) return bad("ricercaSingolaRichiesta");
  const operations = state.answers
    .filter(({ sender, id }) => sender === asked.sender && id === sought)
    .map(({ operation, outcome, anprId }) => ({ statoLavorazione: outcome, tipoOperazione: operation, idOperazioneANPR: anprId }));
  return lookedUp(header, sought, kind, options.town ?? MILAN, operations);
}

function moved({ asked, header, state, record }: Performing): Performed {
  const household = text(at(asked.root, "generalitaSchedaFamiglia")["idFamigliaConvivenzaANPR"]);
  if (!isHouseholdId(household))
    return { code: SIMULATOR_CODES.unknownHousehold, text: "Famiglia non trovata", field: "idFamigliaConvivenzaANPR" };
  const home = homeOf(asked);
  if (!home) return bad("residenzaFamiglia");
  if (home.town.istat !== asked.sender) return { code: SIMULATOR_CODES.badRequest, text: "Comune non competente", field: "codiceIstat" };
  const control = at(asked.root, "datiControllo");
  if (!/^[0-9]{2}$/.test(text(control["tipoMutazione"])) || !/^[0-9]$/.test(text(control["tipoScheda"]))) return bad("datiControllo");
  state.homes[household] = home;
  const mark = text(at(asked.root, "datiDelProcedimento")["numeroPraticaComune"]);
  record({ operation: "5005", key: mark, reference: header.anprId, id: asked.id, sender: asked.sender });
  return changed(header);
}

function homeOf({ root }: Asked): Home | undefined {
  const residence = at(root, "residenzaFamiglia");
  const place = child(residence, "indirizzo");
  const [town, street, number] = [child(place, "comune"), child(place, "toponimo"), child(place, "numeroCivico")];
  const since = text(residence["dataDecorrenzaResidenza"]);
  const home: Home = {
    town: { name: text(town["nomeComune"]), istat: text(town["codiceIstat"]), province: text(town["siglaProvinciaIstat"]) },
    postalCode: text(place["cap"]),
    street: text(street["denominazioneToponimo"]),
    since,
    ...optional("kind", street["specie"]),
    ...optional("number", number["numero"]),
    ...optional("letter", number["lettera"]),
  };
  const complete = home.town.name !== "" && home.street !== "" && /^\d{5}$/.test(home.postalCode) && /^\d{4}-\d{2}-\d{2}$/.test(since);
  return complete ? home : undefined;
}

const optional = (name: "kind" | "number" | "letter", value: Parameters<typeof text>[0]): Partial<Home> =>
  text(value) === "" ? {} : { [name]: text(value) };

function certificate(performing: Performing): Performed {
  const { asked, header, record } = performing;
  const holder = at(asked.root, "soggettoIntestatario", "generalita");
  const person = subjectOf(text(child(holder, "codiceFiscale")["codFiscale"]), performing);
  if (!isPerson(person)) return person;
  const control = at(asked.root, "datiControllo");
  const parameters = ["tipoRichiedente", "tipoRichiesta", "paEstera", "emissione", "bollo", "diritti", "esenzioneBollo"] as const;
  const given = Object.fromEntries(parameters.flatMap((name) => (text(control[name]) === "" ? [] : [[name, text(control[name])]])));
  if (!("bollo" in given) || !("diritti" in given)) return bad("datiControllo");
  record({ operation: "6001", key: asked.protocol, reference: header.anprId, id: asked.id, sender: asked.sender });
  return certified(header, `%PDF-1.4\n% certificato di prova ${header.anprId}\n%%EOF\n`, given);
}

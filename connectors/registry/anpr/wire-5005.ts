/** Operation 5005 of ANPR (`mutazione_residenza`): a household moves within the municipality. Pure. */
import { z } from "zod";
import { contractBroken } from "../../failure.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import type { AddressChange } from "../contract.ts";
import { toLocation } from "./wire-address.ts";
import { Anomalies, Head, type Header, headerOf, parsedAs, Refusal, said } from "./wire-header.ts";

export interface AddressCodes {
  /** `tipoMutazione`, two digits. */
  change: string;
  /** `tipoIndirizzo`, one or two digits. */
  address: string;
}

/** `tipoScheda`: 3 is a household (documentation of `legameSoggetto/tipoLegame`). */
const HOUSEHOLD = "3";

/** The members of `Richiesta5005`, in the order of the schema; `mark` is the case's number at the municipality (`numeroPraticaComune`). */
export function toAddressChange(header: Header, change: AddressChange, mark: string, codes: AddressCodes): SoapArguments {
  const { household, address, since } = change;
  return {
    testataRichiesta: headerOf(header),
    generalitaSchedaFamiglia: { idFamigliaConvivenzaANPR: household, tipoScheda: HOUSEHOLD },
    residenzaFamiglia: {
      tipoIndirizzo: codes.address,
      indirizzo: toLocation(address, header.municipality),
      dataDecorrenzaResidenza: since,
    },
    datiDelProcedimento: { numeroPraticaComune: mark },
    datiControllo: { tipoMutazione: codes.change, tipoScheda: HOUSEHOLD },
  };
}

const Answer = z.union([
  z.object({ rispostaKO: Refusal }),
  z.object({ Risposta_Comune: z.object({ testataRisposta: Head, listaAnomalie: Anomalies.optional() }) }),
]);

export type AddressVerdict =
  | { kind: "done"; output: { operation: string }; warnings: string[] }
  /** ANPR's own code of the first blocking error. */
  | { kind: "refused"; code: string };

/** Reads `Risposta5005`: `operation` is ANPR's number of the act (`idOperazioneANPR`). */
export function fromAddressAnswer(result: unknown, id: bigint): AddressVerdict {
  const answer = parsedAs(Answer, result, "Risposta5005");
  const refusal = "rispostaKO" in answer;
  const head = refusal ? answer.rispostaKO.testataRisposta : answer.Risposta_Comune.testataRisposta;
  const issues = refusal ? answer.rispostaKO.listaErrori.errore : (answer.Risposta_Comune.listaAnomalie?.anomalie ?? []);
  const word = said(id, head, issues, refusal);
  if (word.kind === "no") return { kind: "refused", code: word.code };
  const operation = head.idOperazioneANPR;
  if (operation === undefined) throw contractBroken("NO_OPERATION", "anpr: the answer has no number of the operation");
  return { kind: "done", output: { operation }, warnings: word.warnings };
}

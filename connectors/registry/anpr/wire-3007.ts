/** Operation 3007 of ANPR (`ricerca_identificativi_anpr`): what ANPR holds under an id of ours. Pure. */
import { z } from "zod";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import { Head, type Header, headerOf, many, parsedAs, Refusal, said, Text } from "./wire-header.ts";

/** The members of `Richiesta3007`, in the order of the schema; `kind` is its `tipoOperazione`, one digit. */
export const toLookUp = (header: Header, sought: bigint, kind: string): SoapArguments => ({
  testataRichiesta: headerOf(header),
  ricercaSingolaRichiesta: { idOperazioneComune: sought.toString(), tipoOperazione: kind },
});

const Answer = z.union([
  z.object({ rispostaKO: Refusal }),
  z.object({
    Risposta3007_OK: z.object({
      testataRisposta: Head,
      ricercaSingolaRichiesta: z.object({ idOperazioneComune: Text.optional() }).optional(),
      listaOperazioniAnpr: z
        .object({ operazioneANPR: many(z.object({ statoLavorazione: Text.optional(), idOperazioneANPR: Text })) })
        .optional(),
    }),
  }),
]);

export type LookedUp =
  | { kind: "registered"; operation: string; status: string | undefined }
  | { kind: "nothing" }
  /** ANPR's own code of the first blocking error. */
  | { kind: "refused"; code: string };

/** Reads `Risposta3007` to the look-up that was sent under `id`. */
export function fromLookUp(result: unknown, id: bigint): LookedUp {
  const answer = parsedAs(Answer, result, "Risposta3007");
  if ("rispostaKO" in answer) {
    const word = said(id, answer.rispostaKO.testataRisposta, answer.rispostaKO.listaErrori.errore, true);
    return { kind: "refused", code: word.kind === "no" ? word.code : "" };
  }
  const { testataRisposta, listaOperazioniAnpr } = answer.Risposta3007_OK;
  const word = said(id, testataRisposta, [], false);
  if (word.kind === "no") return { kind: "refused", code: word.code };
  const [found] = listaOperazioniAnpr?.operazioneANPR ?? [];
  if (!found) return { kind: "nothing" };
  return { kind: "registered", operation: found.idOperazioneANPR, status: found.statoLavorazione };
}

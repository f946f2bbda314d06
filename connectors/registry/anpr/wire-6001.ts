/** Operation 6001 of ANPR (`emissioneCertificato`). Pure. */
import { z } from "zod";
import { contractBroken } from "../../failure.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import type { CertificateRequest } from "../contract.ts";
import { Anomalies, Errors, Head, type Header, headerOf, many, parsedAs, Refusal, said, Text } from "./wire-header.ts";

export interface CertificateTerms {
  /** `tipoCertificato`, one or two digits. */
  code: string;
  officer: { familyName: string; givenName: string };
}

/** The members of `Richiesta6001`, in the order of the schema: issued on line, to the holder, for use in Italy. */
export function toCertificateRequest(header: Header, asked: CertificateRequest, { code, officer }: CertificateTerms): SoapArguments {
  const { holder, stampDuty, exemption, fee } = asked;
  return {
    testataRichiesta: headerOf(header),
    listaTipiCertificati: { tipoCertificato: code },
    soggettoIntestatario: {
      generalita: { codiceFiscale: { codFiscale: holder.taxCode }, cognome: holder.familyName, nome: holder.givenName },
    },
    datiControllo: {
      cognomeUffAnagrafe: officer.familyName,
      nomeUffAnagrafe: officer.givenName,
      // 2: who asks is the holder. 1: a certificate, not data. 0: not for abroad. 2: issued on line.
      tipoRichiedente: "2",
      tipoRichiesta: "1",
      paEstera: "0",
      emissione: "2",
      bollo: String(stampDuty),
      diritti: String(fee),
      ...(exemption === undefined ? {} : { esenzioneBollo: exemption }),
    },
  };
}

const Answer = z.union([
  z.object({ Risposta6001KO: Refusal }),
  z.object({
    Risposta6001OK: z.object({
      testataRisposta: Head,
      protocolloANPR: z.object({ numeroProtocolloANPR: Text }).optional(),
      file: z.object({ certificatoPdf: z.base64().optional() }).optional(),
      listaErrori: many(Errors),
      listaAnomalie: Anomalies.optional(),
    }),
  }),
]);

export type CertificateVerdict =
  | { kind: "done"; number: string; pdf: Uint8Array; warnings: string[] }
  /** ANPR's own code of the first blocking error. */
  | { kind: "refused"; code: string };

/** Reads `Risposta6001`. An OK answer may carry errors: a blocking one makes it a refusal. */
export function fromCertificateAnswer(result: unknown, id: bigint): CertificateVerdict {
  const answer = parsedAs(Answer, withoutLineEnds(result), "Risposta6001");
  if ("Risposta6001KO" in answer) {
    const { testataRisposta, listaErrori } = answer.Risposta6001KO;
    const word = said(id, testataRisposta, listaErrori.errore, true);
    return { kind: "refused", code: word.kind === "no" ? word.code : "" };
  }
  const { testataRisposta, listaErrori, listaAnomalie, protocolloANPR, file } = answer.Risposta6001OK;
  const word = said(id, testataRisposta, [...listaErrori.flatMap(({ errore }) => errore), ...(listaAnomalie?.anomalie ?? [])], false);
  if (word.kind === "no") return { kind: "refused", code: word.code };
  const pdf = Buffer.from(file?.certificatoPdf ?? "", "base64");
  if (pdf.subarray(0, 5).toString("latin1") !== "%PDF-") throw contractBroken("NO_PDF", "anpr: the answer holds no certificate");
  const number = protocolloANPR?.numeroProtocolloANPR ?? testataRisposta.idOperazioneANPR;
  if (number === undefined) throw contractBroken("NO_NUMBER", "anpr: the certificate has no number");
  return { kind: "done", number, pdf, warnings: word.warnings };
}

/** `xs:base64Binary` may be broken over lines. */
function withoutLineEnds(result: unknown): unknown {
  const file = (result as { Risposta6001OK?: { file?: { certificatoPdf?: unknown } } } | undefined)?.Risposta6001OK?.file;
  if (typeof file?.certificatoPdf !== "string") return result;
  const answer = result as { Risposta6001OK: object };
  return { ...answer, Risposta6001OK: { ...answer.Risposta6001OK, file: { certificatoPdf: file.certificatoPdf.replaceAll(/\s/g, "") } } };
}

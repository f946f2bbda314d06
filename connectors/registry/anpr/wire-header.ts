/** What all of ANPR's messages share: the header of a request, and how an answer says yes or no. Pure. */
import { z } from "zod";
import { contractBroken } from "../../failure.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";

export interface Header {
  municipality: string;
  mode: "TEST" | "PRE_SUB" | "PROD";
  software: { name: string; version: string; vendor: string };
  /** The instant of sending; a request that is sent again keeps its first one. */
  at: Date;
  /** `3002`. */
  operation: string;
  /** `protocolloComune`: letters, digits, `-`, `_`, `/`, at most 20. */
  protocol?: string;
  /** `dataDecorrenza`: the day from which a change holds. */
  since?: string;
}

/** ANPR's own code as a receiver. */
const ANPR = "999999";

/** `testataRichiesta`, in the order of the schema, but for the id: see `withId`. */
export function headerOf({ municipality, mode, software, at, operation, protocol, since }: Header): SoapArguments {
  return {
    idOperazioneComune: "",
    codMittente: municipality,
    codDestinatario: ANPR,
    operazioneRichiesta: operation,
    dataOraRichiesta: at.toISOString(),
    tipoOperazione: "C",
    ...(protocol === undefined ? {} : { protocolloComune: protocol }),
    tipoInvio: mode,
    ...(since === undefined ? {} : { dataDecorrenza: since }),
    nomeApplicativo: software.name,
    versioneApplicativo: software.version,
    fornitoreApplicativo: software.vendor,
  };
}

/** The message under an id, which is drawn immediately before it is sent. */
export function withId(message: SoapArguments, id: bigint): SoapArguments {
  const header = message["testataRichiesta"] as SoapArguments;
  return { ...message, testataRichiesta: { ...header, idOperazioneComune: id.toString() } };
}

export const civilDate = (at: Date): string => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome" }).format(at);

/** The SOAP library gives a repeated element as an array, and the only one of an undeclared element as itself. */
export const many = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? (value ?? []) : [value]), z.array(item));

export const Text = z.string();
export const Head = z.object({ idOperazioneComune: Text, idOperazioneANPR: Text.optional(), esitoOperazione: Text });
const Issue = z.object({
  codiceErroreAnomalia: Text.min(1),
  tipoErroreAnomalia: z.enum(["E", "W"]),
  testoErroreAnomalia: Text.default(""),
});
export const Errors = z.object({ errore: many(Issue) });
/** Services 5000 and 6001 name the items so. */
export const Anomalies = z.object({ anomalie: many(Issue) });
export const Refusal = z.object({ testataRisposta: Head, listaErrori: Errors });

type Issue = z.infer<typeof Issue>;

/** `esitoOperazione`: 2 positive, 6 positive with warnings; 3 negative, 4 cancelled. */
const POSITIVE = new Set(["2", "6"]);

export type Said = { kind: "yes"; warnings: string[] } | { kind: "no"; code: string };

/** Yes or no, by the header and the issues of an answer; what contradicts the question or itself breaks the contract. */
export function said(asked: bigint, head: z.infer<typeof Head>, issues: Issue[], refusal: boolean): Said {
  if (head.idOperazioneComune !== asked.toString()) throw contractBroken("OTHER_ID", "anpr: this is the answer to another request");
  const error = issues.find(({ tipoErroreAnomalia }) => tipoErroreAnomalia === "E");
  if (error) return { kind: "no", code: error.codiceErroreAnomalia };
  if (refusal || !POSITIVE.has(head.esitoOperazione)) throw contractBroken("NO_REASON", "anpr: a negative answer names no error");
  return { kind: "yes", warnings: issues.map((one) => `${one.codiceErroreAnomalia} ${one.testoErroreAnomalia}`.trim()) };
}

/** The answer by its schema; `message` names it in the failure. */
export function parsedAs<T extends z.ZodType>(schema: T, result: unknown, message: string): z.infer<T> {
  const parsed = schema.safeParse(result);
  if (!parsed.success) throw contractBroken("SCHEMA", `anpr: the answer does not fit ${message}`);
  return parsed.data;
}

/** The object without members that are undefined. */
export const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

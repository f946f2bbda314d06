/** Contract of the project; not the interface of any real system. The mapping between the tax contract and `sanzioni.xsd`. Pure. */
import { z } from "zod";
import type { InputOf, OutputOf } from "../../contract.ts";
import { type CallFailure, contractBroken, misconfigured, notSent, rejected } from "../../failure.ts";
import { Cents, IsoDate } from "../../shared-types.ts";
import { writeXml } from "../../transport/xml.ts";
import type { tax } from "../contract.ts";

/** The namespace of both messages. */
export const NAMESPACE = "urn:darsena:municipal-xml:1";

export interface Caller {
  /** Cadastral code of the municipality: `F205`. */
  readonly municipality: string;
  readonly user: string;
  readonly password: string;
}

/** The request as XML text, to be encoded in ISO-8859-1. */
export const toRequest = ({ taxCode }: InputOf<typeof tax.openFines>, { municipality, user, password }: Caller): string =>
  writeXml(
    "tax",
    {
      RichiestaSanzioni: {
        "@xmlns": NAMESPACE,
        "@versione": "1.0",
        Intestazione: { CodiceEnte: municipality, Utente: user, Password: password },
        CodiceFiscale: taxCode,
      },
    },
    "ISO-8859-1",
  );

const CENTS = /^([0-9]{1,3}(?:\.[0-9]{3})*),([0-9]{2})$/;

/** `1.234,56` in cents; undefined when it is not such an amount. */
export function toCents(text: string): number | undefined {
  const match = CENTS.exec(text);
  return match ? Number(match[1]?.replaceAll(".", "")) * 100 + Number(match[2]) : undefined;
}

/** Cents as `1.234,56`. */
export const fromCents = (cents: number): string =>
  `${String(Math.trunc(cents / 100)).replaceAll(/\B(?=([0-9]{3})+$)/g, ".")},${String(cents % 100).padStart(2, "0")}`;

/** `05/03/2026` as `2026-03-05`; undefined when there is no such day. */
export function toIsoDate(text: string): string | undefined {
  const match = /^([0-9]{2})\/([0-9]{2})\/([0-9]{4})$/.exec(text);
  return match ? IsoDate.safeParse(`${match[3]}-${match[2]}-${match[1]}`).data : undefined;
}

/** `2026-03-05` as `05/03/2026`. */
export const fromIsoDate = (date: string): string => date.split("-").toReversed().join("/");

const read = <T>(parse: (text: string) => T | undefined, what: string) =>
  z.string().transform((text, context) => {
    const value = parse(text);
    if (value === undefined) context.addIssue({ code: "custom", message: `is not ${what}` });
    return value ?? z.NEVER;
  });

const Sanzione = z.object({
  Numero: z.string().regex(/^[0-9]{10}$/),
  DataVerbale: read(toIsoDate, "a date like 05/03/2026"),
  Importo: read(toCents, "an amount like 1.234,56").pipe(Cents),
  Targa: z.string().optional(),
});

/** The answer as `parseXml` gives it: an attribute begins with `@`, and `Sanzione` is always a list. */
const Risposta = z.object({
  RispostaSanzioni: z.object({
    Esito: z.object({ Codice: z.string().regex(/^[0-9]{3}$/) }),
    Sanzioni: z.object({ "@totale": read(toCents, "an amount like 1.234,56"), Sanzione: z.array(Sanzione).default([]) }).optional(),
  }),
});

/** Reads an answer's tree; throws `CallFailure` for a business error and for what does not fit the schema. */
export function toFines(tree: unknown): OutputOf<typeof tax.openFines> {
  const parsed = Risposta.safeParse(tree);
  if (!parsed.success) throw notOurs(parsed.error.issues.map(({ path }) => path.join(".")).join(", "));
  const { Esito, Sanzioni } = parsed.data.RispostaSanzioni;
  if (Esito.Codice !== "000") throw businessError(Esito.Codice);
  if (!Sanzioni) throw notOurs("RispostaSanzioni.Sanzioni");
  const items = Sanzioni.Sanzione.map(({ Numero, DataVerbale, Importo, Targa }) => ({
    reference: Numero,
    date: DataVerbale,
    amount: Importo,
    ...(Targa === undefined ? {} : { plate: Targa }),
  }));
  const total = items.reduce((sum, { amount }) => sum + amount, 0);
  if (total !== Sanzioni["@totale"]) throw contractBroken("TOTAL", "tax: the fines of the answer do not add up to its total");
  return { items, total };
}

/** Paths come from our schema, never from the answer's values. */
const notOurs = (paths: string) => contractBroken("SCHEMA", `tax: the answer does not fit its schema at ${paths}`);

function businessError(code: string): CallFailure {
  if (code === "010") return rejected("UNKNOWN_TAXPAYER", "tax: the system does not know this taxpayer");
  if (code === "050") return notSent("BUSY", "tax: the system says that it is busy and took nothing");
  if (code.startsWith("1"))
    return misconfigured(`TAX_${code}`, "tax: the system refuses the user, the password or the municipality's code");
  return rejected(`TAX_${code}`, `tax: the system answered with its error ${code}`);
}

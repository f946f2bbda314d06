/** Addresses and dates as ANPR writes them, both ways. Pure. */
import { z } from "zod";
import type { Address } from "../../shared-types.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import type { Resident } from "../contract.ts";
import { present, Text } from "./wire-header.ts";

const Municipality = z.object({ nomeComune: Text, codiceIstat: Text.optional(), siglaProvinciaIstat: Text });
const Street = z.object({ specie: Text.optional(), denominazioneToponimo: Text.optional() });
const HouseNumber = z.object({ numero: Text.optional(), metrico: Text.optional(), lettera: Text.optional(), esponente1: Text.optional() });
const Location = z.object({
  cap: Text.optional(),
  comune: Municipality,
  toponimo: Street.optional(),
  numeroCivico: HouseNumber.optional(),
});
export const Residence = z.object({
  indirizzo: Location.optional(),
  localitaEstera: z.unknown().optional(),
  dataDecorrenzaResidenza: Text.optional(),
});
export type Residence = z.infer<typeof Residence>;
export const Birthplace = z.object({
  luogoEccezionale: Text.optional(),
  comune: Municipality.optional(),
  localita: z.object({ descrizioneLocalita: Text.optional(), descrizioneStato: Text }).optional(),
});

/** A calendar date may carry an offset, which says nothing about the day. */
export const calendarDate = (text: string | undefined): string | undefined =>
  /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?$/.exec(text ?? "")?.[1];

/** Absent when it names no street: an address of the contract has one. */
export function addressOf({ cap, comune, toponimo, numeroCivico }: z.infer<typeof Location>): Resident["address"] {
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

/** Generic names of streets, which ANPR keeps apart from the rest; a street that begins otherwise is sent whole. */
const KINDS = /^(VIA|VIALE|PIAZZA|PIAZZALE|CORSO|LARGO|VICOLO|STRADA|CONTRADA|LOCALITÀ|FRAZIONE)\s+(.+)$/;
/** `12`, `12/B`, `12B`. */
const NUMBER = /^(\d{1,20})(?:\s*\/?\s*([A-Z]{1,10}))?$/;

/** `indirizzo` of an address in the municipality. A house number that is not like 12 or 12/B goes into `esponente1`, which takes letters, digits, spaces and hyphens. */
export function toLocation({ street, number, postalCode, town, province }: Address, municipality: string): SoapArguments {
  const [, kind, name] = KINDS.exec(street.toUpperCase()) ?? [];
  return {
    cap: postalCode,
    comune: { nomeComune: town.toUpperCase(), codiceIstat: municipality, siglaProvinciaIstat: province },
    toponimo: kind === undefined ? { denominazioneToponimo: street.toUpperCase() } : { specie: kind, denominazioneToponimo: name },
    ...(number === undefined ? {} : { numeroCivico: toHouseNumber(number.toUpperCase()) }),
  };
}

function toHouseNumber(number: string): SoapArguments {
  const [, digits, letter] = NUMBER.exec(number) ?? [];
  if (digits === undefined) return { esponente1: number.replaceAll(/[^0-9A-Z\- ]/g, " ") };
  return letter === undefined ? { numero: digits } : { numero: digits, lettera: letter };
}

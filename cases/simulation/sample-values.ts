/** The short names of sample values in scenarios: `@person`, `@file`, `@today+30`. All are invented. */
import type { Json, JsonObject } from "../../connectors/json.ts";
import { checkCharacter } from "../../connectors/tax-code.ts";
import { addDays, localDate } from "../calendar.ts";

const completed = (firstFifteen: string): string => firstFifteen + checkCharacter(firstFifteen);

const person = { taxCode: completed("PRVGLI85D45X001"), givenName: "Giulia", familyName: "Prova" };
const person2 = { taxCode: completed("FNTCRL70A10X002"), givenName: "Carlo", familyName: "Finto" };
const address = { street: "Via Inventata", number: "1", postalCode: "20100", town: "Milano", province: "MI" };

const values: Readonly<Record<string, Json>> = {
  person,
  person2,
  organisation: { code: "01234567897", name: "Associazione Inventata", representative: person },
  address,
  vehicle: { plate: "AB123CD" },
  file: { id: "att-0000000000000001", sha256: "0".repeat(64), bytes: 1_024, mediaType: "application/pdf", name: "prova.pdf" },
};

export const sampleNames: readonly string[] = [...Object.keys(values), "today", "today+30", "now"];

/** Why a short name stands for nothing; `path` leads to it. */
export class UnknownSample extends Error {
  override readonly name = "UnknownSample";
  readonly path: readonly (string | number)[];
  constructor(path: readonly (string | number)[], text: string) {
    super(`there is no sample "${text}"; there are ${sampleNames.map((one) => `@${one}`).join(", ")}; "@@" stands for "@"`);
    this.path = path;
  }
}

/** Puts sample values where their short names stand. `now` in ms. */
export function withSamples<T extends Json>(value: T, now: number, path: readonly (string | number)[] = []): T {
  if (typeof value === "string") return sampleOf(value, now, path) as T;
  if (Array.isArray(value)) return value.map((item, index) => withSamples(item, now, [...path, index])) as unknown as T;
  if (value === null || typeof value !== "object") return value;
  const filled: JsonObject = {};
  for (const [key, item] of Object.entries(value as JsonObject)) filled[key] = withSamples(item, now, [...path, key]);
  return filled as T;
}

function sampleOf(text: string, now: number, path: readonly (string | number)[]): Json {
  if (!text.startsWith("@") || text === "@effect") return text;
  if (text.startsWith("@@")) return text.slice(1);
  const instant = new Date(now).toISOString();
  if (text === "@now") return instant;
  const day = /^@today([+-]\d+)?$/.exec(text);
  if (day) return addDays(localDate(instant, "Europe/Rome"), Number(day[1] ?? 0));
  const value = values[text.slice(1)];
  if (value === undefined) throw new UnknownSample(path, text);
  return structuredCopy(value);
}

const structuredCopy = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

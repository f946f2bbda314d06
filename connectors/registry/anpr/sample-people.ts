/** Invented people for tests, examples and the simulator. No real person can have these tax codes: no place of birth has a code with X. */
import { checkCharacter } from "../../tax-code.ts";

const CONSONANTS = "BCDLMNPRTV";
const MONTHS = "ABCDEHLMPRST";

/** Surname letters by which the simulator knows whom to treat specially; everybody else lives in its municipality. */
export const SPECIAL = { nonResident: "FRS", unknown: "GNT", deceased: "DFN", withWarning: "VVS" } as const;

const completed = (fifteen: string): string => fifteen + checkCharacter(fifteen);

const digits = (value: number, count: number): string => String(value).padStart(count, "0");

/** A well-formed tax code of nobody; distinct for seeds from 0 to 19 999 999, the same for the same seed. */
export function inventTaxCode(seed: number): string {
  if (!Number.isSafeInteger(seed) || seed < 0 || seed >= 20_000_000) throw new RangeError("a seed is an integer from 0 to 19999999");
  const draw = (n: number) =>
    CONSONANTS[Math.imul(seed + 17, 2_654_435_761 + n * 40_503) >>> 28] ?? CONSONANTS[(seed + n) % CONSONANTS.length];
  const letters = [0, 1, 2, 3, 4, 5].map(draw).join("");
  const place = seed % 1_000;
  const day = (Math.floor(seed / 1_000) % 28) + 1;
  const month = MONTHS[Math.floor(seed / 28_000) % 12];
  const year = 40 + (Math.floor(seed / 336_000) % 60);
  return completed(`${letters}${digits(year, 2)}${month}${digits(day, 2)}X${digits(place, 3)}`);
}

/** One person of each kind that the simulator knows. */
export const SAMPLE = {
  resident: completed("PRVGLI85D45X001"),
  nonResident: completed(`${SPECIAL.nonResident}LCU70A10X002`),
  unknown: completed(`${SPECIAL.unknown}MRC92H15X003`),
  deceased: completed(`${SPECIAL.deceased}BRN31S20X004`),
  /** A resident with an anomaly that does not block. */
  withWarning: completed(`${SPECIAL.withWarning}NNA66M50X005`),
} as const;

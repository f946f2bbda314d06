/** The simulator's people: each a function of the tax code, so that any well-formed code is somebody. */
import { checkCharacter, hasValidCheckCharacter } from "../../tax-code.ts";
import { SPECIAL } from "./sample-people.ts";

export interface Town {
  name: string;
  istat: string;
  province: string;
}

/** A type, so that the simulator's state may hold it as JSON. */
export type Home = {
  town: { name: string; istat: string; province: string };
  postalCode: string;
  kind?: string;
  street: string;
  number?: string;
  letter?: string;
  since: string;
};

export interface SimulatedPerson {
  taxCode: string;
  familyName: string;
  givenName: string;
  sex: "M" | "F";
  birthDate: string;
  birthPlace: { town: Town } | { country: string; code: string };
  home: Home;
  deceasedOn?: string;
  /** An anomaly that does not block. */
  warning: boolean;
}

export const MILAN: Town = { name: "MILANO", istat: "015146", province: "MI" };
const ROME: Town = { name: "ROMA", istat: "058091", province: "RM" };
const PLACES: Readonly<Record<string, Town>> = {
  F205: MILAN,
  H501: ROME,
  L219: { name: "TORINO", istat: "001272", province: "TO" },
  F839: { name: "NAPOLI", istat: "063049", province: "NA" },
  G273: { name: "PALERMO", istat: "082053", province: "PA" },
};

const FAMILY_NAMES = ["PROVA", "ESEMPIO", "D'INVENZIONE", "MODELLO", "FINTI", "CAMPIONE", "DELLA BOZZA", "NICCOLÒ", "SAGGI", "FACSIMILE"];
const NAMES = { M: ["LUCA", "GIOSUÈ", "MARCO", "ANDREA", "PIETRO"], F: ["GIULIA", "ANNA", "CHIARA", "MARIA LUCE", "SARA"] } as const;
const STREETS = [
  ["VIA", "DELLE PROVE"],
  ["VIALE", "DEGLI ESEMPI"],
  ["PIAZZA", "DEI MODELLI"],
  ["CORSO", "DELL'INVENZIONE"],
  ["VIA", "SANT'ESEMPIO"],
] as const;

/** The person of a tax code: who they are by its letters, the rest by its hash. Undefined when the code is malformed or nobody's. */
export function personOf(taxCode: string, home: Town = MILAN): SimulatedPerson | undefined {
  if (!/^[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z]/.test(taxCode) || !hasValidCheckCharacter(taxCode)) return undefined;
  const surname = taxCode.slice(0, 3);
  if (surname === SPECIAL.unknown) return undefined;
  const { birthDate, sex } = bornBy(taxCode);
  const hash = hashOf(taxCode);
  const pick = <T>(from: readonly T[], salt: number): T => from[(hash + salt) % from.length] as T;
  const [kind, street] = pick(STREETS, 3);
  const number = (hash % 120) + 1;
  return {
    taxCode,
    familyName: pick(FAMILY_NAMES, 0),
    givenName: pick(NAMES[sex], 1),
    sex,
    birthDate,
    birthPlace: placeOf(taxCode.slice(11, 15)),
    home: {
      town: surname === SPECIAL.nonResident ? ROME : home,
      postalCode: surname === SPECIAL.nonResident ? "00184" : `201${String((hash % 62) + 1).padStart(2, "0")}`,
      kind,
      street,
      number: String(number),
      ...(number % 5 === 0 ? { letter: "B" } : {}),
      since: `${2001 + (hash % 20)}-${String((hash % 12) + 1).padStart(2, "0")}-15`,
    },
    ...(surname === SPECIAL.deceased ? { deceasedOn: "2024-02-29" } : {}),
    warning: surname === SPECIAL.withWarning,
  };
}

export interface SimulatedHousehold {
  id: string;
  members: { person: SimulatedPerson; relationship: string }[];
}

const HOUSEHOLD = /^70[0-9]{10}$/;

/** Whether an id is one that `householdOf` gives. */
export const isHouseholdId = (id: string): boolean => HOUSEHOLD.test(id);

/** The household of a person: they are its reference person, and up to two others of the same family name live with them. */
export function householdOf(person: SimulatedPerson): SimulatedHousehold {
  const hash = hashOf(person.taxCode);
  const relatives = Array.from({ length: hash % 3 }, (_, index) => relativeOf(person, index));
  return {
    id: `70${String(hash).padStart(10, "0")}`,
    members: [
      { person, relationship: "1" },
      ...relatives.map((relative, index) => ({ person: relative, relationship: String(index + 2) })),
    ],
  };
}

function relativeOf(person: SimulatedPerson, index: number): SimulatedPerson {
  const sex = index === 0 && person.sex === "M" ? "F" : "M";
  const givenName = NAMES[sex][(hashOf(person.taxCode) + index) % NAMES[sex].length] as string;
  const letters = index === 0 ? "XXA" : "XXB";
  const fifteen = person.taxCode.slice(0, 3) + letters + person.taxCode.slice(6, 15);
  return { ...person, taxCode: fifteen + checkCharacter(fifteen), givenName, sex };
}

const MONTHS = "ABCDEHLMPRST";
const OMOCODIA = "LMNPQRSTUV";

const digitsOf = (text: string): number => Number([...text].map((one) => (OMOCODIA.includes(one) ? OMOCODIA.indexOf(one) : one)).join(""));

/** Birth date and sex as article 2 of DM 23 December 1976 writes them; a year up to 25 is taken for this century. */
function bornBy(taxCode: string): { birthDate: string; sex: "M" | "F" } {
  const year = digitsOf(taxCode.slice(6, 8));
  const month = MONTHS.indexOf(taxCode.charAt(8)) + 1;
  const coded = digitsOf(taxCode.slice(9, 11));
  const day = Math.min(Math.max(coded > 40 ? coded - 40 : coded, 1), 28);
  const full = (year <= 25 ? 2000 : 1900) + year;
  return { birthDate: `${full}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`, sex: coded > 40 ? "F" : "M" };
}

function placeOf(code: string): SimulatedPerson["birthPlace"] {
  if (code.startsWith("Z")) return { country: "STATO D'ESEMPIO", code: "999" };
  return { town: PLACES[code] ?? MILAN };
}

function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  return hash >>> 0;
}

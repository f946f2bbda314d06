/** What ANPR's error codes mean to Darsena. */
import { z } from "zod";

/** `ID_TOO_LOW`: a higher operation id was already used. `MISCONFIGURED`: environment, sender or certificate. */
export const CodeMeaning = z.enum(["NOT_FOUND", "NOT_RESIDENT", "DECEASED", "ID_TOO_LOW", "MISCONFIGURED"]);
export type CodeMeaning = z.infer<typeof CodeMeaning>;

/**
 * The simulator's own codes. Those of the real ANPR look alike (`EC001`, `EN053`; letters and digits, at most six), but their meanings are in
 * a table that is not public: a municipality writes the codes that its agreement names into the setting `errorCodes`.
 */
export const SIMULATOR_CODES = {
  unknownPerson: "ENS001",
  idTooLow: "ENS002",
  wrongEnvironment: "ENS003",
  unknownSender: "ENS004",
  badRequest: "ENS005",
  unknownHousehold: "ENS006",
  refused: "ENS099",
} as const;

/** The meanings that hold when the setting is absent. */
export const SIMULATOR_MEANINGS: Readonly<Record<string, CodeMeaning>> = {
  [SIMULATOR_CODES.unknownPerson]: "NOT_FOUND",
  [SIMULATOR_CODES.unknownHousehold]: "NOT_FOUND",
  [SIMULATOR_CODES.idTooLow]: "ID_TOO_LOW",
  [SIMULATOR_CODES.wrongEnvironment]: "MISCONFIGURED",
  [SIMULATOR_CODES.unknownSender]: "MISCONFIGURED",
};

/** The simulator's own codes of kinds of certificate: the real ones are in a decode table that is not public. */
export const SIMULATOR_CERTIFICATES: Readonly<Record<string, string>> = {
  residence: "1",
  household: "2",
  birth: "3",
  citizenship: "4",
  "civil-status": "5",
};

const Meanings = z.record(z.string().regex(/^[0-9A-Za-z]{1,6}$/, "is not an ANPR error code"), CodeMeaning);

const Kinds = z.record(z.string(), z.string().regex(/^[0-9]{1,2}$/, "is not a code of 1 or 2 digits"));

/** A table as an object in a file, as `a=b,c=d` in a variable. */
const table = <T extends z.ZodType>(entries: T) =>
  z.preprocess(
    (value) =>
      typeof value === "string" ? Object.fromEntries(value.split(",").map((pair) => pair.split("=").map((part) => part.trim()))) : value,
    entries,
  );

/** `{"EN123": "NOT_FOUND"}` in a file, `EN123=NOT_FOUND,EN124=DECEASED` in a variable. */
export const ErrorCodes = table(Meanings);

/** `{"residence": "1"}` in a file, `residence=1,household=2` in a variable. */
export const CertificateCodes = table(Kinds);

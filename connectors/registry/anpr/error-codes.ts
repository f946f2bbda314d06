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
  refused: "ENS099",
} as const;

/** The meanings that hold when the setting is absent. */
export const SIMULATOR_MEANINGS: Readonly<Record<string, CodeMeaning>> = {
  [SIMULATOR_CODES.unknownPerson]: "NOT_FOUND",
  [SIMULATOR_CODES.idTooLow]: "ID_TOO_LOW",
  [SIMULATOR_CODES.wrongEnvironment]: "MISCONFIGURED",
  [SIMULATOR_CODES.unknownSender]: "MISCONFIGURED",
};

const Meanings = z.record(z.string().regex(/^[0-9A-Za-z]{1,6}$/, "is not an ANPR error code"), CodeMeaning);

/** `{"EN123": "NOT_FOUND"}` in a file, `EN123=NOT_FOUND,EN124=DECEASED` in a variable. */
export const ErrorCodes = z.preprocess(
  (value) =>
    typeof value === "string" ? Object.fromEntries(value.split(",").map((pair) => pair.split("=").map((part) => part.trim()))) : value,
  Meanings,
);

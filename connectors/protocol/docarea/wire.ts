/** The pure mapping between the contract and DOCAREA's fields, both ways. */
import { z } from "zod";
import { contractBroken } from "../../failure.ts";
import { IsoDate } from "../../shared-types.ts";
import type { Registration } from "../contract.ts";
import type { Dialect, DialectRequest, FieldValue } from "./dialects.ts";

/** The arguments of a request, in the order of its schema. */
export function argumentsOf(request: DialectRequest, values: Partial<Record<FieldValue, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.fields).map(([field, value]) => {
      const found = values[value];
      if (found === undefined) throw new TypeError(`${request.operation}: no value for ${field} (${value})`);
      return [field, found];
    }),
  );
}

/** An xs:long as its decimal text: never a JavaScript number, which rounds above 2^53. */
const Long = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().regex(/^[+-]?[0-9]{1,19}$/))
  .transform((value) => BigInt(value).toString());
/** A number that an error's answer may leave out, empty or nil. */
const OptionalLong = z
  .union([Long, z.null(), z.literal("")])
  .optional()
  .transform((value) => value || undefined);
/** Optional and nillable: anything but a text counts as absent. */
const Text = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === "string" && value !== "" ? value : undefined));
const common = { lngErrNumber: Long, strErrString: Text };

export const LoginRet = z.object({ strDST: Text, ...common });
export const InserimentoRet = z.object({ lngDocID: OptionalLong, ...common });
export const ProtocollazioneRet = z.object({ lngNumPG: OptionalLong, lngAnnoPG: OptionalLong, strDataPG: Text, ...common });

/** Reads the element that holds a request's answer; a form that is not the interface's is `contract-broken`. */
export function answerOf<S extends z.ZodType>(schema: S, request: DialectRequest, body: unknown): z.infer<S> {
  const parsed = z.object({ [request.result]: schema }).safeParse(body);
  if (parsed.success) return parsed.data[request.result] as z.infer<S>;
  const paths = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw contractBroken("ANSWER_SHAPE", `${request.operation}: the answer does not have the interface's form at ${paths}`);
}

/** Whether an error says that the session is over, so that nothing was done. */
export function isSessionExpired(answer: { lngErrNumber: string; strErrString?: string }, errors: Dialect["errors"]): boolean {
  if (answer.lngErrNumber === "0") return false;
  const { codes, text } = errors.sessionExpired;
  return codes.includes(answer.lngErrNumber) || (answer.strErrString?.toLowerCase().includes(text.toLowerCase()) ?? false);
}

/** The registration in the contract's form, its number printed by the municipality's rule. Undefined without a number and a year. */
export function registrationOf(
  answer: z.infer<typeof ProtocollazioneRet>,
  numberFormat: string,
  dateFormats: readonly string[],
): Registration | undefined {
  const { lngNumPG, lngAnnoPG, strDataPG } = answer;
  const year = Number(lngAnnoPG ?? 0);
  if (!isPositive(lngNumPG) || year < 1900 || year > 9999) return undefined;
  const date = strDataPG === undefined ? undefined : dateOf(strDataPG, dateFormats);
  return {
    number: printedNumber(lngNumPG, year, numberFormat),
    year,
    ...(date === undefined ? {} : { date }),
    ...(strDataPG === undefined ? {} : { rawDate: strDataPG.slice(0, 100) }),
  };
}

export const isPositive = (long: string | undefined): long is string => long !== undefined && BigInt(long) > 0n;

/** `{number:7}/{year}` prints 4711 of 2026 as `0004711/2026`. */
export const printedNumber = (number: string, year: number, format: string): string =>
  format.replaceAll(/\{(number|year)(?::([0-9]{1,2}))?\}/g, (_, what: string, width?: string) =>
    (what === "number" ? number : String(year)).padStart(Number(width ?? 0), "0"),
  );

/** The calendar date at the beginning of a text, or undefined. A time with an offset is not read: its date depends on the place. */
export function dateOf(raw: string, formats: readonly string[]): string | undefined {
  for (const format of formats) {
    const pattern = format
      .replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")
      .replace("yyyy", "(?<year>[0-9]{4})")
      .replace("MM", "(?<month>[0-9]{2})")
      .replace("dd", "(?<day>[0-9]{2})");
    const parts = new RegExp(`^${pattern}(?:[ T][0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?)?$`).exec(raw.trim())?.groups;
    const date = IsoDate.safeParse(`${parts?.["year"]}-${parts?.["month"]}-${parts?.["day"]}`);
    if (date.success) return date.data;
  }
  return undefined;
}

/** Our marker in brackets after the subject, within `max` UTF-16 units: the subject is cut, never the marker. Undefined when nothing of the subject would be left. */
export function markedSubject(subject: string, marker: string, max: number): string | undefined {
  const suffix = ` [${marker}]`;
  if (subject.length + suffix.length <= max) return subject + suffix;
  const room = max - suffix.length - CUT.length;
  if (room < 1) return undefined;
  let cut = "";
  for (const character of subject) {
    if (cut.length + character.length > room) break;
    cut += character;
  }
  return cut.trimEnd() + CUT + suffix;
}

const CUT = "...";

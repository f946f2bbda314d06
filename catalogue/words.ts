/** The small words of the language: identifiers, durations, texts. Their descriptions are the reference's and the editors'. */
import { z } from "zod";
import { outcomes } from "../cases/status.ts";

export const Identifier = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]*$/, "is not a camelCase identifier")
  .describe("A camelCase name of letters and digits; a hyphen would be a subtraction in expressions.");
export const ServiceId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{2,60}$/, "is not a service id such as disabled-parking-pass")
  .describe("A service's name, such as `disabled-parking-pass`: 3 to 61 small letters, digits and hyphens.");
/** ISO 8601 duration of days, hours, minutes or seconds: `P10D`, `PT15M`. */
export const Duration = z
  .string()
  .regex(/^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'is not a duration such as "P10D" or "PT15M"')
  .describe(
    "An ISO 8601 duration of days, hours, minutes or seconds, such as `P10D` or `PT15M`. Months and years have no fixed length and are not taken.",
  );
export const TextSchema = z
  .strictObject({ en: z.string().min(1).describe("The English text."), it: z.string().min(1).describe("The Italian text.") })
  .describe("A text in both languages: `{ en: Parking pass, it: Contrassegno }`. A missing one is a finding.");
export const Outcome = z.enum(outcomes).describe("How a case can end.");
/** JSON whose texts may hold `${...}`. */
export const Template = z
  .json()
  .describe(
    "Any value. A text in it may hold expressions in `${...}`: a text that is one expression keeps the value's type, inside a longer text it becomes text.",
  );
/** A CEL expression without `${}`. */
export const Expression = z.string().min(1).describe("A CEL expression as it stands, without `${}`, such as `has(steps.fee)`.");
/** Field name to type: `{ plate: "Plate?" }`. */
export const FieldsSchema = z
  .record(Identifier, z.string())
  .describe('Fields, each with its type: `{ plate: "Plate?", kind: "new | renewal" }`.');

/** The small words of the language: identifiers, durations, texts. */
import { z } from "zod";
import { outcomes } from "../cases/status.ts";

export const Identifier = z.string().regex(/^[a-z][A-Za-z0-9]*$/, "is not a camelCase identifier");
export const ServiceId = z.string().regex(/^[a-z][a-z0-9-]{2,60}$/, "is not a service id such as disabled-parking-pass");
/** ISO 8601 duration of days, hours, minutes or seconds: `P10D`, `PT15M`. */
export const Duration = z.string().regex(/^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'is not a duration such as "P10D" or "PT15M"');
export const TextSchema = z.strictObject({ en: z.string().min(1), it: z.string().min(1) });
export const Outcome = z.enum(outcomes);
/** JSON whose texts may hold `${...}`. */
export const Template = z.json();
/** A CEL expression without `${}`. */
export const Expression = z.string().min(1);
/** Field name to type: `{ plate: "Plate?" }`. */
export const FieldsSchema = z.record(Identifier, z.string());

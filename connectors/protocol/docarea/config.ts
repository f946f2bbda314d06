import { z } from "zod";
import { Secret } from "../../shared-types.ts";
import { tlsShape } from "../../transport/tls-settings.ts";
import { dialectNames } from "./dialects.ts";

const code = z.string().min(1).max(60);
const numberFormat = z
  .string()
  .max(60)
  .regex(/\{number(?::[0-9]{1,2})?\}/, "must contain {number} or, with a width, {number:7}");

/** Settings of the adapter: what each municipality agrees with its vendor. */
export const DocareaConfig = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).describe("address of the DOCAREA service"),
  dialect: z.enum(dialectNames).describe("the vendor's way of speaking DOCAREA"),
  organisationCode: code.describe("`CodiceAmministrazione`, also the `strCodEnte` of the log-in"),
  organisationName: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("`Denominazione` of the municipality in the Segnatura; left out when absent"),
  aoo: code.describe("`CodiceAOO`: the organisational area that keeps the register"),
  username: z.string().min(1).describe("user of the log-in"),
  password: Secret.describe("its password"),
  classification: code.describe("`CodiceTitolario`: the entry of the classification scheme under which these registrations stand"),
  subjectMaxLength: z
    .int()
    .min(120)
    .max(4_000)
    .default(250)
    .describe(
      "longest `Oggetto` that the vendor stores whole; our marker needs up to about 100 of it, so the subject is cut to what remains",
    ),
  numberFormat: numberFormat.default("{number:7}/{year}").describe("how the number is printed: `{number:7}/{year}` gives `0004711/2026`"),
  acceptSignatureWarning: z
    .boolean()
    .default(false)
    .describe(
      "whether a file is registered although the protocol could not verify its signature (vendor code -51); the case then keeps a warning",
    ),
  unavailableIsNotTaken: z
    .boolean()
    .default(false)
    .describe('whether the vendor confirms that HTTP 503 and 429 mean "nothing was taken"; otherwise either one may hide a registration'),
  maxDocumentBytes: z
    .int()
    .min(1)
    .max(50_000_000)
    .default(20_000_000)
    .describe("largest single document; a message holds it whole, in base64"),
  deadlineMs: z
    .int()
    .min(100)
    .max(120_000)
    .default(15_000)
    .describe("bound on the log-in, which many calls share; every other request is bound by its call"),
  ...tlsShape,
});
export type DocareaConfig = z.infer<typeof DocareaConfig>;

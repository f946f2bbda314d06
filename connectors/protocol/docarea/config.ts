import { z } from "zod";
import { Secret } from "../../shared-types.ts";
import { dialectNames } from "./dialects.ts";

const code = z.string().min(1).max(60);
const numberFormat = z
  .string()
  .max(60)
  .regex(/\{number(?::[0-9]{1,2})?\}/, "must contain {number} or, with a width, {number:7}");

/** Settings of the adapter: what each municipality agrees with its vendor. */
export const DocareaConfig = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }),
  dialect: z.enum(dialectNames),
  /** `CodiceAmministrazione`, also the `strCodEnte` of the log-in. */
  organisationCode: code,
  /** `Denominazione` of the municipality in the Segnatura; left out when absent. */
  organisationName: z.string().min(1).max(200).optional(),
  /** `CodiceAOO`: the organisational area that keeps the register. */
  aoo: code,
  username: z.string().min(1),
  password: Secret,
  /** `CodiceTitolario`: the entry of the classification scheme under which these registrations stand. */
  classification: code,
  /** Longest `Oggetto` that the vendor stores whole. Our marker needs up to about 100 of it, so the subject is cut to what remains. */
  subjectMaxLength: z.int().min(120).max(4_000).default(250),
  /** How the number is printed: `{number:7}/{year}` gives `0004711/2026`. */
  numberFormat: numberFormat.default("{number:7}/{year}"),
  /** Whether a file is registered although the protocol could not verify its signature (vendor code -51); the case then keeps a warning. */
  acceptSignatureWarning: z.boolean().default(false),
  /** Whether the vendor confirms that HTTP 503 and 429 mean "nothing was taken". Otherwise either one may hide a registration. */
  unavailableIsNotTaken: z.boolean().default(false),
  /** Largest single document; a message holds it whole, in base64. */
  maxDocumentBytes: z.int().min(1).max(50_000_000).default(20_000_000),
  /** Bound on the log-in, which many calls share; every other request is bound by its call. */
  deadlineMs: z.int().min(100).max(120_000).default(15_000),
});
export type DocareaConfig = z.infer<typeof DocareaConfig>;

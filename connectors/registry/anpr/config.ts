/** Settings of the adapter; facts of the wire that an agreement, a decode table or a later release may change are among them. */
import { z } from "zod";
import { tlsShape } from "../../transport/tls-settings.ts";
import { CertificateCodes, ErrorCodes, SIMULATOR_CERTIFICATES, SIMULATOR_MEANINGS } from "./error-codes.ts";

const software = (most: number) =>
  z
    .string()
    .regex(/^[0-9a-zA-Z.\- ]+$/, "holds other characters than letters, digits, '.', '-' and space")
    .max(most);

const digits = (least: number, most: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9]{${least},${most}}$`), least === most ? `is not ${least} digit(s)` : `is not ${least} to ${most} digits`);

const name = z
  .string()
  .regex(/^[Ii-À-žƉa-zA-Z\- '.,]+$/, "holds characters that ANPR does not take in a name")
  .max(80)
  .optional();

const url = z.url({ protocol: /^https?$/ });
const ms = z.coerce.number().int().min(100).optional();

export const AnprConfig = z.object({
  endpoint: url.describe("where service 3000 listens; the address in ANPR's own WSDL is never used"),
  mutationEndpoint: url.optional().describe("where service 5000 (changes) listens; `endpoint` when absent"),
  certificateEndpoint: url.optional().describe("where service 6001 (certificates) listens; `endpoint` when absent"),
  municipality: z
    .string()
    .regex(/^[0-9]{6}$/, "is not an ISTAT code of 6 digits")
    .describe("ISTAT code of the municipality: the sender, and where a person must live to be a resident"),
  mode: z.enum(["TEST", "PRE_SUB", "PROD"]).describe("ANPR's environment (`tipoInvio`)"),
  softwareName: z
    .string()
    .regex(/^[0-9a-zA-Z. ]+$/, "holds other characters than letters, digits, '.' and space")
    .max(80)
    .default("Darsena")
    .describe("name of the software as agreed with ANPR"),
  softwareVersion: software(80).default("0.1.0").describe("its version"),
  softwareVendor: software(80).default("Darsena").describe("its vendor"),
  deadlineMs: ms.describe("bound of each exchange, when it is to be shorter than the operation's deadline"),
  settleMs: ms.describe(
    "so long after an exchange's deadline a write without an answer is sent again under its id before others go on; a minute, or twice the deadline if that is longer",
  ),
  card: digits(1, 1)
    .default("1")
    .describe("`schedaAnagraficaRichiesta` for one person; the meaning of the digits is in ANPR's decode tables"),
  householdCard: digits(1, 1).default("3").describe("the same for a household"),
  requestedData: z
    .string()
    .regex(/^$|^[0-9]{1,2}(,[0-9]{1,2})*$/, "is not a list like 1,2,10")
    .default("")
    .describe("`datiAnagraficiRichiesti`: `1,2,10`; none when absent"),
  lookUpKind: digits(1, 1).default("1").describe("`tipoOperazione` of a look-up (3007), from ANPR's decode tables"),
  addressChangeCode: digits(2, 2)
    .default("02")
    .describe("`tipoMutazione` of a move within the municipality (5005), from ANPR's decode tables"),
  addressKind: digits(1, 2).default("1").describe("`tipoIndirizzo` of the new home, from ANPR's decode tables"),
  certificateCodes: CertificateCodes.default({ ...SIMULATOR_CERTIFICATES }).describe(
    "`tipoCertificato` for each kind, from ANPR's decode tables: `residence=1,household=2`; a kind that is not listed is not issued",
  ),
  officerFamilyName: name.describe("family name of the registry officer that certificates name; none is issued without it"),
  officerGivenName: name.describe("their given name"),
  errorCodes: ErrorCodes.default({ ...SIMULATOR_MEANINGS }).describe(
    "meanings of ANPR's error codes, `EN123=NOT_FOUND,EN124=DECEASED`; codes that are not listed are passed on as they are, and the case parks",
  ),
  ...tlsShape,
});
export type AnprConfig = z.infer<typeof AnprConfig>;

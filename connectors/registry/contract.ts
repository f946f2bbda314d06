import { z } from "zod";
import { contract, read, write } from "../contract.ts";
import { Address, AttachmentRef, IsoDate, TaxCode } from "../shared-types.ts";

const KnownAddress = Address.partial({ postalCode: true });

/** A resident as the population register knows them. */
export const Resident = z.strictObject({
  taxCode: TaxCode,
  givenName: z.string(),
  familyName: z.string(),
  birthDate: IsoDate.optional(),
  birthPlace: z.string().optional(),
  address: KnownAddress.optional(),
  residentSince: IsoDate.optional(),
});
export type Resident = z.infer<typeof Resident>;

/** One of those who live together. */
export const HouseholdMember = z.strictObject({
  taxCode: TaxCode.optional(),
  givenName: z.string(),
  familyName: z.string(),
  birthDate: IsoDate.optional(),
  /** The register's own code of the tie to the household's reference person (ANPR: `codiceLegame`, decode table 5). */
  relationship: z.string().optional(),
});
export type HouseholdMember = z.infer<typeof HouseholdMember>;

/** The register's own id of a household (ANPR: `idFamigliaConvivenzaANPR`). */
const HouseholdId = z.string().regex(/^[0-9]{1,20}$/, "is not the register's id of a household");

/** A registered household (Italian: famiglia anagrafica). */
export const Household = z.strictObject({
  /** What `changeAddress` takes. */
  id: HouseholdId,
  address: KnownAddress.optional(),
  members: z.array(HouseholdMember).min(1),
});
export type Household = z.infer<typeof Household>;

/** What a household's move within the municipality is told with. */
export const AddressChange = z.strictObject({
  /** `id` of `findHousehold`. */
  household: HouseholdId,
  /** The new home, in this municipality. */
  address: Address,
  /** The day from which the household lives there. */
  since: IsoDate,
  /** The municipality's own protocol number of the declaration. */
  protocolNumber: z
    .string()
    .regex(/^[0-9a-zA-Z\-_/]{1,20}$/, "is not a protocol number of at most 20 letters, digits, '-', '_' and '/'")
    .optional(),
});
export type AddressChange = z.infer<typeof AddressChange>;

/** What a certificate is asked with. Amounts are in cents, 0 for none. */
export const CertificateRequest = z.strictObject({
  holder: z.strictObject({ taxCode: TaxCode, givenName: z.string().min(1).max(80), familyName: z.string().min(1).max(80) }),
  kind: z.enum(["residence", "household", "birth", "citizenship", "civil-status"]),
  /** Stamp duty (Italian: imposta di bollo). */
  stampDuty: z.int().min(0).max(99_999),
  /** Why no stamp duty is due: the code of ANPR's table 39. */
  exemption: z
    .string()
    .regex(/^[0-9]{1,2}$/, "is not a code of 1 or 2 digits")
    .optional(),
  /** The municipality's own fee (Italian: diritti di segreteria). */
  fee: z.int().min(0).max(99_999),
});
export type CertificateRequest = z.infer<typeof CertificateRequest>;

const NOBODY = ["NOT_RESIDENT", "NOT_FOUND", "DECEASED"] as const;

/** The population register (Italian: anagrafe). */
export const registry = contract("registry", {
  /** The resident with this tax code; `NOT_RESIDENT` when the person lives elsewhere, `DECEASED`, `NOT_FOUND` when nobody has this code. */
  findResident: read({
    title: "Identify the resident in the population register",
    input: z.strictObject({ taxCode: TaxCode }),
    output: Resident,
    deadline: "10s",
    rejections: [...NOBODY],
  }),
  /** The household in which the resident with this tax code lives, with all its members. */
  findHousehold: read({
    title: "Look up the resident's household in the population register",
    input: z.strictObject({ taxCode: TaxCode }),
    output: Household,
    deadline: "10s",
    rejections: [...NOBODY],
  }),
  /** Registers the move of a whole household within the municipality; `operation` is the register's number of the act. */
  changeAddress: write({
    title: "Register the household's new address in the population register",
    input: AddressChange,
    output: z.strictObject({ operation: z.string() }),
    deadline: "20s",
    rejections: ["NOT_FOUND"],
  }),
  /** Issues a registry certificate; `number` is the register's own protocol number of it. */
  issueCertificate: write({
    title: "Issue the certificate of the population register",
    input: CertificateRequest,
    output: z.strictObject({ number: z.string(), document: AttachmentRef }),
    deadline: "20s",
    rejections: [...NOBODY],
  }),
});

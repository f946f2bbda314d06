import { z } from "zod";
import { contract, read } from "../contract.ts";
import { Address, IsoDate, TaxCode } from "../shared-types.ts";

/** A resident as the population register knows them. */
export const Resident = z.strictObject({
  taxCode: TaxCode,
  givenName: z.string(),
  familyName: z.string(),
  birthDate: IsoDate.optional(),
  birthPlace: z.string().optional(),
  address: Address.partial({ postalCode: true }).optional(),
  residentSince: IsoDate.optional(),
});
export type Resident = z.infer<typeof Resident>;

/** The population register (Italian: anagrafe). */
export const registry = contract("registry", {
  /** The resident with this tax code; `NOT_RESIDENT` when the person lives elsewhere, `DECEASED`, `NOT_FOUND` when nobody has this code. */
  findResident: read({
    title: "Identify the resident in the population register",
    input: z.strictObject({ taxCode: TaxCode }),
    output: Resident,
    deadline: "10s",
    rejections: ["NOT_RESIDENT", "NOT_FOUND", "DECEASED"],
  }),
});

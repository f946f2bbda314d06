import { z } from "zod";
import { contract, read } from "../contract.ts";
import { IsoDate, TaxCode } from "../shared-types.ts";

/** Where a person wants to be written to with legal effect: a certified e-mail address (PEC) in a public index. */
export const DigitalDomicile = z.strictObject({
  address: z.email().max(254),
  /** The profession for which the address stands in the index; absent when it is the person's own. */
  profession: z.string().optional(),
  /** Since when it has been elected. */
  since: IsoDate.optional(),
});
export type DigitalDomicile = z.infer<typeof DigitalDomicile>;

/** Digital domiciles (Italian: domicili digitali, CAD art. 6-quater). */
export const domicile = contract("domicile", {
  /** The digital domicile of the person with this tax code, the person's own before a professional one; `NO_DOMICILE` when none is elected and in force. */
  findDomicile: read({
    title: "Look up the digital domicile",
    input: z.strictObject({ taxCode: TaxCode }),
    output: DigitalDomicile,
    deadline: "10s",
    rejections: ["NO_DOMICILE"],
  }),
});

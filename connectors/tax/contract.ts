import { z } from "zod";
import { contract, read } from "../contract.ts";
import { Cents, IsoDate, TaxCode } from "../shared-types.ts";

export const Fine = z.strictObject({
  reference: z.string(),
  date: IsoDate,
  amount: Cents,
  plate: z.string().optional(),
});
export type Fine = z.infer<typeof Fine>;

/** The municipal tax and fines system. There is no public interface of such systems: this contract is the project's own. */
export const tax = contract("tax", {
  /** Parking fines in enforcement of this person; an empty list when there are none. */
  openFines: read({
    title: "Look for parking fines in enforcement",
    input: z.strictObject({ taxCode: TaxCode }),
    output: z.strictObject({ items: z.array(Fine), total: z.int().min(0) }),
    deadline: "10s",
    rejections: ["UNKNOWN_TAXPAYER"],
  }),
});

import { z } from "zod";
import { contract, read, write } from "../contract.ts";
import { Cents, IsoDate, Party } from "../shared-types.ts";

/** A debt position. `id` is the IUPD, fixed by the case and step; `noticeNumber` is what the applicant pays by. */
export const Debt = z.strictObject({
  id: z.string().min(1).max(50),
  noticeNumber: z.string().regex(/^[0-9]{18}$/),
  amount: Cents,
  dueDate: IsoDate,
});
export type Debt = z.infer<typeof Debt>;

/** Payments to the municipality (pagoPA). */
export const payments = contract("payments", {
  /** Creates and publishes a debt with one instalment. */
  createDebt: write({
    title: "Create the debt to be paid",
    input: z.strictObject({ debtor: Party, amount: Cents, reason: z.string().min(1).max(140), dueDate: IsoDate }),
    output: z.strictObject({ debt: Debt }),
    deadline: "20s",
    rejections: ["REFUSED"],
    undoneBy: "payments.cancelDebt",
  }),
  debtStatus: read({
    title: "Ask whether the debt is paid",
    input: z.strictObject({ debt: Debt }),
    output: z.strictObject({ state: z.enum(["UNPAID", "PAID", "CANCELLED"]), paidOn: IsoDate.optional() }),
    deadline: "10s",
    rejections: ["NOT_FOUND"],
  }),
  /** Cancels a debt that nobody has paid; `ALREADY_PAID` when somebody has. */
  cancelDebt: write({
    title: "Cancel the debt",
    input: z.strictObject({ debt: Debt }),
    output: z.strictObject({ cancelled: z.literal(true) }),
    deadline: "20s",
    rejections: ["ALREADY_PAID"],
  }),
});

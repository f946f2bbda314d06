import { z } from "zod";
import { contract, courtesy } from "../contract.ts";
import { TaxCode } from "../shared-types.ts";

/** Courtesy messages to a person, by app or e-mail. Never the only notice of a legal act. */
export const messages = contract("messages", {
  /** Sends a message after asking whether the person can be reached this way. Limits are those of app IO. */
  send: courtesy({
    title: "Tell the applicant",
    input: z.strictObject({
      to: TaxCode,
      /** For adapters that write to an address; those that do not, pass over it. */
      email: z.email().max(254).optional(),
      subject: z.string().min(10).max(120),
      markdown: z.string().min(80).max(10_000),
      dueDate: z.iso.datetime().optional(),
    }),
    output: z.strictObject({ id: z.string().min(1) }),
    deadline: "10s",
    rejections: ["NOT_REACHABLE"],
  }),
});

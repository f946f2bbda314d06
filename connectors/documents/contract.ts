import { z } from "zod";
import { contract, write } from "../contract.ts";
import { AttachmentRef } from "../shared-types.ts";

/** Documents that the municipality issues. */
export const documents = contract("documents", {
  /** Makes a PDF and stores it; the same key gives the same document. */
  issue: write({
    title: "Issue the document",
    input: z.strictObject({
      title: z.string().min(1).max(200),
      reference: z.string().min(1).max(100),
      /** Label and text of each line, in order. */
      lines: z.array(z.strictObject({ label: z.string().max(80), text: z.string().max(500) })).max(60),
      note: z.string().max(2_000).optional(),
    }),
    output: z.strictObject({ document: AttachmentRef }),
    deadline: "20s",
  }),
});

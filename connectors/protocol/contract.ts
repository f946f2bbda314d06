import { z } from "zod";
import { contract, write } from "../contract.ts";
import { AttachmentRef, IsoDate, Party } from "../shared-types.ts";

/** A registration in the municipality's protocol. `number` is printable (`0004711/2026`): the form is the municipality's rule. */
export const Registration = z.strictObject({
  number: z.string().min(1).max(40),
  year: z.int().min(1900).max(9999),
  /** Date of registration; absent when the system's text could not be read as a date (`rawDate` keeps it). */
  date: IsoDate.optional(),
  rawDate: z.string().optional(),
});
export type Registration = z.infer<typeof Registration>;

const subject = z.string().min(1).max(250);
const documents = z.array(AttachmentRef).max(20).default([]);

/** The protocol: the legal register of what a municipality receives and sends (DPR 445/2000 art. 53). */
export const protocol = contract("protocol", {
  /** Registers a received document. */
  register: write({
    title: "Register the request in the protocol",
    input: z.strictObject({ subject, sender: Party, documents, office: z.string().optional() }),
    output: Registration,
    deadline: "30s",
    rejections: ["REFUSED"],
  }),
  /** Registers a document that the municipality sends. */
  registerOutgoing: write({
    title: "Register the outgoing document in the protocol",
    input: z.strictObject({ subject, recipient: Party, documents, office: z.string().optional() }),
    output: Registration,
    deadline: "30s",
    rejections: ["REFUSED"],
  }),
});

/** How the answers to writes are read, by ANPR's number: whoever holds the section reads the answer to another's write in the same way. */
import type { JsonObject } from "../../json.ts";
import type { Context, Letter, OperationNumber } from "./session.ts";
import { fromAddressAnswer } from "./wire-5005.ts";
import { fromCertificateAnswer } from "./wire-6001.ts";

/** What an answer came to: the operation's result with ANPR's number for operators, or ANPR's code of a refusal. */
export type WriteAnswer = { kind: "done"; result: JsonObject; anpr: string } | { kind: "refused"; code: string };

/** The write whose answer is read. */
export interface Answered {
  id: bigint;
  key: string;
  context: Context;
}

type Reading = (result: unknown, of: Answered) => WriteAnswer | Promise<WriteAnswer>;

const addressChange: Reading = (result, { id }) => {
  const read = fromAddressAnswer(result, id);
  if (read.kind === "refused") return read;
  return { kind: "done", result: withWarnings(read.output, read.warnings), anpr: `operation ${read.output.operation}` };
};

/** The same certificate is stored once, whoever reads its answer. */
const certificate: Reading = async (result, { id, key, context }) => {
  const read = fromCertificateAnswer(result, id);
  if (read.kind === "refused") return read;
  const { number, pdf, warnings } = read;
  const document = await context.ports.attachments.put(`anpr-certificate/${key}`, `certificato-${number}.pdf`, "application/pdf", pdf);
  return { kind: "done", result: withWarnings({ number, document }, warnings), anpr: `certificate ${number}` };
};

const readings: Partial<Record<OperationNumber, Reading>> = { "5005": addressChange, "6001": certificate };

/** Reads the answer to a write. Throws "contract-broken" when it makes no sense. */
export function readAnswer({ operation }: Letter, result: unknown, of: Answered): WriteAnswer | Promise<WriteAnswer> {
  const reading = readings[operation];
  if (!reading) throw new TypeError(`anpr: ${operation} is not a write`);
  return reading(result, of);
}

/** A result is kept with its warnings, as the first answer had them. */
const withWarnings = (output: JsonObject, warnings: string[]): JsonObject => (warnings.length > 0 ? { output, warnings } : { output });

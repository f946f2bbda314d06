/** The mapping between the payments contract and GPD's version 3 (pagopa/pagopa-debt-position, `openapi_external_v3`). Pure. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { InputOf, OutputOf } from "../../contract.ts";
import type { Party } from "../../shared-types.ts";
import type { payments } from "../contract.ts";
import type { NoticeNumber } from "./notice-number.ts";

type CreateDebt = InputOf<typeof payments.createDebt>;

/** What is the same in every debt of a municipality. */
export interface Creditor {
  readonly organisation: string;
  readonly companyName: string;
  readonly officeName?: string | undefined;
  readonly iban: string;
  readonly category: string;
}

/** A debt position as it is sent: one payment option, one instalment, one transfer to the municipality's account. */
export type Position = ReturnType<typeof toPosition>;

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The IUPD of a call: always the same for its key, 35 characters, without personal data and without `/`. */
export function iupdOf(key: string): string {
  let bits = BigInt(`0x${createHash("sha256").update(key).digest("hex")}`);
  let text = "";
  for (let index = 0; index < 31; index++, bits >>= 5n) text += BASE32[Number(bits & 31n)];
  return `DRS-${text}`;
}

/** The body of `POST …/debtpositions`. The debtor's way of paying late stays open: `switchToExpired` is false. */
export function toPosition({ debtor, amount, reason, dueDate }: CreateDebt, iupd: string, { iuv, nav }: NoticeNumber, creditor: Creditor) {
  const { organisation, companyName, officeName, iban, category } = creditor;
  const transfer = { idTransfer: "1", organizationFiscalCode: organisation, amount, remittanceInformation: reason, category, iban };
  const instalment = { iuv, nav, amount, description: reason, dueDate: endOfDay(dueDate), transfer: [transfer] };
  const option = { description: reason, switchToExpired: false, debtor: toDebtor(debtor), installments: [instalment] };
  return { iupd, companyName, ...(officeName === undefined ? {} : { officeName }), paymentOption: [option] };
}

/** A person (`F`) or a body (`G`), with the optional members that we have and GPD knows. */
function toDebtor(party: Party) {
  if ("code" in party) return { type: "G", fiscalCode: party.code, fullName: party.name, ...optional({ email: party.email }) };
  const { taxCode, givenName, familyName, email, address } = party;
  const place = address && {
    streetName: address.street,
    civicNumber: address.number,
    postalCode: address.postalCode,
    city: address.town,
    province: address.province,
    country: "IT",
  };
  return { type: "F", fiscalCode: taxCode, fullName: `${givenName} ${familyName}`, ...optional({ ...place, email }) };
}

const optional = (members: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined));

const text = z.string();
const instalmentStates = ["UNPAID", "PAID", "PARTIALLY_REPORTED", "REPORTED", "UNPAYABLE", "EXPIRED"] as const;

/** The part of `GET …/debtpositions/{iupd}` that we read; what else it holds is left alone. */
export const PositionAnswer = z.looseObject({
  iupd: text,
  status: z.enum(["DRAFT", "PUBLISHED", "VALID", "UNPAYABLE", "PARTIALLY_PAID", "PAID"]),
  paymentDate: text.nullish(),
  paymentOption: z.array(
    z.looseObject({
      debtor: z.looseObject({ fiscalCode: text }),
      installments: z.array(
        z.looseObject({
          iuv: text,
          nav: text.nullish(),
          amount: z.int(),
          description: text.nullish(),
          dueDate: text,
          paymentDate: text.nullish(),
          status: z.enum(instalmentStates),
        }),
      ),
    }),
  ),
});
export type PositionAnswer = z.infer<typeof PositionAnswer>;

/** The part of a 201 that we read. */
export const CreatedAnswer = z.looseObject({ iupd: text });

/** ProblemJson. Its `detail` may repeat what was sent, so it is never shown. */
export const Problem = z.looseObject({ title: text.nullish(), detail: text.nullish() });

/** Whether the position that GPD holds is the one we would send: the same debtor, number, sum, reason and term, and published. */
export function isSame(found: PositionAnswer, sent: Position): boolean {
  const ours = sent.paymentOption[0];
  const [option, ...otherOptions] = found.paymentOption;
  const [instalment, ...otherInstalments] = option?.installments ?? [];
  const sentInstalment = ours?.installments[0];
  if (!ours || !option || !instalment || !sentInstalment || otherOptions.length + otherInstalments.length > 0) return false;
  return (
    found.status !== "DRAFT" &&
    option.debtor.fiscalCode === ours.debtor.fiscalCode &&
    instalment.iuv === sentInstalment.iuv &&
    instalment.amount === sentInstalment.amount &&
    (instalment.description ?? sentInstalment.description) === sentInstalment.description &&
    instant(instalment.dueDate) === instant(sentInstalment.dueDate)
  );
}

/**
 * The state of a position with one instalment. A reported payment is a payment; `UNPAYABLE` and `EXPIRED` can no longer be paid.
 * `paidOn` is the civil date of the payment in Italy.
 */
export function toState(found: PositionAnswer): OutputOf<typeof payments.debtStatus> {
  const instalments = found.paymentOption.flatMap((option) => option.installments);
  const paid = instalments.find(({ status }) => status === "PAID" || status === "PARTIALLY_REPORTED" || status === "REPORTED");
  if (paid || found.status === "PAID") {
    const at = paid?.paymentDate ?? found.paymentDate;
    return { state: "PAID", ...(at && !Number.isNaN(instant(at)) ? { paidOn: civilDate(instant(at)) } : {}) };
  }
  const open = found.status !== "UNPAYABLE" && instalments.some(({ status }) => status === "UNPAID");
  return { state: open ? "UNPAID" : "CANCELLED" };
}

/** GPD's own words for "somebody has paid": its error names, and the titles it sends (AppError.java). */
export const saysPaid = (problem: z.infer<typeof Problem>): boolean =>
  /PAYMENT_FOUND|ALREADY_PAID|related payment found$|already (been )?paid/i.test(problem.title ?? "") ||
  /PAYMENT_FOUND|ALREADY_PAID/.test(problem.detail ?? "");

const rome = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome", ...options });
const romeHour = rome({ hour: "2-digit", hourCycle: "h23" });
const romeDate = rome({ year: "numeric", month: "2-digit", day: "2-digit" });

/** The last second of a civil day in Italy, in UTC: `2026-12-22` is `2026-12-22T22:59:59.000Z`. Clocks never change at noon. */
export function endOfDay(date: string): string {
  const offset = Number(romeHour.format(new Date(`${date}T12:00:00Z`))) - 12;
  return `${date}T${23 - offset}:59:59.000Z`;
}

const civilDate = (at: number) => romeDate.format(at);

/** GPD keeps date-times without a zone, in UTC, and may give them back so. */
function instant(dateTime: string): number {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(dateTime) ? dateTime : `${dateTime}Z`;
  return Math.trunc(Date.parse(zoned) / 1_000) * 1_000;
}

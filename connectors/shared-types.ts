/** Types shared by contracts, requests and forms. Each is a zod schema and a type of the same name. */
import { z } from "zod";
import { isIban, isPaymentNotice, isVatNumber } from "./check-digits.ts";
import { hasValidCheckCharacter } from "./tax-code.ts";

/** Italian codice fiscale of a natural person: 16 characters, check character verified (DM 23 December 1976). */
export const TaxCode = z
  .string()
  .regex(/^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/, "is not a tax code of 16 characters")
  .refine(hasValidCheckCharacter, "has a wrong check character");
export type TaxCode = z.infer<typeof TaxCode>;

/** Tax code of a body or association: 11 digits. */
export const OrganisationCode = z.string().regex(/^[0-9]{11}$/, "is not a code of 11 digits");
export type OrganisationCode = z.infer<typeof OrganisationCode>;

/** Italian VAT number (partita IVA): 11 digits, check digit verified. */
export const VatNumber = z
  .string()
  .regex(/^[0-9]{11}$/, { error: "is not a VAT number of 11 digits", abort: true })
  .refine(isVatNumber, "has a wrong check digit");
export type VatNumber = z.infer<typeof VatNumber>;

/** Bank account by IBAN, without spaces, checksum verified (ISO 13616); Italian ones in their national form. */
export const Iban = z
  .string()
  .regex(/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/, { error: "is not an IBAN such as IT60X0542811101000000123456", abort: true })
  .refine(isIban, "has a wrong checksum");
export type Iban = z.infer<typeof Iban>;

/** Number of a pagoPA payment notice (numero avviso): 18 digits, check digits verified where the notice has them. */
export const NoticeNumber = z
  .string()
  .regex(/^[0-3][0-9]{17}$/, { error: "is not a notice number of 18 digits", abort: true })
  .refine(isPaymentNotice, "has wrong check digits");
export type NoticeNumber = z.infer<typeof NoticeNumber>;

/** Registration plate of an Italian vehicle. */
export const Plate = z.string().regex(/^[A-Z]{2}[0-9]{3}[A-Z]{2}$/, "is not a plate like AB123CD");
export type Plate = z.infer<typeof Plate>;

/** A calendar date, `2026-11-22`; never an instant. */
export const IsoDate = z.iso.date();
export type IsoDate = z.infer<typeof IsoDate>;

/** Money in euro cents, at least 1. */
export const Cents = z.int().min(1).max(999_999_999);
export type Cents = z.infer<typeof Cents>;

export const Address = z.strictObject({
  street: z.string().min(1).max(150),
  number: z.string().min(1).max(20).optional(),
  postalCode: z.string().regex(/^[0-9]{5}$/, "is not a postal code of 5 digits"),
  town: z.string().min(1).max(100),
  province: z.string().regex(/^[A-Z]{2}$/, "is not a province of 2 letters"),
});
export type Address = z.infer<typeof Address>;

export const Person = z.strictObject({
  taxCode: TaxCode,
  givenName: z.string().min(1).max(100),
  familyName: z.string().min(1).max(100),
  birthDate: IsoDate.optional(),
  email: z.email().optional(),
  phone: z.string().max(30).optional(),
  address: Address.optional(),
});
export type Person = z.infer<typeof Person>;

export const Organisation = z.strictObject({
  code: OrganisationCode,
  name: z.string().min(1).max(200),
  email: z.email().optional(),
  representative: Person,
});
export type Organisation = z.infer<typeof Organisation>;

export const Vehicle = z.strictObject({
  plate: Plate,
  model: z.string().max(100).optional(),
});
export type Vehicle = z.infer<typeof Vehicle>;

/** A stored file by reference: requests, histories and contracts carry this, never the bytes. */
export const AttachmentRef = z.strictObject({
  id: z.string().regex(/^att-[0-9a-z]{8,40}$/, "is not an attachment id"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in hexadecimal"),
  bytes: z.int().min(0),
  mediaType: z.string().min(3).max(100),
  name: z.string().min(1).max(200),
});
export type AttachmentRef = z.infer<typeof AttachmentRef>;

/** Who sends or receives a registered document. */
export const Party = z.union([Person, Organisation]);
export type Party = z.infer<typeof Party>;

/** Set once per system in the environment; never logged. */
export const Secret = z.string().min(1);

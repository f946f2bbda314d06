/** What the simulated GPD knows of a debt position: its shape, and the fields without which it refuses one. */
import type { JsonObject } from "../../json.ts";

export interface Instalment extends JsonObject {
  iuv: string;
  nav: string;
  amount: number;
  description: string;
  dueDate: string;
  status: string;
}

interface Option extends JsonObject {
  installments: Instalment[];
}

/** A position as it arrives, once `missingFields` found nothing missing. */
export interface SentPosition extends JsonObject {
  iupd: string;
  companyName: string;
  paymentOption: Option[];
}

/** A position as it is kept and shown. */
export interface HeldPosition extends SentPosition {
  organizationFiscalCode: string;
  status: string;
}

/** The one instalment of a position that was accepted. */
export function instalmentOf(position: SentPosition): Instalment {
  const found = position.paymentOption[0]?.installments[0];
  if (!found) throw new Error("a position without an instalment was accepted");
  return found;
}

type Loose = Record<string, unknown>;
const said = (value: unknown, limit = 140) => typeof value === "string" && value.length > 0 && value.length <= limit;
const listOf = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : []);

/** Paths of the fields that are missing or have no sense, by the contract's `required`, limits and formats. */
export function missingFields(sent: JsonObject | undefined): string[] {
  const missing: string[] = [];
  const need = (ok: unknown, path: string) => void (ok || missing.push(path));
  need(said(sent?.["iupd"], 50), "iupd");
  need(said(sent?.["companyName"]), "companyName");
  const options = listOf(sent?.["paymentOption"]);
  need(options.length > 0, "paymentOption");
  for (const option of options) {
    const debtor = (option["debtor"] ?? {}) as Loose;
    need(debtor["type"] === "F" || debtor["type"] === "G", "debtor.type");
    need(said(debtor["fiscalCode"], 16), "debtor.fiscalCode");
    need(said(debtor["fullName"], 250), "debtor.fullName");
    need(typeof option["switchToExpired"] === "boolean", "switchToExpired");
    const instalments = listOf(option["installments"]);
    need(instalments.length > 0, "installments");
    for (const instalment of instalments) missing.push(...missingInInstalment(instalment));
  }
  return missing;
}

function missingInInstalment(instalment: Loose): string[] {
  const { iuv, amount, description, dueDate } = instalment;
  const transfers = listOf(instalment["transfer"]);
  const sum = transfers.reduce((total, transfer) => total + Number(transfer["amount"]), 0);
  const checks: [boolean, string][] = [
    [typeof iuv === "string" && /^[0-9]{17}$/.test(iuv), "iuv"],
    [Number.isInteger(amount) && Number(amount) >= 1, "amount"],
    [said(description), "description"],
    [typeof dueDate === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(dueDate) && Date.parse(dueDate) >= Date.now(), "dueDate"],
    [transfers.length > 0 && sum === amount, "transfer"],
    [transfers.every(({ idTransfer }) => /^[1-5]$/.test(String(idTransfer))), "idTransfer"],
    [transfers.every(({ category, remittanceInformation }) => said(category) && said(remittanceInformation)), "transfer.category"],
    [transfers.every(({ iban, stamp }) => (iban === undefined) !== (stamp === undefined)), "transfer.iban"],
  ];
  return checks.filter(([ok]) => !ok).map(([, path]) => path);
}

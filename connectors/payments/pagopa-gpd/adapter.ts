/** Debts at pagoPA by GPD, version 3. Creation is idempotent by IUPD, which is fixed by the call's key. */
import { z } from "zod";
import { adapter } from "../../adapter.ts";
import { CallFailure, contractBroken, rejected, unknownOutcome } from "../../failure.ts";
import { OrganisationCode, Secret } from "../../shared-types.ts";
import { restClient } from "../../transport/http.ts";
import { tlsOf, tlsShape } from "../../transport/tls-settings.ts";
import { payments } from "../contract.ts";
import { noticeNumber } from "./notice-number.ts";
import { type GpdSession, openPositions } from "./positions.ts";
import { CreatedAnswer, isSame, iupdOf, type Position, saysPaid, toPosition, toState } from "./wire.ts";

const alreadyPaid = () => rejected("ALREADY_PAID", "payments: somebody has paid the debt");

/**
 * `createDebt`: the notice number is drawn durably before anything is sent. Undeclared codes, which park the case:
 * DEBT_CONFLICT (another debt stands under our IUPD) and IUV_TAKEN (our number belongs to another debt).
 * `cancelDebt`: a debt that is gone counts as cancelled, so deleting twice does what deleting once does.
 */
export const pagopaGpd = adapter(payments, {
  name: "pagopa-gpd",
  title: "pagoPA debt positions (GPD v3)",
  config: z.object({
    baseUrl: z.url().describe("`https://api.platform.pagopa.it/gpd/debt-positions-service/v3`"),
    subscriptionKey: Secret.describe("subscription key of pagoPA's API portal"),
    organisation: OrganisationCode.describe("tax code of the municipality as creditor"),
    segregation: z
      .string()
      .regex(/^[0-9]{2}$/, "is not a segregation code of two digits")
      .describe("two digits that pagoPA gave to this station: no other system of the municipality may use them"),
    companyName: z.string().min(1).max(140).describe("the creditor as printed on the notice"),
    officeName: z.string().min(1).max(140).optional().describe("its office, as printed"),
    iban: z
      .string()
      .regex(/^IT[0-9]{2}[A-Z][0-9]{10}[0-9A-Z]{12}$/, "is not an Italian IBAN")
      .describe("where the money goes; must be registered with pagoPA"),
    category: z.string().min(1).max(140).describe("code of the pagoPA taxonomy: `9/0101108TS/`"),
    ...tlsShape,
  }),
  connect: ({ baseUrl, subscriptionKey, organisation, segregation, companyName, officeName, iban, category, ...tls }): GpdSession => {
    const client = restClient({ system: "payments", baseUrl, headers: { "Ocp-Apim-Subscription-Key": subscriptionKey }, ...tlsOf(tls) });
    return {
      positions: openPositions(client, organisation),
      segregation,
      creditor: { organisation, companyName, officeName, iban, category },
    };
  },
  recovery: {
    createDebt: { by: "key" },
    cancelDebt: { by: "find", resend: "deleting by IUPD is idempotent, and an IUPD is never used for a second debt" },
  },
  operations: {
    createDebt: async (input, { session, ports, key, signal, effect }) => {
      const { creditor, segregation } = session;
      const number = noticeNumber(segregation, await ports.numbers.draw(`iuv/${creditor.organisation}/${segregation}`, key));
      const position = toPosition(input, iupdOf(key), number, creditor);
      await effect(() => create(session, position, signal));
      return { debt: { id: position.iupd, noticeNumber: number.nav, amount: input.amount, dueDate: input.dueDate } };
    },
    debtStatus: async ({ debt }, { session, signal }) => {
      const found = await session.positions.read(debt.id, signal);
      if (!found) throw rejected("NOT_FOUND", "payments: there is no such debt");
      return toState(found);
    },
    cancelDebt: async ({ debt }, { session, signal, effect }) => {
      await effect(() => cancel(session, debt.id, signal));
      return { cancelled: true as const };
    },
  },
  find: {
    /** A debt that somebody paid was not cancelled: nothing is found, and the second send then gets ALREADY_PAID. */
    cancelDebt: async ({ debt }, { session, signal }) => {
      const found = await session.positions.read(debt.id, signal);
      return !found || toState(found).state === "CANCELLED" ? { cancelled: true as const } : undefined;
    },
  },
});

async function create({ positions }: GpdSession, position: Position, signal: AbortSignal): Promise<void> {
  const answer = await positions.create(position, signal);
  if (answer.status === 409)
    return adopt(positions, position, signal, rejected("IUV_TAKEN", "payments: the notice number belongs to another debt"));
  // A second send may be refused (its term is over by now) although the first one created the debt.
  if (answer.refusal) return adopt(positions, position, signal, answer.refusal);
  const created = CreatedAnswer.safeParse(answer.json);
  if (created.data?.iupd !== position.iupd)
    throw contractBroken("NOT_GPD", "payments: the answer to the creation is not one of GPD for this debt");
}

/** A conflict is mostly our own earlier request, whose answer was lost: the debt under our IUPD decides. */
async function adopt(positions: GpdSession["positions"], position: Position, signal: AbortSignal, otherwise: CallFailure): Promise<void> {
  const found = await certainly(() => positions.read(position.iupd, signal));
  if (!found) throw otherwise;
  if (!isSame(found, position)) throw rejected("DEBT_CONFLICT", "payments: another debt stands under this IUPD");
}

async function cancel({ positions }: GpdSession, iupd: string, signal: AbortSignal): Promise<void> {
  const answer = await positions.remove(iupd, signal);
  if (answer.status !== 409) return;
  if (saysPaid(answer.problem)) throw alreadyPaid();
  const found = await certainly(() => positions.read(iupd, signal));
  if (found && toState(found).state === "PAID") throw alreadyPaid();
  if (found) throw rejected("DEBT_CONFLICT", "payments: the debt cannot be cancelled, and nobody has paid it");
}

/** A read-back inside the effect: whatever hinders it, the effect's own outcome is not known. */
async function certainly<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw unknownOutcome(error.detail.code, `the read-back failed: ${error.message}`);
  }
}

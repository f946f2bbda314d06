/** The operator of the chaos: looks at parked cases, looks in the systems themselves, and repairs them by the API's verbs, by name. */
import { setTimeout as pause } from "node:timers/promises";
import type { ParkedProblem } from "../../cases/status.ts";
import { DarsenaError } from "../../client/errors.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import { iupdOf } from "../../connectors/payments/pagopa-gpd/wire.ts";
import type { LedgerEntry } from "../../connectors/simulator.ts";
import type { SystemName } from "./city.ts";
import { insist } from "./insist.ts";
import type { Stage } from "./life.ts";

const ROUND_MS = 2_000;
/** Beyond the time that the problem names, so that clocks which differ a little do not matter. */
const LATER_MS = 500;
const PAYMENTS = "/organizations/01199250158/debtpositions";

/** Counts of what was done to how many problems. */
export interface Repairs {
  retry: number;
  resolve: number;
  /** Problems that no operator should ever see, by code. */
  readonly defects: Map<string, string[]>;
}

/** Works until the signal. */
export async function operate(stage: Stage, repairs: Repairs): Promise<void> {
  while (!stage.signal.aborted) {
    try {
      await oneRound(stage, repairs);
    } catch (error) {
      if (stage.signal.aborted) return;
      if (!(error instanceof DarsenaError) && !(error instanceof NotThere)) throw error;
      // The gateway or a system is away: the operator comes back.
    }
    await pause(ROUND_MS, undefined, { signal: stage.signal }).catch(() => {});
  }
}

async function oneRound(stage: Stage, repairs: Repairs): Promise<void> {
  const { gateway } = stage.city;
  const { groups } = await gateway.problems();
  for (const { cause } of groups.filter(({ kind }) => kind === "parked"))
    for (let after: string | undefined; ; ) {
      const page = await gateway.parked(cause, after === undefined ? {} : { after });
      for (const { case: caseId, problem } of page.items) await repair(stage, repairs, caseId, problem);
      if (page.next === undefined) break;
      after = page.next;
    }
}

/** What an operator may see after lost answers; everything else is a defect. */
const EXPECTED = /:(?:OUTCOME_UNKNOWN|CONTRACT_BROKEN)$/;

async function repair(stage: Stage, repairs: Repairs, caseId: string, problem: ParkedProblem): Promise<void> {
  if (!EXPECTED.test(problem.code)) {
    const seen = repairs.defects.get(problem.code) ?? [];
    if (!seen.includes(caseId)) repairs.defects.set(problem.code, [...seen, caseId]);
  }
  // Only after this instant is it certain that what is not in the system's ledger will never be there.
  if (problem.notBefore !== undefined && Date.now() < Date.parse(problem.notBefore) + LATER_MS) return;
  const result = problem.unknown || problem.code.endsWith(":OUTCOME_UNKNOWN") ? await found(stage, problem) : undefined;
  const verb = result === undefined && problem.verbs.includes("retry") ? "retry" : "resolve";
  if (verb === "resolve" && result === undefined) return;
  const id = `op-${caseId}-${problem.id}-${verb}`.replaceAll(/[^A-Za-z0-9._:-]/g, "-").slice(-100);
  const by = { reason: "looked up in the system's own ledger", by: "Operatrice di prova" };
  try {
    await insist(stage.record, stage.signal, () =>
      stage.city.gateway.repair(caseId, { id, problem: problem.id, verb, ...(result === undefined ? {} : { result }), ...by }),
    );
    repairs[verb] += 1;
  } catch (error) {
    // Repaired already: the register's page was older than the case.
    if (!(error instanceof DarsenaError) || !["NO_SUCH_PROBLEM", "CASE_CLOSED", "NOT_EXPECTED"].includes(error.code)) throw error;
  }
}

/** The result of the call that the problem is about, as its system knows it; undefined when it certainly has no effect. */
async function found(stage: Stage, { code, key = "" }: ParkedProblem): Promise<Json | undefined> {
  const [operation = ""] = code.split(":");
  if (operation.startsWith("protocol.")) {
    const entry = (await ledgerOf(stage, "protocol")).find((one) => one.key === key);
    return entry && registration(entry);
  }
  if (operation === "payments.createDebt") return debt(stage, iupdOf(key));
  if (operation === "payments.cancelDebt") {
    const cancelled = (await ledgerOf(stage, "payments")).some(
      (one) => one.operation === "cancel" && one.key === iupdOf(key.replace(/\.undo$/, "")),
    );
    return cancelled ? { cancelled: true } : undefined;
  }
  return undefined;
}

/** As the adapter would have answered it. */
function registration({ reference }: LedgerEntry): JsonObject {
  const [number = "", year = ""] = reference.split("/");
  return { number: `${number.padStart(7, "0")}/${year}`, year: Number(year) };
}

async function debt({ city }: Stage, iupd: string): Promise<JsonObject | undefined> {
  const response = await asked(`${city.direct.simulator("payments")}${PAYMENTS}/${iupd}`, { "ocp-apim-subscription-key": "gpd-test-key" });
  if (response.status === 404) return undefined;
  const position = (await response.json()) as { paymentOption: { installments: { nav: string; amount: number; dueDate: string }[] }[] };
  const instalment = position.paymentOption[0]?.installments[0];
  if (!instalment) throw new NotThere("the debt has no instalment");
  return { debt: { id: iupd, noticeNumber: instalment.nav, amount: instalment.amount, dueDate: instalment.dueDate.slice(0, 10) } };
}

/** A system that is away just now. */
class NotThere extends Error {}

/** All effects of a system, past every fault. */
export async function ledgerOf({ city }: Pick<Stage, "city">, system: SystemName): Promise<LedgerEntry[]> {
  return (await (await asked(`${city.direct.simulator(system)}/_control/ledger`)).json()) as LedgerEntry[];
}

async function asked(url: string, headers: Record<string, string> = {}): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  } catch (cause) {
    throw new NotThere("the system is away", { cause });
  }
}

/** Services with one write each (test/services/one-*.yaml): every write of every adapter, begun, counted in its system's own ledger, and repaired. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { compileCatalogue } from "../catalogue/compile.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import { pagopaGpd } from "../connectors/payments/pagopa-gpd/adapter.ts";
import { iupdOf } from "../connectors/payments/pagopa-gpd/wire.ts";
import type { Debt } from "../connectors/payments/contract.ts";
import { SAMPLE } from "../connectors/registry/anpr/sample-people.ts";
import { memoryPorts, onTrial } from "../connectors/trial.ts";
import type { EffectRow } from "../register/effects.ts";
import { systemSettings } from "../worker/configuration/systems.ts";
import { registrations } from "./acts.ts";
import { person } from "./people.ts";
import type { Rig, Simulators, TestCase } from "./rig.ts";

/** Path of the step that writes, in each of the services. */
export const STEP = "write";
/** A killed worker is noticed by its missing heartbeat, 10 s; a workflow task that it had taken, 10 s more; under load a little later. */
const NOTICED_MS = 90_000;

/** A write of an adapter, as one of the services does it. */
export interface Write {
  readonly operation: string;
  readonly service: string;
  /** How an unknown outcome is settled. */
  readonly recovers: "key" | "find" | "person" | "courtesy";
  /** Where faults can be injected, and the name of the request with the effect there. */
  readonly at?: { system: keyof Simulators; request: string };
  begin(rig: Rig): Promise<TestCase>;
  /** How often the system itself has it. */
  effects(rig: Rig, c: TestCase): Promise<number>;
}

const dueDate = "2031-03-01";
/** Debts to be cancelled, by case. */
const owed = new Map<string, string>();
const start = (service: string) => (rig: Rig) => rig.start(service, { applicant: person() });
const entries = (rig: Rig, system: keyof Simulators, operation: string, key: string) =>
  rig.simulators[system].ledger().filter((entry) => entry.operation === operation && entry.key === key).length;
const registered = async (rig: Rig, c: TestCase) => registrations(rig, c).length;

/** Every write of every shipped adapter, and the courtesy message. */
export const writes: readonly Write[] = [
  {
    operation: "protocol.register",
    service: "one-registration",
    recovers: "person",
    at: { system: "protocol", request: "Protocollazione" },
    begin: start("one-registration"),
    effects: registered,
  },
  {
    operation: "protocol.registerOutgoing",
    service: "one-reply",
    recovers: "person",
    at: { system: "protocol", request: "Protocollazione" },
    begin: start("one-reply"),
    effects: registered,
  },
  {
    operation: "payments.createDebt",
    service: "one-debt",
    recovers: "key",
    at: { system: "payments", request: "create" },
    begin: (rig) => rig.start("one-debt", { applicant: person(), dueDate }),
    effects: async (rig, c) => entries(rig, "payments", "create", iupdOf(`${c.id}/${STEP}`)),
  },
  {
    operation: "payments.cancelDebt",
    service: "one-cancellation",
    recovers: "find",
    at: { system: "payments", request: "cancel" },
    begin: async (rig) => {
      const debt = await debtOf(rig);
      const c = await rig.start("one-cancellation", { applicant: person(), debt: debt.id, notice: debt.noticeNumber, dueDate });
      owed.set(c.id, debt.id);
      return c;
    },
    effects: async (rig, c) => entries(rig, "payments", "cancel", owed.get(c.id) ?? ""),
  },
  {
    operation: "documents.issue",
    service: "one-document",
    recovers: "key",
    begin: start("one-document"),
    effects: async (rig, c) => {
      const found = await rig.sql("select id from attachments where document_key = $1", [`document/${c.id}/${STEP}`]);
      return found.length;
    },
  },
  {
    operation: "messages.send",
    service: "one-message",
    recovers: "courtesy",
    at: { system: "messages", request: "message" },
    begin: start("one-message"),
    effects: async (rig, c) => {
      const text = `Questo è un messaggio di prova per una pratica che non esiste e che nessuno ha mai chiesto: ${c.id}`;
      const key = createHash("sha256").update([SAMPLE.resident, "Messaggio di prova", text].join("\n")).digest("hex").slice(0, 24);
      return entries(rig, "messages", "message", key);
    },
  },
];

/** Compiles the tests' services for the workers of this rig. */
export function useTestServices(rig: Rig): void {
  const folder = join(rig.folder, "catalogue");
  compileCatalogue("test", folder);
  Object.assign(rig.env, { DARSENA_CATALOGUE: folder, DARSENA_MUNICIPALITY: "prova" });
}

/** A debt at the payment service that no case knows. */
async function debtOf(rig: Rig): Promise<Debt> {
  const ports = { ...memoryPorts(), numbers: rig.register.numbers };
  const run = onTrial(pagopaGpd, systemSettings(pagopaGpd, "payments", rig.env), ports);
  const input = { debtor: person(), amount: 1_000, reason: "Prova", dueDate };
  const { output, failure } = await run.call("createDebt", input, { key: `before/${Math.random()}` });
  if (failure) throw failure;
  return (output as { debt: Debt }).debt;
}

/** The rows of the case's write in the ledger, by send number. */
export const rowsOf = (rig: Rig, c: TestCase): Promise<EffectRow[]> => rig.register.effects.rows(`${c.id}/${STEP}`);

/** Ended, or parked. */
export const atRest = (c: TestCase): Promise<CaseStatus> =>
  c.until("at rest", (now) => now.state === "closed" || now.state === "parked", NOTICED_MS);

/** What a person who looks into the protocol finds there. */
export function foundNumber(rig: Rig, c: TestCase): JsonObject {
  const [number = "", year = ""] = (registrations(rig, c)[0]?.reference ?? "").split("/");
  return { number: `${number.padStart(7, "0")}/${year}`, year: Number(year) };
}

/** Does what an operator does with an unknown outcome: looks, and supplies what stands there or confirms that nothing does. Gives the status before. */
export async function settledByPerson(rig: Rig, c: TestCase, write: Write): Promise<CaseStatus> {
  const status = await atRest(c);
  const { problem } = status;
  if (!problem) return status;
  if ((await write.effects(rig, c)) > 0) await c.repair({ verb: "resolve", problem: problem.id, result: foundNumber(rig, c) as Json });
  else await confirmNothingDone(c, status);
  return status;
}

/** The operator's "nothing was done", as soon as it may be said. */
export async function confirmNothingDone(c: TestCase, { problem }: CaseStatus): Promise<void> {
  const notBefore = Date.parse(problem?.notBefore ?? "");
  await pause(Math.max(0, (Number.isNaN(notBefore) ? 0 : notBefore - Date.now()) + 200));
  await c.repair({ verb: "retry", problem: problem?.id ?? "" });
}

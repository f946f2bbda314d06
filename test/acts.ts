/** What people and systems do to a case in tests, what they are told when it is not taken, and what must then be true of every system. */
import { expect } from "@jest/globals";
import { WorkflowUpdateFailedError } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import type { MessageAnswer } from "../cases/message.ts";
import type { Action, CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import { decide, type Rig, type TestCase } from "./rig.ts";

export const grant: JsonObject = { outcome: "grant", form: { validUntil: "2031-03-01" } };
export const refuse: JsonObject = { outcome: "refuse", form: { reason: "I requisiti non sussistono." } };

/** The open action of this name, waited for. */
export async function action(c: TestCase, name: string, timeoutMs?: number): Promise<Action> {
  const { actions } = await c.until(`${name} is asked for`, (now) => now.actions.some((one) => one.name === name), timeoutMs);
  return actions.find((one) => one.name === name) as Action;
}

/** The applicant answers what is asked of them. */
export async function answer(c: TestCase, name: string, body: JsonObject = {}): Promise<MessageAnswer> {
  const { id } = await action(c, name);
  return c.send({ name, for: id, body, from: "applicant" });
}

/** The office asks, and the applicant answers. */
export async function askAndAnswer(c: TestCase, ask: string, body: JsonObject = {}): Promise<void> {
  await decide(c, { ask });
  await answer(c, ask, body);
}

export const withdraw = (c: TestCase): Promise<MessageAnswer> => c.send({ name: "withdraw", from: "applicant" });

/** Waits until the case is parked with this problem. */
export async function parked(c: TestCase, code: string, timeoutMs?: number): Promise<NonNullable<CaseStatus["problem"]>> {
  const { problem } = await c.until(`parked with ${code}`, (now) => now.state === "parked" && now.problem?.code === code, timeoutMs);
  return problem as NonNullable<CaseStatus["problem"]>;
}

/** Why a message or a repair was not taken. */
export async function refusal(act: Promise<unknown>): Promise<{ code: string; message: string; details: JsonObject }> {
  const failure = await act.then(
    () => {
      throw new Error("the case took what it should have refused");
    },
    (error: unknown) => error,
  );
  if (!(failure instanceof WorkflowUpdateFailedError) || !(failure.cause instanceof ApplicationFailure)) throw failure;
  const { type, message, details } = failure.cause;
  return { code: type ?? "", message, details: (details?.[0] ?? {}) as JsonObject };
}

/** Effects in the protocol that carry this case's keys. */
export const registrations = (rig: Rig, c: TestCase) =>
  rig.simulators.protocol.ledger().filter((entry) => entry.key.startsWith(`${c.id}/`));

/** `create`, `pay` and `cancel` of the debts of all cases, in order. */
export const debts = (rig: Rig) => rig.simulators.payments.ledger();

/** Each registration, debt and document stands at most once per key in the systems' own ledgers; a courtesy message at most twice. */
export async function expectEachEffectOnce(rig: Rig): Promise<void> {
  const { protocol, payments, messages } = rig.simulators;
  const effects = [...protocol.ledger(), ...payments.ledger()].map(({ operation, key }) => `${operation} ${key}`);
  expect(repeated(effects, 1)).toEqual([]);
  expect(
    repeated(
      protocol.ledger().map(({ reference }) => reference),
      1,
    ),
  ).toEqual([]);
  expect(
    repeated(
      messages.ledger().map(({ key }) => key),
      2,
    ),
  ).toEqual([]);
  const documents = await rig.sql<{ key: string }>("select key from effects where operation = 'documents.issue' and state = 'done'");
  expect(
    repeated(
      documents.map(({ key }) => key),
      1,
    ),
  ).toEqual([]);
}

function repeated(values: readonly string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > most).map(([value, count]) => `${value}: ${count} times`);
}

/** The citizen pays the debt of this case. With `tell`, the payment service sends Darsena's gateway the hint. */
export async function pay(rig: Rig, c: TestCase, tell?: string): Promise<void> {
  const { shows } = await action(c, "payment");
  await rig.simulators.payments.control("pay", { nav: String(shows?.["noticeNumber"]), ...(tell ? { tell, case: c.id } : {}) });
}

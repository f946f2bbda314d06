/** What must be true of every case, whatever happened to it: each check gives one sentence per breach. */
import { operationById } from "../connectors/contracts.ts";
import { debts, registrations } from "./acts.ts";
import type { Rig, TestCase } from "./rig.ts";

/** One incoming registration and one outgoing one at most, in the protocol's own ledger, whatever key they were sent under. */
export function registeredTwice(rig: Rig, c: TestCase): string[] {
  const flows = registrations(rig, c).map(({ flow }) => String(flow));
  return [...new Set(flows)].flatMap((flow) => {
    const times = flows.filter((other) => other === flow).length;
    return times === 1 ? [] : [`${c.id}: registration ${flow} ${times} times`];
  });
}

/** One debt at most, of all that the payment service has created since; its ledger knows no cases. */
export function owedTwice(rig: Rig, since: number): string[] {
  const created = debts(rig)
    .slice(since)
    .filter(({ operation }) => operation === "create");
  return created.length <= 1 ? [] : [`create of a debt ${created.length} times: ${created.map(({ reference }) => reference).join(", ")}`];
}

/** A case that is closed has no write left whose outcome nobody knows. */
export async function closedUnverified(rig: Rig, c: TestCase): Promise<string[]> {
  if ((await c.status()).state !== "closed") return [];
  const rows = await rig.register.effects.ofCase(c.id);
  const open = rows.filter(
    ({ key, state, operation }) =>
      (state === "unknown" || state === "intended") &&
      operationById(operation)?.effect === "write" &&
      !rows.some((other) => other.key === key && other.state === "done"),
  );
  return open.map(({ key, operation, state }) => `${key}: ${operation} is ${state}, and the case is closed`);
}

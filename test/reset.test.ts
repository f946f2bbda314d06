/** Reset in Temporal: an operator goes back in a case's history, and what was done is answered from the effect ledger, not done again. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { expectEachEffectOnce, grant, registrations } from "./acts.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, startRig, testCase } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.startWorker();
}, 120_000);
afterAll(() => rig?.stop());

/** Resets to the end of the first workflow task: before the first call, or behind it where that was a short one. */
async function resetToBeginning(id: string): Promise<string> {
  const { events } = await testCase(rig, id).handle.fetchHistory();
  const task = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await rig.client.workflowService.resetWorkflowExecution({
    namespace: "default",
    workflowExecution: { workflowId: id },
    workflowTaskFinishEventId: task?.eventId ?? null,
    reason: "a test",
    requestId: `reset-${id}`,
  });
  return runId ?? "";
}

test("a case that is reset to its beginning is the same case: one receipt, one registration, one document", async () => {
  const c = await rig.start("disabled-parking-pass", await passRequest(rig.register));
  const before = await c.until("it waits for the office", (status) => status.waitingFor === "office");
  await resetToBeginning(c.id);
  const again = testCase(rig, c.id);
  await again.until("it waits for the office again", (status) => status.number > before.number && status.waitingFor === "office");
  await decide(again, grant);
  const status = await again.closed();
  expect(status).toMatchObject({ outcome: "granted", receipt: before.receipt, protocolNumber: before.protocolNumber });
  expect(registrations(rig, again)).toHaveLength(2);
  await expectEachEffectOnce(rig);
});

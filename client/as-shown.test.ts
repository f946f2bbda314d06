import { expect, test } from "@jest/globals";
import type { Message, Repair } from "../cases/message.ts";
import type { Action, CaseStatus, ParkedProblem } from "../cases/status.ts";
import { asShown } from "./as-shown.ts";
import { DarsenaError } from "./errors.ts";
import { aStatus } from "./memory-ports.ts";

const decision: Message = { id: "m-1", for: "decision.1", name: "decision", body: {}, from: "office:test", at: "2026-11-22T09:30:00Z" };
const retry: Repair = { id: "r-1", problem: "p1", verb: "retry", reason: "test", by: "Test Operator" };
const title = { en: "Decide", it: "Decidere" };
const action: Action = { id: "decision.1", name: "decision", who: "office", title, form: {} };
const problem = {
  id: "p1",
  code: "protocol.register:OUTCOME_UNKNOWN",
  path: "registration",
  title: "",
  advice: "",
  since: "",
  verbs: ["retry"],
};
const asking = aStatus("c-1", { state: "waiting", actions: [action] });
const parked = aStatus("c-1", { state: "parked", problem: problem as ParkedProblem });

const notExpected = (waitsFor: string[]) => new DarsenaError("NOT_EXPECTED", { details: { waitsFor } });

/** The case refuses so often with this, and then takes it. */
async function told(act: Message | Repair, refusal: DarsenaError, times: number, status: CaseStatus | undefined) {
  let tries = 0;
  const tell = async () => {
    tries += 1;
    if (tries <= times) throw refusal;
    return "taken";
  };
  const result = await asShown(act, tell, async () => status, [1, 1, 1]).catch((error: DarsenaError) => error.code);
  return { result, tries };
}

test("what the register shows as asked, and the case does not know yet, is said again until it is taken", async () => {
  expect(await told(decision, notExpected([]), 2, asking)).toEqual({ result: "taken", tries: 3 });
  const unknown = new DarsenaError("NO_SUCH_PROBLEM", { details: { open: [] } });
  expect(await told(retry, unknown, 2, parked)).toEqual({ result: "taken", tries: 3 });
});

test("when the case does not come to it in time, the caller is told to repeat the call, never that it is not expected", async () => {
  expect(await told(decision, notExpected([]), 9, asking)).toEqual({ result: "NO_ANSWER_YET", tries: 4 });
});

test("a refusal that agrees with the register is given on at once", async () => {
  const refusals: [Message | Repair, DarsenaError, CaseStatus | undefined][] = [
    [decision, notExpected([]), aStatus("c-1", { state: "running" })],
    [decision, notExpected([]), undefined],
    [decision, notExpected([]), { ...asking, state: "closed" }],
    [decision, new DarsenaError("ALREADY_ANSWERED"), asking],
    // The decision is open, and this outcome of it is not possible yet.
    [decision, new DarsenaError("NOT_EXPECTED", { details: { first: "rejectionNotice" } }), asking],
    [decision, notExpected(["decision (decision.1)"]), asking],
    // Open in the case, too: somebody has just repaired it.
    [retry, new DarsenaError("NO_SUCH_PROBLEM", { details: { open: ["p1"] } }), parked],
    [retry, new DarsenaError("NO_SUCH_PROBLEM", { details: { open: [] } }), asking],
    [retry, new DarsenaError("NOT_EXPECTED", { details: { verbs: ["resolve"] } }), parked],
  ];
  for (const [act, refusal, status] of refusals) expect(await told(act, refusal, 9, status)).toEqual({ result: refusal.code, tries: 1 });
});

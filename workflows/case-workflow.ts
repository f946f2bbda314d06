/** The one workflow of all services. Its type is the service's id; it resolves the service, pins it, and lives the case. */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
  defineQuery,
  defineUpdate,
} from "@temporalio/workflow";
import { isHandWritten } from "../catalogue/definition.ts";
import { Case } from "../cases/case.ts";
import { Interpreter } from "../cases/interpreter.ts";
import { live, type Way } from "../cases/life.ts";
import { applyMessage, checkMessage, recordedAnswer } from "../cases/mailbox.ts";
import { type CaseStart, type Message, type MessageAnswer, queries, type Repair, updates } from "../cases/message.ts";
import { newState } from "../cases/new-state.ts";
import { applyRepair, checkRepair } from "../cases/problem.ts";
import { Refusal } from "../cases/refusal.ts";
import { RestartFromState } from "../cases/runtime.ts";
import { snapshot } from "../cases/snapshot.ts";
import type { CaseState } from "../cases/state.ts";
import { Strand } from "../cases/strand.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import { byHand } from "./by-hand/table.ts";
import { type HandWritten, HandWrittenCase } from "./by-hand/hand-written-case.ts";
import { registerActivities, reportActivities, TemporalRuntime } from "./runtime.ts";
import { applicantAttribute } from "./search-attributes.ts";

const messageUpdate = defineUpdate<MessageAnswer, [Message]>(updates.message);
const repairUpdate = defineUpdate<MessageAnswer, [Repair]>(updates.repair);
const statusQuery = defineQuery<CaseStatus | null>(queries.status);

interface Living {
  c: Case;
  expected: () => string[];
}

export async function caseWorkflow(argument: CaseStart | CaseState): Promise<CaseStatus> {
  const holder: { living?: Living } = {};
  setHandlers(holder);
  const root = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const state = isState(argument) ? argument : await opened(argument);
    const runtime = new TemporalRuntime(!isHandWritten(state.service));
    const c = new Case(state, runtime);
    const strand = new Strand(c);
    const way = wayOf(strand);
    holder.living = { c, expected: way.expected };
    heedCancellation(root, c);
    try {
      const status = await live(strand, way);
      await report(c.state.parent, {
        outcome: status.outcome ?? "",
        ...(status.protocolNumber === undefined ? {} : { protocolNumber: status.protocolNumber }),
        ...(status.result === undefined ? {} : { result: status.result }),
      });
      await condition(allHandlersFinished);
      return status;
    } catch (error) {
      if (!(error instanceof RestartFromState)) throw error;
      // A message that came meanwhile is in the state, and its effect is published before the run ends.
      while (!c.quiet || !allHandlersFinished()) {
        await c.flush();
        await condition(allHandlersFinished);
      }
      return continueAsNew<typeof caseWorkflow>(c.state);
    }
  });
}

/** A state is believed only from a run that continues another. */
const isState = (argument: CaseStart | CaseState): argument is CaseState =>
  workflowInfo().continuedFromExecutionRunId !== undefined && (argument as Partial<CaseState> | undefined)?.darsenaState === 1;

async function opened(start: CaseStart): Promise<CaseState> {
  const { workflowId, workflowType, firstExecutionRunId } = workflowInfo();
  const result = await registerActivities["case.open"]({
    caseId: workflowId,
    firstRunId: firstExecutionRunId,
    service: workflowType,
    start,
  });
  if (result.kind === "refused") {
    await report(start?.parent, { refused: result.code });
    throw ApplicationFailure.create({
      type: result.code,
      message: result.message,
      details: [{ errors: result.errors }],
      nonRetryable: true,
    });
  }
  if (result.applicant !== undefined) upsertSearchAttributes([applicantAttribute(result.applicant)]);
  return newState(workflowId, start, result);
}

/** A case that another one opened tells it how it ended. */
async function report(parent: CaseStart["parent"], body: JsonObject): Promise<void> {
  if (parent) await reportActivities["case.report"]({ parent, child: workflowInfo().workflowId, body });
}

/** A table of workflows written by hand is looked up before a definition is interpreted. */
function wayOf(c: Strand): Way & { expected: () => string[] } {
  const { service } = c.state;
  if (!isHandWritten(service)) {
    const interpreter = new Interpreter(c);
    return { steps: () => interpreter.run(), withdrawn: () => interpreter.withdrawn(), expected: () => interpreter.expected() };
  }
  return {
    steps: () => written(c, service.workflow).run(new HandWrittenCase(c)),
    withdrawn: () => written(c, service.workflow).withdrawn(new HandWrittenCase(c)),
    expected: () => [],
  };
}

/** A worker checks at its start that it has every workflow that its catalogue names; another one parks the case as a defect. */
function written(c: Strand, name: string): HandWritten {
  const found = byHand[name];
  if (!found) throw new TypeError(`${c.state.service.service} names the workflow "${name}", which this worker does not have`);
  return found;
}

/** "Cancel" in the Temporal UI is an operator's cancellation: what was promised is undone, nothing is cut off. */
function heedCancellation(root: CancellationScope, c: Case): void {
  void root.cancelRequested.catch(() => {
    c.state.stop ??= { kind: "cancelled", by: "a cancellation in Temporal", at: c.now() };
    c.touch();
  });
}

function setHandlers(holder: { living?: Living }): void {
  const living = async (): Promise<Living> => {
    await condition(() => holder.living !== undefined);
    return holder.living as Living;
  };
  setHandler(
    messageUpdate,
    async (message) => {
      const { c, expected } = await living();
      const recorded = recordedAnswer(c.state, message);
      if (recorded) return recorded;
      refusing(() => checkMessage(c.state, message, expected()));
      const answer = applyMessage(c.state, message, 0, c.now());
      answer.number = c.touch();
      return answer;
    },
    {
      description: "A decision, an answer, a withdrawal or a hint of a system. The status names in `actions` what the case waits for.",
      validator: (message) => {
        if (holder.living) refusing(() => checkMessage(holder.living?.c.state as CaseState, message, holder.living?.expected() ?? []));
      },
    },
  );
  setHandler(
    repairUpdate,
    async (repair) => {
      const { c } = await living();
      const recorded = c.state.seen[repair.id];
      if (recorded) return recorded;
      refusing(() => checkRepair(c.state, repair, Date.now()));
      applyRepair(c.state, repair, c.now());
      const answer: MessageAnswer = { accepted: true, number: c.touch() };
      c.state.seen[repair.id] = answer;
      return answer;
    },
    {
      description: "An operator's act on a parked case: retry, resolve, skip or cancel, with a name and a reason.",
      validator: (repair) => {
        const state = holder.living?.c.state;
        if (state && !state.seen[repair.id]) refusing(() => checkRepair(state, repair, Date.now()));
      },
    },
  );
  setHandler(statusQuery, () => (holder.living ? snapshot(holder.living.c) : null), {
    description: "The status of the case, as operators see it.",
  });
}

/** A refusal reaches the caller as an ApplicationFailure whose type is its code. */
function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Refusal)
      throw ApplicationFailure.create({ type: error.code, message: error.message, details: [error.details], nonRetryable: true });
    throw ApplicationFailure.create({
      type: "INVALID_BODY",
      message: "The message could not be read.",
      details: [{ errors: [] }],
      nonRetryable: true,
    });
  }
}

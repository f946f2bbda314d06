/** The one workflow of all services. Its type is the service's id; it resolves the service, pins it, and lives the case. */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import { isHandWritten } from "../catalogue/definition.ts";
import { Case } from "../cases/case.ts";
import { Interpreter } from "../cases/interpreter.ts";
import { live, type Way } from "../cases/life.ts";
import type { CaseStart } from "../cases/message.ts";
import { newState } from "../cases/new-state.ts";
import { RestartFromState } from "../cases/runtime.ts";
import type { CaseState } from "../cases/state.ts";
import { Strand } from "../cases/strand.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import { byHand } from "./by-hand/table.ts";
import { type HandWritten, HandWrittenCase } from "./by-hand/hand-written-case.ts";
import { type Holder, setHandlers } from "./handlers.ts";
import { registerActivities, reportActivities, TemporalRuntime } from "./runtime.ts";
import { applicantAttribute } from "./search-attributes.ts";

export async function caseWorkflow(argument: CaseStart | CaseState): Promise<CaseStatus> {
  const holder: Holder = {};
  setHandlers(holder);
  const root = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const state = isState(argument) ? argument : await opened(argument);
    const runtime = new TemporalRuntime(state);
    const c = new Case(state, runtime);
    const strand = new Strand(c);
    const way = wayOf(strand);
    holder.living = { c, expected: way.expected, heard: () => runtime.heard() };
    heedCancellation(root, c);
    try {
      const status = await live(strand, way);
      await report(c.state.parent, {
        outcome: status.outcome ?? "",
        ...(status.protocolNumber === undefined ? {} : { protocolNumber: status.protocolNumber }),
        ...(status.result === undefined ? {} : { result: status.result }),
      });
      if (!allHandlersFinished()) await condition(allHandlersFinished);
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
  return newState(workflowId, start, result, Date.now());
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

/** The life of a case, from its first step to its end: steps, then undo where due, then the outcome. */
import { isHandWritten } from "../catalogue/definition.ts";
import type { Case } from "./case.ts";
import { Ended } from "./interpreter.ts";
import { RestartFromState, Stopped } from "./runtime.ts";
import { snapshot } from "./snapshot.ts";
import { DEFECT, type Strand } from "./strand.ts";
import type { CaseState, Stop } from "./state.ts";
import type { CaseOutcome, CaseStatus } from "./status.ts";
import { undoAll } from "./undo.ts";

/** What a service does: interpreted, or written by hand. */
export interface Way {
  /** Runs the steps to the service's own outcome. */
  steps(): Promise<CaseOutcome>;
  /** What follows the undos of a withdrawal: it is itself registered. */
  withdrawn(): Promise<void>;
}

/**
 * Runs the case to its end and returns its last status. Only `RestartFromState` comes out as an exception; a defect parks the case instead of failing it.
 */
export async function live(strand: Strand, way: Way): Promise<CaseStatus> {
  const { case: c } = strand;
  c.beginStretch();
  c.touch();
  for (;;) {
    try {
      if (!c.state.ending) {
        c.state.ending = await outcomeOf(c, way);
        // Once: what the withdrawal itself begins is not to be closed by a restart.
        closeOpen(c);
      }
      await finish(strand, way);
      break;
    } catch (error) {
      if (error instanceof RestartFromState) {
        c.endStretch();
        await c.flush();
        throw error;
      }
      if (error instanceof Stopped) continue;
      await parkDefect(strand, error);
    }
  }
  c.endStretch();
  await c.flush();
  return snapshot(c);
}

async function outcomeOf(c: Case, way: Way): Promise<NonNullable<CaseState["ending"]>> {
  try {
    const outcome = await way.steps();
    return { outcome, undo: undoneAt(c, outcome) };
  } catch (error) {
    if (error instanceof Ended)
      return { outcome: error.outcome, undo: error.undo || undoneAt(c, error.outcome), ...(error.reason ? { reason: error.reason } : {}) };
    if (!(error instanceof Stopped)) throw error;
    const stop = c.state.stop as Stop;
    return { outcome: stop.kind, undo: true, stop: stop.kind };
  }
}

/** Whether the service undoes at this outcome what can be undone. */
const undoneAt = (c: Case, outcome: CaseOutcome): boolean => !isHandWritten(c.state.service) && c.state.service.undoOn.includes(outcome);

async function finish(strand: Strand, way: Way): Promise<void> {
  const { case: c } = strand;
  const ending = c.state.ending as NonNullable<CaseState["ending"]>;
  if (ending.undo) await undoAll(strand);
  if (ending.stop === "withdrawn") await way.withdrawn();
  if (!c.state.clock.some((event) => event.kind === "decided")) c.state.clock.push({ kind: "decided", at: c.now() });
  c.state.outcome = ending.outcome;
  c.state.closedAt = c.now();
  c.state.waiting = {};
  const text = ending.reason ??
    c.state.service.outcomes[ending.outcome] ?? { en: `Closed: ${ending.outcome}`, it: `Conclusa: ${ending.outcome}` };
  c.tell("closed", text, { public: true });
  c.touch();
}

/** Questions and calls that a stop left open are over. */
function closeOpen(c: Case): void {
  for (const id of Object.keys(c.state.questions)) {
    c.state.answered[id] ??= { by: "the end of the case", at: c.now() };
    delete c.state.questions[id];
  }
  for (const [path, record] of Object.entries(c.state.steps)) if (record.state === "running") c.finished(path, "skipped");
}

/** No exception in the interpreter ever fails the workflow task or loses the case: a person looks, and retry goes on from the state. */
async function parkDefect(strand: Strand, error: unknown): Promise<void> {
  const name = error instanceof Error ? error.name : "unknown";
  try {
    const repair = await strand.park({
      path: DEFECT,
      code: `internal:${name}`,
      title: `A defect stopped the case: ${error instanceof Error ? error.message : name}`,
      advice: "Report it with the case's id. Retry goes on from the last finished step.",
      verbs: ["retry", "cancel"],
    });
    if (repair.verb === "cancel") strand.state.stop ??= { kind: "cancelled", by: repair.by, at: strand.now(), reason: repair.reason };
  } catch (failure) {
    if (!(failure instanceof Stopped)) throw failure;
  }
}

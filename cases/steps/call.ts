/** `call`: one operation of a contract; refusals are branches, writes may be undone later. */
import type { CallStep } from "../../catalogue/definition.ts";
import { condition } from "../../catalogue/expressions.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { type CallResult, performCall } from "../calls.ts";
import type { Strand } from "../strand.ts";
import { configured, durationMs } from "../duration.ts";
import { noteLandmarks } from "../landmarks.ts";
import { publicLabel, titleOf } from "../snapshot.ts";
import type { Interpreter } from "../interpreter.ts";

export async function runCall(interpreter: Interpreter, path: string, step: CallStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path, step.call);
  const result = await performCall(c, {
    path,
    operation: step.call,
    title: titleOf(c.state, path, step.call).en,
    input: () => interpreter.fill(step.with) as JsonObject,
    handles: (error) => branchOf(interpreter, step, error) !== undefined,
    optional: step.optional ?? false,
    ...(step.within === undefined ? {} : { withinMs: durationMs(configured(c.state, `${path}.within`, step.within)) }),
  });
  if (result.kind === "rejected") return takeBranch(interpreter, path, step, result);
  endCall(c, path, step.call, result);
  if (result.kind === "expired" && step.otherwise) return interpreter.consequence(path, step.otherwise, {});
  if (step.undo && result.kind === "done") await rememberUndo(interpreter, path, step);
}

/** Records what a call came to, for interpreted and hand-written services alike. */
export function endCall(c: Strand, path: string, operation: string, result: Exclude<CallResult, { kind: "rejected" }>): void {
  if (result.kind !== "done") {
    c.case.finished(path, "failed", undefined, result.kind === "skipped" ? result.note : "not sent in the time allowed");
    c.case.tell("failed", titleOf(c.state, path, operation), { path });
    return;
  }
  const label = publicLabel(c.state, path);
  c.case.finished(path, "done", result.output as JsonObject, result.note);
  noteLandmarks(c.state, operation, result.output as JsonObject);
  c.case.tell("done", label ?? titleOf(c.state, path, operation), { path, public: label !== undefined });
}

type Branch = NonNullable<CallStep["rejected"]>[number];

function branchOf(interpreter: Interpreter, step: CallStep, error: { code: string; message: string }): Branch | undefined {
  const scope = { ...interpreter.scope(), error: { code: error.code } };
  return step.rejected?.find((branch) => condition(branch.if, scope));
}

async function takeBranch(interpreter: Interpreter, path: string, step: CallStep, error: { code: string; message: string }): Promise<void> {
  const { c } = interpreter;
  const branch = branchOf(interpreter, step, error) as Branch;
  c.case.finished(path, "rejected", undefined, error.code);
  c.case.tell("rejected", titleOf(c.state, path, step.call), { path });
  await interpreter.consequence(path, branch, { error: { code: error.code } });
}

async function rememberUndo(interpreter: Interpreter, path: string, step: CallStep): Promise<void> {
  const { c } = interpreter;
  const undo = step.undo;
  if (!undo) return;
  const input = await c.evaluated(path, () => interpreter.fill(undo.with) as JsonObject);
  const base = `${c.id}/${path}`;
  const generation = c.state.generations[base] ?? 1;
  c.state.undo.push({ path, key: `${generation === 1 ? base : `${base}~${generation}`}.undo`, call: undo.call, input });
}

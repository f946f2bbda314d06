/** `block`: a fragment in its place, with inputs, steps and outputs of its own. */
import type { BlockStep } from "../../catalogue/definition.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { Interpreter } from "../interpreter.ts";

export async function runBlock(interpreter: Interpreter, path: string, step: BlockStep): Promise<void> {
  const { c } = interpreter;
  const { inputs, steps, outputs } = step.block;
  c.case.started(path);
  const progress = (c.state.progress[path] ??= { round: 1, stage: "block" });
  progress.inputs ??= await c.evaluated(path, () => interpreter.fill(inputs) as JsonObject);
  const inner = interpreter.fragment(path, progress.inputs, { steps, prefix: `${path}/` });
  await inner.steps(steps, `${path}/`);
  const result = await c.evaluated(path, () => inner.fill(outputs) as JsonObject);
  delete c.state.progress[path];
  c.case.finished(path, "done", result);
}

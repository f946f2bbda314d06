/** `choose`: the first branch whose condition holds; the choice is made once. */
import type { ChooseStep } from "../../catalogue/definition.ts";
import { condition } from "../../catalogue/expressions.ts";
import type { Interpreter } from "../interpreter.ts";

export async function runChoose(interpreter: Interpreter, path: string, step: ChooseStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path);
  const choose = () => step.choose.findIndex((one) => one.if === undefined || condition(one.if, interpreter.scope()));
  const progress = (c.state.progress[path] ??= { round: 1, stage: "chosen", branch: await c.evaluated(path, choose) });
  const chosen = step.choose[progress.branch ?? -1];
  if (chosen) await interpreter.steps(chosen.steps, `${path}/`);
  delete c.state.progress[path];
  c.case.finished(path, "done", { branch: progress.branch ?? -1 });
}

/** `run`: a code step, registered by name. */
import type { RunStep } from "../../catalogue/definition.ts";
import { ExpressionError } from "../../catalogue/json-value.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { codeSteps } from "../code-steps.ts";
import type { Interpreter } from "../interpreter.ts";

export async function runCode(interpreter: Interpreter, path: string, step: RunStep): Promise<void> {
  const { c } = interpreter;
  c.case.started(path);
  const result = await c.evaluated(path, () => {
    const code = codeSteps[step.run];
    if (!code) throw new ExpressionError("no_code_step", `this worker has no code step "${step.run}"`);
    const input = code.input.safeParse(interpreter.fill(step.with));
    if (!input.success)
      throw new ExpressionError(
        "code_input",
        `the input of "${step.run}" does not fit: ${input.error.issues.map((issue) => issue.path.join(".")).join(", ")}`,
      );
    const output = code.output.safeParse(code.run(input.data));
    if (!output.success) throw new ExpressionError("code_output", `"${step.run}" gave something that does not fit its own output`);
    return output.data as JsonObject;
  });
  c.case.finished(path, "done", result);
}

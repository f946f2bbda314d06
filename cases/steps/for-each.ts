/** `forEach`: the same steps for each item of a list, a bounded number of items at a time. */
import type { ForEachStep } from "../../catalogue/definition.ts";
import { ExpressionError } from "../../catalogue/json-value.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Interpreter } from "../interpreter.ts";
import { inStrands, type Strand } from "../strand.ts";

const MOST_ITEMS = 500;

export async function runForEach(interpreter: Interpreter, path: string, step: ForEachStep): Promise<void> {
  const { c } = interpreter;
  const { as, atMost, steps } = step.forEach;
  c.case.started(path);
  const progress = (c.state.progress[path] ??= {
    round: 1,
    stage: "items",
    items: await c.evaluated(path, () => itemsOf(interpreter, step)),
  });
  const items = progress.items ?? [];
  const done = (progress.done ??= []);
  const works = items.flatMap((item, index) => {
    const prefix = `${path}[${index}]/`;
    if (done.includes(prefix)) return [];
    return async (strand: Strand) => {
      await interpreter.inside(strand, { [as]: item, index }, { steps, prefix }).steps(steps, prefix);
      done.push(prefix);
    };
  });
  await inStrands(c, works, atMost, () => false);
  delete c.state.progress[path];
  c.case.finished(path, "done", { items: items.map((_, index) => resultsOf(c, steps, `${path}[${index}]/`)) });
}

function itemsOf(interpreter: Interpreter, step: ForEachStep): Json[] {
  const list = interpreter.fill(step.forEach.in);
  if (!Array.isArray(list)) throw new ExpressionError("not_a_list", `"${step.forEach.in}" gives no list`);
  if (list.length > MOST_ITEMS)
    throw new ExpressionError("too_many_items", `"${step.forEach.in}" gives ${list.length} items; at most ${MOST_ITEMS} are worked on`);
  return list;
}

const resultsOf = (c: Strand, steps: ForEachStep["forEach"]["steps"], prefix: string): JsonObject =>
  Object.fromEntries(
    steps.flatMap((step) => {
      const result = c.state.steps[`${prefix}${step.id}`]?.result;
      return result === undefined ? [] : [[step.id, result]];
    }),
  );

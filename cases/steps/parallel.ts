/** `parallel`: branches side by side, until all, the first, or a number of them have come to their end. */
import type { ParallelStep } from "../../catalogue/definition.ts";
import type { Interpreter } from "../interpreter.ts";
import { inStrands, type Strand } from "../strand.ts";

export async function runParallel(interpreter: Interpreter, path: string, step: ParallelStep): Promise<void> {
  const { c } = interpreter;
  const { branches, wait } = step.parallel;
  c.case.started(path);
  const names = Object.keys(branches);
  const needed = wait === "all" ? names.length : wait === "first" ? 1 : Math.min(wait, names.length);
  const progress = (c.state.progress[path] ??= { round: 1, stage: "branches" });
  const done = (progress.done ??= []);
  const open = names.filter((name) => !done.includes(name));
  const works = open.map((name) => async (strand: Strand) => {
    await interpreter.inside(strand).steps(branches[name] ?? [], `${path}/${name}/`);
    done.push(name);
  });
  await inStrands(c, works, works.length, () => done.length >= needed);
  for (const name of names) if (!done.includes(name)) giveUp(c, `${path}/${name}/`);
  delete c.state.progress[path];
  // In the order of the definition: which branch came first by a moment means nothing.
  c.case.finished(path, "done", { done: names.filter((name) => done.includes(name)) });
}

/** What a branch that nobody waits for left open is over. */
function giveUp(c: Strand, prefix: string): void {
  const { state } = c;
  for (const question of Object.values(state.questions)) {
    if (!question.path.startsWith(prefix)) continue;
    delete state.questions[question.id];
    state.answered[question.id] ??= { by: "another branch", at: c.now() };
  }
  for (const path of Object.keys(state.progress)) if (path.startsWith(prefix)) delete state.progress[path];
  for (const [path, record] of Object.entries(state.steps))
    if (path.startsWith(prefix) && record.state === "running") c.case.finished(path, "skipped");
}

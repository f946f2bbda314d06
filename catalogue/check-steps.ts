/** Finds mistakes in the steps of a service: ids, operations, inputs, offices, branches, refusals without a person. */
import { operationById, operationIds } from "../connectors/contracts.ts";
import { checkFields, type Report } from "./check.ts";
import type { CallStep, DecideStep, Overlay, Step, YamlService } from "./definition.ts";

interface Walk {
  service: YamlService;
  overlays: Overlay[];
  report: Report;
  ids: Set<string>;
  /** True once a `decide` stands before the present step. */
  decided: boolean;
}

export function checkSteps(service: YamlService, overlays: Overlay[], report: Report): void {
  const walk: Walk = { service, overlays, report, ids: new Set(), decided: false };
  visit(walk, service.steps, ["steps"]);
  visit({ ...walk, decided: true }, service.withdrawn, ["withdrawn"]);
  office(walk, service.office, ["office"]);
}

function visit(walk: Walk, steps: readonly Step[], path: PropertyKey[]): void {
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    if (walk.ids.has(step.id)) walk.report([...at, "id"], "duplicate-id", `the step id "${step.id}" is used twice`);
    walk.ids.add(step.id);
    if ("call" in step) checkCall(walk, step, at);
    if ("decide" in step) checkDecide(walk, step, at);
    if ("ask" in step) checkFields([...at, "ask", "form"], step.ask.form, walk.report);
    if ("wait" in step) checkWait(walk, step, at);
    if ("choose" in step) for (const [branch, one] of step.choose.entries()) visit(walk, one.steps, [...at, "choose", branch, "steps"]);
    if ("end" in step) refusal(walk, step.end, [...at, "end"]);
  }
}

function operation(walk: Walk, id: string, path: PropertyKey[]): ReturnType<typeof operationById> {
  const found = operationById(id);
  if (found) return found;
  const near = nearest(id, operationIds());
  walk.report(path, "unknown-operation", `there is no operation "${id}"${near === undefined ? "" : `; did you mean "${near}"?`}`);
  return undefined;
}

function checkCall(walk: Walk, step: CallStep, at: PropertyKey[]): void {
  const found = operation(walk, step.call, [...at, "call"]);
  if (found) inputs(walk, found, step.with, [...at, "with"]);
  if (step.within !== undefined && !step.optional && !step.otherwise)
    walk.report([...at, "within"], "call", '"within" needs "otherwise" (or "optional"): what happens when the time is over?');
  if (step.otherwise && step.within === undefined) walk.report([...at, "otherwise"], "call", '"otherwise" needs "within"');
  if (step.otherwise && "end" in step.otherwise) refusal(walk, step.otherwise.end, [...at, "otherwise", "end"]);
  if (step.undo) {
    const undo = operation(walk, step.undo.call, [...at, "undo", "call"]);
    if (undo) inputs(walk, undo, step.undo.with, [...at, "undo", "with"]);
  }
  for (const [index, branch] of (step.rejected ?? []).entries())
    if ("end" in branch) refusal(walk, branch.end, [...at, "rejected", index, "end"]);
}

/** Names of inputs that the contract does not have, and those that it requires. */
function inputs(
  walk: Walk,
  found: NonNullable<ReturnType<typeof operationById>>,
  given: Record<string, unknown>,
  path: PropertyKey[],
): void {
  const shape = (found.input as { shape?: Record<string, { safeParse(value: unknown): { success: boolean } }> }).shape;
  if (!shape) return;
  for (const name of Object.keys(given))
    if (!(name in shape))
      walk.report([...path, name], "unknown-input", `${found.id} has no input "${name}"; it has ${Object.keys(shape).join(", ")}`);
  for (const [name, schema] of Object.entries(shape))
    if (!(name in given) && !schema.safeParse(undefined).success)
      walk.report(path, "missing-input", `${found.id} needs the input "${name}"`);
}

function checkDecide(walk: Walk, step: DecideStep, at: PropertyKey[]): void {
  walk.decided = true;
  const { outcomes, asks, requires } = step.decide;
  office(walk, step.decide.office, [...at, "decide", "office"]);
  for (const [name, one] of Object.entries(outcomes)) checkFields([...at, "decide", "outcomes", name, "form"], one.form, walk.report);
  for (const [name, one] of Object.entries(asks)) checkFields([...at, "decide", "asks", name, "form"], one.form, walk.report);
  for (const [outcome, ask] of Object.entries(requires)) {
    if (!(outcome in outcomes))
      walk.report([...at, "decide", "requires", outcome], "unknown-outcome", `the decision has no outcome "${outcome}"`);
    if (!(ask in asks)) walk.report([...at, "decide", "requires", outcome], "unknown-ask", `the decision has no ask "${ask}"`);
  }
}

function checkWait(walk: Walk, step: Extract<Step, { wait: unknown }>, at: PropertyKey[]): void {
  const { for: name, until, confirm, within, otherwise } = step.wait;
  if ((name === undefined) === (until === undefined))
    walk.report([...at, "wait"], "wait", 'a wait has either "for" (a message) or "until" (a date)');
  if (confirm) {
    const found = operation(walk, confirm.call, [...at, "wait", "confirm", "call"]);
    if (found && found.effect !== "read")
      walk.report([...at, "wait", "confirm", "call"], "confirm-writes", `${confirm.call} is no read, and a confirmation is repeated`);
  }
  if (otherwise && within === undefined)
    walk.report([...at, "wait", "otherwise"], "wait", '"otherwise" needs "within": without it the wait never ends');
  if (otherwise && "end" in otherwise) refusal(walk, otherwise.end, [...at, "wait", "otherwise", "end"]);
}

function office(walk: Walk, name: string, path: PropertyKey[]): void {
  if (name.includes("${")) return;
  for (const overlay of walk.overlays)
    if (!(name in overlay.offices))
      walk.report(
        path,
        "unknown-office",
        `${overlay.municipality} has no office "${name}"; it has ${Object.keys(overlay.offices).join(", ")}`,
      );
}

/** A refusal needs a person. */
function refusal(walk: Walk, outcome: string, path: PropertyKey[]): void {
  if (outcome === "refused" && !walk.decided)
    walk.report(path, "refusal-without-person", "a refusal needs a decision of an office before it");
}

function nearest(word: string, words: readonly string[]): string | undefined {
  const scored = words.map((one) => ({ one, distance: distance(word, one) })).toSorted((a, b) => a.distance - b.distance)[0];
  return scored && scored.distance <= Math.max(3, word.length / 3) ? scored.one : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

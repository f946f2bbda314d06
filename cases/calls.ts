/**
 * The durable loop around one call (DESIGN section 5): it sends, settles what is unknown (`unknown-outcome.ts`), and parks what needs a
 * person (`call-problems.ts`). A further send is issued only after `unknown`, and only under a key that the system knows, after a look-up
 * settled as "not found" where the adapter says why a second send is safe, or after an operator confirmed by name that nothing was done.
 */
import { operationById } from "../connectors/contracts.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import type { Outcome } from "../connectors/outcome.ts";
import { brokenProblem, conflictProblem, invalidProblem, type NewProblem, rejectedProblem } from "./call-problems.ts";
import type { Repair } from "./message.ts";
import { priorityOf, SETTLES } from "./priority.ts";
import { type CallCommand, RestartFromState } from "./runtime.ts";
import type { CallState, Problem } from "./state.ts";
import type { Strand } from "./strand.ts";
import { giveDoubtToPerson, settleUnknown } from "./unknown-outcome.ts";

export type CallResult =
  | { kind: "done"; output: Json; note?: string }
  | { kind: "rejected"; code: string; message: string }
  /** Given up: an optional call that failed, or one that an operator skipped. */
  | { kind: "skipped"; note: string }
  /** The time allowed was over, and nothing was sent. */
  | { kind: "expired" };

export interface Call {
  path: string;
  operation: string;
  title: string;
  /** Fixed key instead of the one made from the path: undo. */
  key?: string;
  /** Evaluated once per generation, and again when an operator retries a rejected call. */
  input(): JsonObject;
  /** Whether the service has a branch for this refusal. */
  handles(error: { code: string; message: string }): boolean;
  optional: boolean;
  /** How long the call may wait for its system. */
  withinMs?: number;
}

/** A call being made: what it is, where its loop stands, and its key. */
export interface OpenCall {
  c: Strand;
  call: Call;
  state: CallState;
  key: string;
}

/** `send`: send (again) with the numbers in the state. `again`: open the call anew, with its input evaluated again. */
export type Next = CallResult | "send" | "again";

/** Performs the call to its result. Every way out leaves no trace of it in `state.calls`. */
export async function performCall(c: Strand, call: Call): Promise<CallResult> {
  for (;;) {
    const key = keyOf(c, call);
    const state = openState(c, call, key);
    const open: OpenCall = { c, call, key, state: state instanceof Promise ? await state : state };
    // After a restart the problem that parked the call is gone back to: nothing is sent behind an operator's back.
    const parked = parkedBefore(open);
    let next: Next = parked ? await parkCall(open, parked) : "send";
    while (next === "send") {
      const outcome = await send(open);
      const settled = outcome.kind === "unknown" ? settleUnknown(open, outcome) : settleKnown(open, outcome);
      next = settled instanceof Promise ? await settled : settled;
    }
    if (next === "again") continue;
    delete c.state.calls[key];
    return next;
  }
}

const parkedBefore = ({ c, call }: OpenCall): Problem | undefined => {
  for (const id in c.state.problems) {
    const problem = c.state.problems[id];
    if (problem?.path === call.path && problem.operation === call.operation) return problem;
  }
  return undefined;
};

const baseKey = (c: Strand, call: Call): string => call.key ?? `${c.id}/${call.path}`;

function keyOf(c: Strand, call: Call): string {
  const base = baseKey(c, call);
  const generation = c.state.generations[base] ?? 1;
  return generation === 1 ? base : `${base}~${generation}`;
}

function openState(c: Strand, call: Call, key: string): CallState | Promise<CallState> {
  const known = c.state.calls[key];
  if (known) return known;
  const input = c.evaluated(call.path, () => call.input());
  return input instanceof Promise ? input.then((late) => freshState(c, call, key, late)) : freshState(c, call, key, input);
}

function freshState(c: Strand, call: Call, key: string, input: JsonObject): CallState {
  const fresh: CallState = { path: call.path, operation: call.operation, input, send: 1, tries: 0 };
  if (call.withinMs !== undefined) fresh.until = new Date(c.runtime.now() + call.withinMs).toISOString();
  c.state.calls[key] = fresh;
  return fresh;
}

function send(open: OpenCall): Outcome | Promise<Outcome> {
  const { c, state } = open;
  // After a restart from state: what was unknown still is.
  if (state.unknown) return { kind: "unknown", send: state.send, adapter: "", ...state.unknown };
  return underWay(open, () => c.runtime.call(commandOf(open, "send")));
}

export function commandOf({ c, call, state, key }: OpenCall, verb: "send" | "find"): CallCommand {
  const summary = verb === "send" ? call.title : `look up: ${call.title}`;
  const request = { key, send: state.send, input: state.input, verb };
  const priority = verb === "find" || state.send > 1 ? SETTLES : priorityOf(c.state, c.case.now());
  const alone = c.case.strands === 1 ? { alone: true as const } : {};
  const command = { operation: call.operation, summary, request, priority, ...alone };
  // What may have been done is settled, however long it takes.
  return verb === "send" && state.until !== undefined && !state.doubt ? { ...command, until: Date.parse(state.until) } : command;
}

/** Runs something of the call, during which the case shows that it waits for the system and no withdrawal takes effect. */
export async function underWay<T>({ c, call }: Pick<OpenCall, "c" | "call">, run: () => Promise<T>): Promise<T> {
  const mark = { path: call.path, operation: call.operation };
  c.case.underWay.add(mark);
  try {
    return await run();
  } finally {
    c.case.underWay.delete(mark);
  }
}

function settleKnown(open: OpenCall, outcome: Exclude<Outcome, { kind: "unknown" }>): Next | Promise<Next> {
  const { call, state } = open;
  const { optional } = call;
  switch (outcome.kind) {
    case "done": {
      const note = [...(outcome.warnings ?? []), ...(state.doubled || outcome.doubled ? ["may be doubled"] : [])].join("; ");
      return { kind: "done", output: outcome.output, ...(note ? { note } : {}) };
    }
    case "expired":
      return outcome;
    case "rejected":
      if (call.handles(outcome)) return outcome;
      return optional ? { kind: "skipped", note: outcome.code } : parkCall(open, rejectedProblem(call, outcome));
    case "invalid":
      return optional ? { kind: "skipped", note: "INPUT_INVALID" } : parkCall(open, invalidProblem(call, outcome.issues));
    case "conflict":
      return parkCall(open, conflictProblem(call, outcome));
    case "failed":
      if (state.doubt) return giveDoubtToPerson(open, state.doubt, outcome.code);
      return optional ? { kind: "skipped", note: outcome.code } : parkCall(open, brokenProblem(call, outcome));
  }
}

/** Parks the case with the call's problem, and turns the operator's repair into what comes next. */
export async function parkCall(open: OpenCall, parked: NewProblem): Promise<Next> {
  const { c, call, state, key } = open;
  let repair: Repair;
  try {
    repair = await c.park({ ...parked, key });
  } catch (error) {
    // A stop took effect, or nobody waits for this strand: nothing of this call is open or unknown.
    if (!(error instanceof RestartFromState)) delete c.state.calls[key];
    throw error;
  }
  if (repair.verb === "skip") return { kind: "skipped", note: `skipped by ${repair.by}: ${repair.reason}` };
  if (repair.verb === "resolve") {
    const output = repair.result as Json;
    await c.runtime.record({ key, send: state.send, operation: call.operation, input: state.input, output });
    return { kind: "done", output, note: `resolved by ${repair.by}: ${repair.reason}` };
  }
  return parked.unknown ? sendNext(open) : callAnew(open, parked);
}

/** The next number may be sent. */
export function sendNext({ state }: OpenCall): "send" {
  delete state.unknown;
  delete state.doubt;
  state.send += 1;
  state.tries = 0;
  return "send";
}

/** A refusal is a result of its key, so the same call with new input is the next generation; an input never sent is not. */
function callAnew({ c, call, key }: OpenCall, parked: NewProblem): "again" {
  delete c.state.calls[key];
  if (!parked.code.endsWith(":INPUT_INVALID") && operationById(call.operation)?.effect !== "read") {
    const base = baseKey(c, call);
    c.state.generations[base] = (c.state.generations[base] ?? 1) + 1;
  }
  return "again";
}

/**
 * The durable loop around one call (DESIGN section 5): it sends, settles what is unknown, and parks what needs a person. A further
 * send is issued only after `unknown`, and only under a key that the system knows, after a look-up settled as "not found" where
 * the adapter says why a second send is safe, or after an operator confirmed by name that nothing was done.
 */
import type { Json, JsonObject } from "../connectors/json.ts";
import type { Outcome } from "../connectors/outcome.ts";
import { operationById } from "../connectors/contracts.ts";
import type { Case } from "./case.ts";
import type { Repair } from "./message.ts";
import type { CallState, Problem } from "./state.ts";

export type CallResult =
  | { kind: "done"; output: Json; note?: string }
  | { kind: "rejected"; code: string; message: string }
  /** Given up: an optional call that failed, or one that an operator skipped. */
  | { kind: "skipped"; note: string };

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
}

const READ_TRIES = 5;
const KEYED_SENDS = 5;
const MAX_PAUSE_MS = 60_000;

/** Performs the call to its result. Every way out leaves no trace of it in `state.calls`, but for a stop while parked. */
export async function performCall(c: Case, call: Call): Promise<CallResult> {
  for (;;) {
    const key = keyOf(c, call);
    const state = await openCall(c, call, key);
    const settled = await settle(c, call, state, key);
    if (settled === "again") continue;
    delete c.state.calls[key];
    return settled;
  }
}

function keyOf(c: Case, call: Call): string {
  const base = call.key ?? `${c.id}/${call.path}`;
  const generation = c.state.generations[base] ?? 1;
  return generation === 1 ? base : `${base}~${generation}`;
}

async function openCall(c: Case, call: Call, key: string): Promise<CallState> {
  const known = c.state.calls[key];
  if (known) return known;
  const input = await c.evaluated(call.path, () => call.input());
  const fresh: CallState = { path: call.path, operation: call.operation, input, send: 1, stage: "send", tries: 0 };
  c.state.calls[key] = fresh;
  return fresh;
}

/** `again`: the call is opened anew, with its input evaluated again. */
async function settle(c: Case, call: Call, state: CallState, key: string): Promise<CallResult | "again"> {
  for (;;) {
    const outcome = await send(c, call, state, key);
    const next =
      outcome.kind === "unknown" ? await settleUnknown(c, call, state, key, outcome) : await settleKnown(c, call, state, key, outcome);
    if (next !== "send") return next;
  }
}

async function send(c: Case, call: Call, state: CallState, key: string): Promise<Outcome> {
  if (state.unknown) return { kind: "unknown", send: state.send, adapter: "", ...state.unknown };
  return withOpenCall(c, call, () =>
    c.runtime.call({
      operation: call.operation,
      summary: call.title,
      request: { key, send: state.send, input: state.input, verb: "send" },
    }),
  );
}

async function withOpenCall<T>(c: Case, call: Call, run: () => Promise<T>): Promise<T> {
  c.openCall = { path: call.path, operation: call.operation };
  try {
    return await run();
  } finally {
    c.openCall = undefined;
  }
}

async function settleKnown(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  outcome: Exclude<Outcome, { kind: "unknown" }>,
): Promise<CallResult | "again" | "send"> {
  switch (outcome.kind) {
    case "done": {
      const note = [...(outcome.warnings ?? []), ...(state.doubled || outcome.doubled ? ["may be doubled"] : [])].join("; ");
      return { kind: "done", output: outcome.output, ...(note ? { note } : {}) };
    }
    case "rejected":
      if (call.handles(outcome)) return outcome;
      if (call.optional) return { kind: "skipped", note: outcome.code };
      return afterPark(c, call, state, key, rejectedProblem(call, outcome));
    case "invalid":
      if (call.optional) return { kind: "skipped", note: "INPUT_INVALID" };
      return afterPark(c, call, state, key, {
        ...problem(call, "INPUT_INVALID", `The input of ${call.operation} does not fit its contract: ${outcome.issues.join("; ")}`),
        advice: "Nothing was sent. Correct the service, or resolve with the result found by hand.",
      });
    case "conflict":
      return afterPark(c, call, state, key, {
        ...problem(call, outcome.code, outcome.message),
        advice: "Look in the system and in the effect ledger, then resolve with the result that counts.",
        verbs: ["resolve"],
        unknown: true,
      });
    case "failed":
      if (call.optional) return { kind: "skipped", note: outcome.code };
      return afterPark(c, call, state, key, {
        ...problem(call, outcome.code, outcome.message),
        advice: "Nothing was sent. Tell the integrator of this connector; retry when it is mended.",
      });
  }
}

const problem = (call: Call, code: string, title: string): Omit<Problem, "id" | "since"> => ({
  path: call.path,
  code: `${call.operation}:${code}`,
  title,
  advice: "",
  verbs: call.optional ? ["retry", "resolve", "skip", "cancel"] : ["retry", "resolve", "cancel"],
  operation: call.operation,
});

function rejectedProblem(call: Call, outcome: { code: string; message: string }): Omit<Problem, "id" | "since"> {
  const declared = operationById(call.operation)?.rejections.includes(outcome.code) ?? false;
  return {
    ...problem(call, outcome.code, `${call.operation} was refused: ${outcome.code}`),
    advice: declared
      ? `The service has no branch for ${outcome.code}: add a branch under "rejected". Retry calls again with the input evaluated anew; resolve supplies the result.`
      : `${outcome.code} is not a code of the contract (${outcome.message}). Look in the system; retry calls again, resolve supplies the result.`,
    verbs: call.key?.endsWith(".undo") ? ["retry", "resolve", "skip"] : problem(call, "", "").verbs,
  };
}

async function afterPark(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  parked: Omit<Problem, "id" | "since">,
): Promise<CallResult | "again" | "send"> {
  state.stage = "parked";
  let repair: Repair;
  try {
    repair = await c.park(parked);
  } catch (error) {
    // A stop took effect: nothing of this call is open or unknown.
    delete c.state.calls[key];
    throw error;
  }
  return afterRepair(c, call, state, key, parked, repair);
}

function afterRepair(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  parked: Omit<Problem, "id" | "since">,
  repair: Repair,
): CallResult | "again" | "send" {
  if (repair.verb === "skip") return { kind: "skipped", note: `skipped by ${repair.by}: ${repair.reason}` };
  if (repair.verb === "resolve") return { kind: "done", output: repair.result as Json, note: `resolved by ${repair.by}: ${repair.reason}` };
  if (parked.unknown) {
    // The operator confirmed by name that nothing was done: the next number may be sent.
    delete state.unknown;
    Object.assign(state, { stage: "send", send: state.send + 1, tries: 0 });
    return "send";
  }
  delete c.state.calls[key];
  // A refusal is a result of its key; the same call with new input is the next generation.
  if (parked.code.endsWith("INPUT_INVALID") || operationById(call.operation)?.effect === "read") return "again";
  const base = call.key ?? `${c.id}/${call.path}`;
  c.state.generations[base] = (c.state.generations[base] ?? 1) + 1;
  return "again";
}

async function settleUnknown(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  outcome: Extract<Outcome, { kind: "unknown" }>,
): Promise<CallResult | "again" | "send"> {
  const effect = operationById(call.operation)?.effect;
  if (effect === "read") return repeatRead(c, call, state, key, outcome);
  if (effect === "courtesy") return repeatCourtesy(c, call, state, key, outcome);
  state.unknown = { reason: outcome.reason, recovery: outcome.recovery, settleUntil: outcome.settleUntil };
  switch (outcome.recovery.by) {
    case "key":
      if (state.send >= KEYED_SENDS) return parkUnknown(c, call, state, key, `no clear answer after ${state.send} sends with one key`);
      await pause(c, call, state.tries++);
      delete state.unknown;
      state.send += 1;
      return "send";
    case "find":
      return lookUp(c, call, state, key, outcome.recovery.resend);
    case "person":
      return parkUnknown(c, call, state, key, outcome.reason);
  }
}

async function repeatRead(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  outcome: { reason: string },
): Promise<CallResult | "again" | "send"> {
  if (++state.tries < READ_TRIES) {
    await pause(c, call, state.tries);
    return "send";
  }
  if (call.optional) return { kind: "skipped", note: outcome.reason };
  const parked = problem(call, "CONTRACT_BROKEN", `${call.operation} gave no usable answer ${READ_TRIES} times: ${outcome.reason}`);
  return afterPark(c, call, state, key, {
    ...parked,
    advice: "A read changes nothing: retry when the system answers again, or resolve with the result found by hand.",
  });
}

async function repeatCourtesy(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  outcome: { reason: string },
): Promise<CallResult | "again" | "send"> {
  if (state.send === 1) {
    Object.assign(state, { send: 2, doubled: true });
    return "send";
  }
  if (call.optional) return { kind: "skipped", note: "sent twice without a clear answer: may be doubled" };
  const parked = problem(call, "OUTCOME_UNKNOWN", `${call.operation} was sent twice without a clear answer: ${outcome.reason}`);
  return afterPark(c, call, state, key, { ...parked, advice: "A courtesy message: skip it, or resolve it.", verbs: ["skip", "resolve"] });
}

/** Looks again until the settle time is over: a held request may still arrive. */
async function lookUp(
  c: Case,
  call: Call,
  state: CallState,
  key: string,
  resend: string | undefined,
): Promise<CallResult | "again" | "send"> {
  state.stage = "find";
  for (;;) {
    const command = {
      operation: call.operation,
      summary: `look up: ${call.title}`,
      request: { key, send: state.send, input: state.input, verb: "find" as const },
    };
    const found = await withOpenCall(c, call, () => c.runtime.find(command));
    if (found.kind === "found") return { kind: "done", output: found.output, note: "found by look-up after a lost answer" };
    const settled = c.runtime.now() > Date.parse(state.unknown?.settleUntil ?? "");
    if (settled && found.kind === "absent" && resend !== undefined && state.send === 1) {
      delete state.unknown;
      Object.assign(state, { stage: "send", send: 2 });
      return "send";
    }
    if (settled && (found.kind === "absent" || state.tries >= READ_TRIES))
      return parkUnknown(c, call, state, key, found.kind === "absent" ? "the look-up finds nothing" : `the look-up fails: ${found.reason}`);
    await pause(c, call, state.tries++);
  }
}

function parkUnknown(c: Case, call: Call, state: CallState, key: string, reason: string): Promise<CallResult | "again" | "send"> {
  return afterPark(c, call, state, key, {
    ...problem(call, "OUTCOME_UNKNOWN", `It is not known whether ${call.operation} took effect: ${reason}`),
    advice:
      "Look in the system. If the effect is there, resolve with what you found; if it is certainly not there, retry confirms in your name that nothing was done, and it is sent once more.",
    verbs: call.optional ? ["resolve", "retry", "skip"] : ["resolve", "retry"],
    unknown: true,
    ...(state.unknown ? { notBefore: state.unknown.settleUntil } : {}),
  });
}

/** 1 s, 2 s, 4 s ... at most a minute; the call counts as open meanwhile. */
async function pause(c: Case, call: Call, tries: number): Promise<void> {
  const ms = Math.min(1_000 * 2 ** tries, MAX_PAUSE_MS);
  await withOpenCall(c, call, () => c.runtime.wait(() => false, c.runtime.now() + ms, `wait before looking again: ${call.title}`));
}

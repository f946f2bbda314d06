/** What to do when it is not known whether a call took effect: by its effect, and for writes by the adapter's recovery. */
import { operationById } from "../connectors/contracts.ts";
import type { Outcome } from "../connectors/outcome.ts";
import { courtesyProblem, unknownProblem, unreadableProblem } from "./call-problems.ts";
import { commandOf, type Next, type OpenCall, parkCall, sendNext, underWay } from "./calls.ts";
import type { CallState } from "./state.ts";

type Unknown = Extract<Outcome, { kind: "unknown" }>;

const READ_TRIES = 5;
const KEYED_SENDS = 5;
const FAILED_LOOK_UPS = 5;
const MAX_PAUSE_MS = 60_000;

export async function settleUnknown(open: OpenCall, outcome: Unknown): Promise<Next> {
  const { call, state } = open;
  const effect = operationById(call.operation)?.effect;
  if (effect === "read") return repeatRead(open, outcome.reason);
  if (effect === "courtesy") return repeatCourtesy(open, outcome.reason);
  const { reason, recovery } = outcome;
  const settleUntil = settleEnd(open, outcome);
  state.unknown = { reason, recovery, settleUntil };
  switch (recovery.by) {
    case "key":
      if (state.send >= KEYED_SENDS) return recovery.thenFind ? lookUp(open, state.send === KEYED_SENDS) : keyExhausted(open);
      await pause(open, state.send);
      sendNext(open);
      state.doubt = { reason, settleUntil };
      return "send";
    case "find":
      return lookUp(open, recovery.resend !== undefined && state.send === 1);
    case "person":
      return giveToPerson(open, reason);
  }
}

/** By the case's own clock, which a worker's may differ from by minutes. */
function settleEnd({ c }: OpenCall, { settleUntil, settleMs }: Unknown): string {
  if (settleMs === undefined) return settleUntil;
  return new Date(c.runtime.now() + settleMs).toISOString();
}

async function repeatRead(open: OpenCall, reason: string): Promise<Next> {
  const { call, state } = open;
  if (++state.tries < READ_TRIES) {
    await pause(open, state.tries);
    return "send";
  }
  return call.optional ? { kind: "skipped", note: reason } : parkCall(open, unreadableProblem(call, READ_TRIES, reason));
}

async function repeatCourtesy(open: OpenCall, reason: string): Promise<Next> {
  const { call, state } = open;
  if (state.send === 1) {
    state.doubled = true;
    return sendNext(open);
  }
  return call.optional
    ? { kind: "skipped", note: "sent twice without a clear answer: may be doubled" }
    : parkCall(open, courtesyProblem(call, reason));
}

const keyExhausted = (open: OpenCall): Promise<Next> => giveToPerson(open, `no clear answer after ${open.state.send} sends with one key`);

/** Looks until the settle time is over: a held request may still arrive. */
async function lookUp(open: OpenCall, resendIsSafe: boolean): Promise<Next> {
  const { c, state } = open;
  for (;;) {
    const found = await underWay(open, () => c.runtime.find(commandOf(open, "find")));
    if (found.kind === "found") return { kind: "done", output: found.output, note: "found by look-up after a lost answer" };
    const settled = c.runtime.now() > Date.parse(state.unknown?.settleUntil ?? "");
    if (settled && found.kind === "absent") return resendIsSafe ? sendNext(open) : giveToPerson(open, "the look-up finds nothing");
    if (settled && found.kind === "unsure" && state.tries >= FAILED_LOOK_UPS)
      return giveToPerson(open, `the look-up fails: ${found.reason}`);
    await pause(open, state.tries++);
  }
}

/** A further send failed without effect, which says nothing of those before it. */
export function giveDoubtToPerson(open: OpenCall, doubt: NonNullable<CallState["doubt"]>, reason: string): Promise<Next> {
  open.state.unknown = { ...doubt, recovery: { by: "person" } };
  return giveToPerson(open, `${doubt.reason}; then ${reason}`);
}

/** The failure of an optional call never stops the case; the ledger keeps its row as unknown. */
function giveToPerson(open: OpenCall, reason: string): Promise<Next> {
  const { call, state } = open;
  if (call.optional) return Promise.resolve({ kind: "skipped", note: `outcome unknown: ${reason}` });
  return parkCall(open, unknownProblem(call, reason, state.unknown?.settleUntil ?? ""));
}

/** 1 s, 2 s, 4 s ... at most a minute; the call counts as open meanwhile. */
async function pause(open: OpenCall, tries: number): Promise<void> {
  const ms = Math.min(1_000 * 2 ** Math.min(tries, 10), MAX_PAUSE_MS);
  const { runtime } = open.c;
  await underWay(open, () => runtime.wait(() => false, runtime.now() + ms, `wait before trying again: ${open.call.title}`));
}

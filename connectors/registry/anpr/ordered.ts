/**
 * Messages under rising ids. ANPR answers an id that it knows with its first answer, and refuses one that it does not know once it has seen a
 * higher one. So one request per municipality is under way at a time, its id is drawn immediately before it is sent, and a write whose
 * answer was lost is sent again under its own id before any higher one: see docs/registry-anpr.md.
 */
import { milliseconds, type Operation } from "../../contract.ts";
import { CallFailure, rejected, unknownOutcome } from "../../failure.ts";
import type { JsonObject } from "../../json.ts";
import type { KeptWrite, Section } from "../../ports.ts";
import { type Context, exchange, keptLetter, type Letter, meaningOf, refusal } from "./session.ts";
import { settle, settleEarlier } from "./settle.ts";
import { readAnswer } from "./writes.ts";

/** A call that is queued longer has not been sent; the wait is not part of the deadline. */
export const QUEUE_MS = 30_000;
/** How much longer than the deadline the section is held: a call that was given up cannot be overtaken while it still runs. */
const LEASE_MARGIN_MS = 5_000;
const MIN_SETTLE_MS = 60_000;

/** Asks ANPR something. An id whose answer was lost is abandoned: the next attempt draws a higher one. */
export function readInOrder<T>(
  context: Context,
  operation: Operation,
  letter: Letter,
  read: (result: unknown, id: bigint) => T,
): Promise<T> {
  const { session, ports } = context;
  return ports.orderedSender.inSection(turnOf(context, operation), async (section) => {
    await settleEarlier(section, context, deadlineOf(context, operation));
    const id = await section.draw();
    return read(await exchange(session, letter, id, context.restartDeadline()), id);
  });
}

/**
 * Sends a write, or finds out what became of it when it was sent before. The same key has one id for as long as it is not certain that the id
 * had no effect and can have none.
 */
export function writeInOrder(context: Context, operation: Operation, letter: Letter): Promise<JsonObject> {
  const { ports, key } = context;
  return ports.orderedSender.inSection(turnOf(context, operation), async (section) => {
    await settleEarlier(section, context, deadlineOf(context, operation), key);
    return context.effect(async () => {
      const before = await section.ofKey(key);
      const known = before && (await resultOf(section, context, before, true));
      return known ?? sendFirst(section, context, operation, letter);
    });
  });
}

/** What became of the write under this key: its result, or undefined when it certainly had no effect and can have none. Sends nothing new. */
export function findInOrder(context: Context, operation: Operation): Promise<JsonObject | undefined> {
  const { ports, key } = context;
  return ports.orderedSender.inSection(turnOf(context, operation), async (section) => {
    const before = await section.ofKey(key);
    return before && resultOf(section, context, before, false);
  });
}

const deadlineOf = ({ session }: Context, { deadline }: Operation): number =>
  Math.min(session.config.deadlineMs ?? Number.POSITIVE_INFINITY, milliseconds(deadline));

const turnOf = (context: Context, operation: Operation) => ({
  sender: context.session.config.municipality,
  leaseMs: deadlineOf(context, operation) + LEASE_MARGIN_MS,
  waitMs: QUEUE_MS,
  effect: operation.effect === "read" ? ("read" as const) : ("write" as const),
});

/** `refusals`: throw the refusal that stands under the key; else it is no effect like any other. */
async function resultOf(section: Section, context: Context, before: KeptWrite, refusals: boolean): Promise<JsonObject | undefined> {
  const write = before.request === undefined ? before : await settle(section, context, before, () => context.restartDeadline());
  switch (write.state) {
    case "done":
      return write.result;
    case "rejected":
      if (refusals) throw rejected(String(write.result?.["code"]), String(write.result?.["message"]));
      return undefined;
    case "absent":
      return undefined;
    default:
      throw unknownOutcome("SUPERSEDED", "another result stands for this write");
  }
}

async function sendFirst(section: Section, context: Context, operation: Operation, letter: Letter): Promise<JsonObject> {
  const { session, key } = context;
  const deadlineMs = deadlineOf(context, operation);
  const settleMs = deadlineMs + (session.config.settleMs ?? Math.max(MIN_SETTLE_MS, 2 * deadlineMs));
  const id = await section.keep({ key, operation: operation.id, adapter: "anpr", request: keptLetter(letter), settleMs });
  const signal = context.restartDeadline();
  const answer = await exchange(session, letter, id, signal).catch((error: unknown) => discarded(section, id, error));
  const said = await readAnswer(letter, answer, { id, key, context });
  if (said.kind === "done") {
    // Without the register the write stays open, and the next holder finds the same answer under its id.
    await section.close(id, { state: "done", result: said.result });
    return said.result;
  }
  const failure = refusal(meaningOf(said.code, session.config), said.code);
  const { code } = failure.detail;
  await section.close(
    id,
    failure.kind === "rejected" ? { state: "rejected", result: { code, message: failure.message } } : { state: "absent" },
  );
  throw failure;
}

/** An id whose request was certainly not taken is a gap: the next attempt draws a new one. Where that cannot be written, another may send it. */
async function discarded(section: Section, id: bigint, error: unknown): Promise<never> {
  if (!(error instanceof CallFailure) || (error.kind !== "not-sent" && error.kind !== "misconfigured")) throw error;
  if ((await section.close(id, { state: "not-sent" })) === "closed") throw error;
  throw unknownOutcome("ID_KEPT", `anpr: it was not sent (${error.detail.code}), but its id could not be discarded`);
}

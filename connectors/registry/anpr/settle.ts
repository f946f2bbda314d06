/** What becomes of a write whose answer was lost: sent again under its own id, and once its time is over looked up, so that it stops nobody. */
import { CallFailure, notSent } from "../../failure.ts";
import type { Closing, KeptWrite, Section } from "../../ports.ts";
import { type Context, exchange, headerNow, letterFrom, meaningOf, refusal } from "./session.ts";
import { fromLookUp, toLookUp } from "./wire-3007.ts";
import { readAnswer } from "./writes.ts";

/** An exchange for another's write takes so long at most, and always less than the own deadline. */
const ANOTHERS_MS = 10_000;
const OF_OWN_DEADLINE = 0.9;
/** When to come again while an earlier write is not settled. */
const COME_AGAIN_MS = 2_000;

/**
 * Before a higher id is drawn: settles the write of this municipality that is open, unless it is the caller's own (`own` is its key). Throws
 * "not-sent" EARLIER_WRITE while it stays unknown and its time is not over.
 */
export async function settleEarlier(section: Section, context: Context, deadlineMs: number, own?: string): Promise<void> {
  const open = await section.open();
  if (!open || open.key === own) return;
  // However many calls wait for it, ANPR is asked for it once in a while only.
  if (!open.due && !(await section.mayTry(open.id))) throw earlier(open);
  const signal = () => {
    context.restartDeadline();
    return AbortSignal.any([context.signal, AbortSignal.timeout(Math.min(ANOTHERS_MS, deadlineMs * OF_OWN_DEADLINE))]);
  };
  try {
    await settle(section, context, open, signal);
  } catch (error) {
    if (!isUnclear(error)) throw error;
    if (open.due) return;
    throw earlier(open);
  }
}

const earlier = ({ id }: KeptWrite) =>
  notSent("EARLIER_WRITE", `an earlier write (id ${id}) of this municipality is not settled, and ids must rise`, COME_AGAIN_MS);

/**
 * The write as it stands after ANPR was asked again under its id. Throws "unknown" or "contract-broken" while that is not clear. A write that
 * is due is looked up before (3007): the look-up's higher id closes the door, so that from then on ANPR can only give the id's first answer
 * or refuse it for good, and nobody waits for it any more.
 */
export async function settle(section: Section, context: Context, write: KeptWrite, signal: () => AbortSignal): Promise<KeptWrite> {
  const lookedUp = write.due && write.state === "open" ? await lookUp(section, context, write.id, signal()) : undefined;
  if (lookedUp !== undefined) {
    const evidence = { code: "LOOKED_UP", message: `${lookedUp}; others go on` };
    await section.close(write.id, { state: "left", evidence });
  }
  const closing = await sentAgain(section, context, write, signal);
  // Without the register it stays open, and the next holder finds the same.
  await section.close(write.id, closing);
  return { ...write, ...closing } as KeptWrite;
}

async function sentAgain(section: Section, context: Context, write: KeptWrite, signal: () => AbortSignal): Promise<Closing> {
  const { session } = context;
  const letter = letterFrom(write.request);
  await section.renew();
  const result = await exchange(session, letter, write.id, signal());
  const said = await readAnswer(letter, result, { id: write.id, key: write.key, context });
  const evidence = (what: string) => ({ code: "SENT_AGAIN", message: `id ${write.id} was sent again, and ANPR ${what}` });
  if (said.kind === "done") return { state: "done", result: said.result, evidence: evidence(`answered that it is done (${said.anpr})`) };
  const meaning = meaningOf(said.code, session.config);
  if (meaning === "ID_TOO_LOW")
    return { state: "absent", evidence: evidence("does not know it and will not take it any more: nothing was done") };
  const failure = refusal(meaning, said.code);
  if (failure.kind === "misconfigured")
    return { state: "absent", evidence: evidence(`refused our settings (${said.code}): nothing was done`) };
  const { code } = failure.detail;
  return { state: "rejected", result: { code, message: failure.message }, evidence: evidence(`answered that it is refused (${code})`) };
}

/** What ANPR holds under the id, in words for operators. A look-up that is itself not answered does not hold the others up either. */
async function lookUp(section: Section, context: Context, sought: bigint, signal: AbortSignal): Promise<string> {
  const id = await section.draw();
  try {
    const message = toLookUp(headerNow(context, "3007"), sought, context.session.config.lookUpKind);
    const found = fromLookUp(await exchange(context.session, { operation: "3007", message }, id, signal), id);
    if (found.kind === "registered")
      return `look-up ${id} (3007): ANPR holds id ${sought} as operation ${found.operation}, state ${found.status ?? "not told"}`;
    if (found.kind === "nothing") return `look-up ${id} (3007): ANPR holds nothing under id ${sought}`;
    const failure = refusal(meaningOf(found.code, context.session.config), found.code);
    if (failure.kind === "misconfigured") throw failure;
    return `look-up ${id} (3007) of id ${sought} was refused (${found.code})`;
  } catch (error) {
    if (!isUnclear(error)) throw error;
    return `look-up ${id} (3007) of id ${sought} had no clear answer (${error.detail.code})`;
  }
}

const isUnclear = (error: unknown): error is CallFailure =>
  error instanceof CallFailure && (error.kind === "unknown" || error.kind === "contract-broken");

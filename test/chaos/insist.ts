/** A client that does as it is told by 503: it makes the same call again, with the same key or id, until it has an answer. */
import { setTimeout as pause } from "node:timers/promises";
import { DarsenaError } from "../../client/errors.ts";
import type { ClientRecord } from "./record.ts";

const AGAIN_MS = 300;
const TEMPORARY: ReadonlySet<string> = new Set(["UNREACHABLE", "TEMPORAL_UNAVAILABLE", "REGISTER_UNAVAILABLE", "NO_ANSWER_YET"]);

/** Ends every insisting when the run is over. */
export class GivenUp extends Error {}

/** The answer to a call, however often it has to be made; a clear refusal is thrown. `repeated` is told of each repetition. */
export async function insist<T>(
  record: ClientRecord,
  signal: AbortSignal,
  call: () => Promise<T>,
  repeated: () => void = () => {},
): Promise<T> {
  for (;;) {
    if (signal.aborted) throw new GivenUp("the run is over");
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof DarsenaError)) throw error;
      // A 500 is a defect, and is told as one; the client goes on all the same.
      if (error.code === "INTERNAL") record.strangely(`${error.code}: ${error.detail ?? ""}`);
      else if (!TEMPORARY.has(error.code)) throw error;
      record.repeated += 1;
      repeated();
    }
    await pause(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

/** How a simulated system answers one call: what the script says, or what the operation's contract promises. */
import type { JsonObject } from "../../connectors/json.ts";
import type { Recovery } from "../../connectors/outcome.ts";

/** What happens to one call; absent parts are as usual: an answer that fits the contract, after a moment. */
export interface SystemAnswer {
  /** Members that the answer must have; the others are made from the contract. */
  done?: JsonObject;
  /** The system says no, with this code. */
  rejected?: string;
  /** No answer comes: `after` the effect, or `before` it. */
  lost?: "after" | "before";
  /** The system holds the request so long (ms): the caller gives up at the deadline, and the effect comes all the same. */
  heldMs?: number;
  /** Certainly not sent for so long (ms): the call waits for its system. */
  notSentMs?: number;
  /** The answer breaks the contract or the adapter has a defect: no effect. */
  failed?: string;
  /** How long the answer takes (ms). */
  takesMs?: number;
  /** How the adapter settles an unknown outcome of a write; `person` unless told. */
  recovery?: Recovery["by"];
  /** Why a second send is safe once a look-up has settled that there is no effect. */
  resend?: string;
  /** For how many calls this answer stands; one unless told. */
  times?: number;
}

/** Answers of one operation: one that always stands, or a list that is used up in order. */
export type AnswerScript = SystemAnswer | readonly SystemAnswer[];

/** The scripts of all operations, by `<contract>.<operation>`. */
export class Scripts {
  readonly #scripts = new Map<string, { always?: SystemAnswer; left: SystemAnswer[] }>();

  constructor(scripts: Readonly<Record<string, AnswerScript>> = {}) {
    this.set(scripts);
  }

  /** From now on these operations answer so. */
  set(scripts: Readonly<Record<string, AnswerScript>>): void {
    for (const [operation, script] of Object.entries(scripts)) {
      if (isList(script)) this.#scripts.set(operation, { left: script.flatMap((one) => Array<SystemAnswer>(one.times ?? 1).fill(one)) });
      else if (script.times !== undefined) this.#scripts.set(operation, { left: Array<SystemAnswer>(script.times).fill(script) });
      else this.#scripts.set(operation, { always: script, left: [] });
    }
  }

  /** The next answer, or undefined where the contract's own is due. */
  next(operation: string): SystemAnswer | undefined {
    const script = this.#scripts.get(operation);
    return script?.left.shift() ?? script?.always;
  }
}

const isList = (script: AnswerScript): script is readonly SystemAnswer[] => Array.isArray(script);

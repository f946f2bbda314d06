/** A system with its gate, put together from its task queue's configuration and its supervisor's word. */
import type { GateView } from "../workflows/gates/messages.ts";

/** A system and its gate. */
export interface SystemGate {
  /** The contract that it serves. */
  system: string;
  /** The adapter that the municipality has chosen, where known. */
  adapter?: string;
  queue: string;
  /** `limited`: calls pass at `rate` per second; `trickle`: single calls pass until one succeeds. */
  gate: "open" | "closed" | "limited" | "trickle";
  /** Calls per second, where limited or closed. */
  rate?: number;
  /** Why, and by whom and since when, as said when the gate was set. */
  reason?: string;
  by?: string;
  since?: string;
  /** When that is over, where it is known. */
  until?: string;
  /** Where the limit is kept, when not in the task queue. */
  enforcedBy?: "register";
  /** Calls that wait, approximately; absent where the Temporal server does not tell. */
  waiting?: number;
  /** Whether a worker takes this system's calls; absent where the Temporal server does not tell. */
  served?: boolean;
}

/** What holds is what the queue says; the supervisor adds why and until when, where both agree, and says it all where only the register holds the limit. */
export function withSupervisor(queue: SystemGate, view: GateView): SystemGate {
  const gate = view.gate === "open" && view.rate !== undefined ? "limited" : view.gate;
  const { reason, until, rate, since } = view;
  const said = { ...(reason === undefined ? {} : { reason }), ...(until === undefined ? {} : { until }) };
  if (view.enforcedBy === "register")
    return {
      ...queue,
      gate,
      ...said,
      enforcedBy: "register",
      ...(rate === undefined ? {} : { rate }),
      ...(since === undefined ? {} : { since }),
    };
  if (queue.gate === "open" || queue.gate !== (gate === "trickle" ? "limited" : gate)) return queue;
  return { ...queue, gate, ...said };
}

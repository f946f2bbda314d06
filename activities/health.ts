/** What each meeting with a system says of its health: only what the system itself did counts, never our own register or limits. */
import { CallFailure } from "../connectors/failure.ts";

/** What one meeting came to. A business refusal is `done`: the system is alive. */
export type Meeting = "done" | "not-sent" | "unknown";

/** Counts meetings of one system; must not throw. */
export interface HealthMeter {
  count(meeting: Meeting, code?: string): void;
}

/** "Not sent" for reasons of our own. */
const ours = new Set([
  "REGISTER_UNREACHABLE",
  "SECTION_BUSY",
  "LEASE_LOST",
  "EARLIER_WRITE",
  "GATE_CLOSED",
  "GATE_RATE",
  "NO_PERMIT",
  "CANCELLED",
  "HANDED_OVER",
]);

/** Runs what meets the system, and counts what it came to. */
export async function observed<T>(meter: HealthMeter | undefined, run: () => Promise<T>): Promise<T> {
  try {
    const result = await run();
    meter?.count("done");
    return result;
  } catch (error) {
    const meeting = judged(error);
    if (meeting) meter?.count(...meeting);
    throw error;
  }
}

/** Wrong settings close the gate by themselves, and a defect of ours says nothing of the system. */
function judged(error: unknown): [Meeting, string?] | undefined {
  if (!(error instanceof CallFailure) || ours.has(error.detail.code)) return undefined;
  const { code } = error.detail;
  switch (error.kind) {
    case "rejected":
      return ["done"];
    case "not-sent":
      return ["not-sent", code];
    case "unknown":
    case "contract-broken":
      return ["unknown", code];
    case "misconfigured":
      return undefined;
  }
}

/** Suites whose faults and kills must come to the same whichever way calls take (DESIGN section 3). */
import { describe } from "@jest/globals";

/** Environment of a worker whose calls take this way. */
export const ways = {
  // Also to systems that have just failed or are slow: every fault and every kill is to meet a short call.
  "the short way": { DARSENA_SHORT_WAY: "1", DARSENA_TEST_SHORT_WAY: "always" },
  "the queued way": { DARSENA_SHORT_WAY: "0" },
} as const;

/** The suite once for each way; `env` is for the workers of its rig. */
export const eitherWay = (suite: (env: Record<string, string>) => void): void =>
  describe.each(Object.entries(ways))("by %s", (_, env) => suite({ ...env }));

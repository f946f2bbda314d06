/** How long a request that somebody holds may still take effect. */

const LEAST_MS = 60_000;

/** Counted from the end of the deadline, where the system's settings say nothing else; in ms. Longer than start-to-close. */
export const settleTimeMs = (deadlineMs: number): number => Math.max(LEAST_MS, 2 * deadlineMs);

/** How long after its intent a request that was held somewhere may still take effect, in ms; `settleMs` replaces the part after the deadline. */
export const longestHeldMs = (deadlineMs: number, settleMs = settleTimeMs(deadlineMs)): number => deadlineMs + settleMs;

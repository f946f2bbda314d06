/** How long a request that somebody holds may still take effect. */

const LEAST_MS = 60_000;

/** Counted from the end of the deadline, where the system's settings say nothing else; in ms. Longer than start-to-close. */
export const settleTimeMs = (deadlineMs: number): number => Math.max(LEAST_MS, 2 * deadlineMs);

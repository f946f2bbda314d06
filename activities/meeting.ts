/** A call meets its system: it takes a place before anything is written or sent, and what it comes to counts for the system's health. */
import { observed } from "./health.ts";
import type { BoundSystem } from "./system.ts";

/** A call ends within this time after its deadline; its place is not another's before. */
const LEASE_SLACK_MS = 5_000;

/** `entered` is called after a wait for the place, so that the call has its whole time. Throws `CallFailure` "not-sent" when there is no place. */
export async function meet<T>(
  { admission, health }: Pick<BoundSystem, "admission" | "health">,
  longestMs: number,
  entered: () => void,
  run: () => Promise<T>,
): Promise<T> {
  const leave = await admission?.enter(longestMs + LEASE_SLACK_MS);
  if (leave) entered();
  try {
    return await observed(health, run);
  } finally {
    await leave?.();
  }
}

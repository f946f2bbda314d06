/** What the simulated authority and producers refuse by, and the ids that they have seen. */
import type { AuthorityState } from "./simulated-authority.ts";

/** A rule that was broken. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Refuses an id that was seen before, and forgets those whose time is over. */
export function useOnce(id: string, until: number, state: AuthorityState): void {
  const now = Math.floor(Date.now() / 1_000);
  for (const [one, end] of Object.entries(state.seen)) if (end < now) delete state.seen[one];
  if (Object.hasOwn(state.seen, id)) throw new Refusal("JTI_SEEN", "this jti was used before");
  state.seen[id] = until;
}

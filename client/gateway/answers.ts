/** How the routes document their errors: one shape, under the statuses that a route may answer with. */
import { ProblemSchema } from "./schemas.ts";

const problem = (description: string) => ({ description, content: { "application/problem+json": { schema: ProblemSchema } } });

const SENTENCES = {
  400: "The call cannot be read",
  404: "Not found",
  409: "Not now: `code` and `details` say why",
  413: "Too large",
  415: "Media type not accepted",
  422: "Fields are not right: `errors` names them",
  503: "Temporal or the register does not answer; nothing is accepted. Repeat the same call after `Retry-After`",
} as const;

/** Response entries for these statuses, to spread into a route's `response`. */
export function problems<S extends keyof typeof SENTENCES>(...statuses: S[]): Record<S, ReturnType<typeof problem>> {
  return Object.fromEntries(statuses.map((status) => [status, problem(SENTENCES[status])])) as Record<S, ReturnType<typeof problem>>;
}

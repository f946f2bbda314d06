/** Statuses by which a system says that it took nothing. An adapter opts in, because only it knows whether its system means that. */
import { CallFailure } from "../failure.ts";
import type { Answer } from "./exchange.ts";

export interface Refusals {
  /** Statuses that mean "not taken, come again": `not-sent`, with Retry-After. */
  notTaken?: readonly number[];
  /** Statuses that mean "your credentials are refused": `misconfigured`. */
  unauthorised?: readonly number[];
}

/** What HTTP intends: 429 and 503, 401 and 403. */
export const USUAL_REFUSALS: Refusals = { notTaken: [429, 503], unauthorised: [401, 403] };

/** The failure that a refusing status means, or undefined when it is none of those named. */
export function refusals(
  system: string,
  answer: Pick<Answer, "status" | "headers">,
  which: Refusals = USUAL_REFUSALS,
): CallFailure | undefined {
  const { status } = answer;
  const code = `HTTP_${status}`;
  if (which.unauthorised?.includes(status))
    return new CallFailure("misconfigured", `${system}: the credentials were refused (HTTP ${status})`, { code, status });
  if (!which.notTaken?.includes(status)) return undefined;
  const retryAfterMs = retryAfter(answer.headers["retry-after"]);
  return new CallFailure("not-sent", `${system}: the system takes no calls now (HTTP ${status})`, {
    code,
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The failure for a status that means nothing certain, such as 500 or 502: maybe an effect. */
export const unclearStatus = (
  system: string,
  { status, contentType, bytes }: Pick<Answer, "status" | "contentType" | "bytes">,
): CallFailure =>
  new CallFailure("unknown", `${system}: HTTP ${status}`, { code: `HTTP_${status}`, status, contentType, bytes: bytes.length });

const HOUR = 3_600_000;

/** Milliseconds of a Retry-After header (seconds or a date), at most an hour. */
export function retryAfter(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), HOUR) : undefined;
}

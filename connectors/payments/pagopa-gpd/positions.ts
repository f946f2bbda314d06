/** GPD's debt positions of one creditor over REST: which statuses are answers, and what the others mean. */
import type { z } from "zod";
import { CallFailure, contractBroken } from "../../failure.ts";
import { type RestAnswer, type RestClient, type RestRequest, refusals, unclearStatus } from "../../transport/http.ts";
import { type Creditor, type Position, PositionAnswer, Problem } from "./wire.ts";

export interface GpdSession {
  readonly positions: Positions;
  readonly segregation: string;
  readonly creditor: Creditor;
}

export interface Positions {
  /** Creates and publishes; 201 with GPD's answer, 409, or the refusal that another 4xx means. */
  create(position: Position, signal: AbortSignal): Promise<{ status: number; json?: unknown; refusal?: CallFailure }>;
  /** The position, or undefined when GPD says that there is none. */
  read(iupd: string, signal: AbortSignal): Promise<PositionAnswer | undefined>;
  /** Deletes; 200, 404 (already gone) or 409 with GPD's problem. */
  remove(iupd: string, signal: AbortSignal): Promise<{ status: 200 | 404 | 409; problem: z.infer<typeof Problem> }>;
}

export function openPositions(client: RestClient, organisation: string): Positions {
  const exchange = async (request: Omit<RestRequest, "path">, expected: readonly number[], iupd?: string) => {
    const path = ["organizations", organisation, "debtpositions", ...(iupd === undefined ? [] : [iupd])];
    const answer = await client.request({ ...request, path });
    if (expected.includes(answer.status)) return answer;
    throw failureOf(answer);
  };
  return {
    create: async (position, signal) => {
      try {
        return await exchange({ method: "POST", query: { toPublish: true }, json: position, signal }, [201, 409]);
      } catch (error) {
        if (error instanceof CallFailure && error.kind === "rejected" && error.detail.status !== undefined)
          return { status: error.detail.status, refusal: error };
        throw error;
      }
    },
    read: async (iupd, signal) => {
      const answer = await exchange({ method: "GET", signal }, [200, 404], iupd);
      if (answer.status === 404) return void problemOf(answer);
      const parsed = PositionAnswer.safeParse(answer.json);
      if (parsed.success && parsed.data.iupd === iupd) return parsed.data;
      const paths = parsed.error?.issues.map(({ path }) => path.join(".")).join(", ") ?? "iupd";
      throw contractBroken("SCHEMA", `payments: the position does not fit its schema at ${paths}`);
    },
    remove: async (iupd, signal) => {
      const answer = await exchange({ method: "DELETE", signal }, [200, 404, 409], iupd);
      if (answer.status !== 200) return { status: answer.status === 404 ? 404 : 409, problem: problemOf(answer) };
      if (!/^application\/json\b/i.test(answer.contentType ?? ""))
        throw contractBroken("NOT_GPD", "payments: the answer to the cancellation is not one of GPD");
      return { status: 200, problem: {} };
    },
  };
}

/**
 * GPD's own 404 and 409 carry a problem with a title. A gateway's 404 for a wrong address does not, and must never be taken for
 * "there is no such debt".
 */
function problemOf(answer: RestAnswer): z.infer<typeof Problem> {
  const problem = Problem.safeParse(answer.json);
  if (problem.success && typeof problem.data.title === "string") return problem.data;
  throw contractBroken("NOT_GPD", `payments: HTTP ${answer.status} does not come from GPD`);
}

/** Here 503 is a refusal when it says when to come again: nothing was taken, and a repeat is harmless by the IUPD. */
function failureOf(answer: RestAnswer): CallFailure {
  const notTaken = answer.headers["retry-after"] === undefined ? [429] : [429, 503];
  const refusal = refusals("payments", answer, { unauthorised: [401, 403], notTaken });
  if (refusal) return refusal;
  const { status } = answer;
  if (status < 400) return contractBroken("NOT_GPD", `payments: HTTP ${status} is not an answer of GPD`);
  if (status >= 500 || status === 408) return unclearStatus("payments", answer);
  return new CallFailure("rejected", `payments: GPD refused the request (HTTP ${status})`, { code: "REFUSED", status });
}

/** The producer's signature of an answer (INTEGRITY_REST in both directions): who signed, which bytes, which headers. */
import type { KeyObject } from "node:crypto";
import { type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import { CallFailure } from "../../failure.ts";
import type { Answer } from "../exchange.ts";
import type { Moment } from "./jws.ts";
import { digestOf } from "./patterns.ts";

export interface AnswerIntegrity {
  /** The producer's keys by `kid`, or the one key of its pinned certificate under `""`: what an answer carries in `x5c` is never trusted. */
  readonly keys: Readonly<Record<string, KeyObject>>;
  /** What the producer puts into `aud`: us. */
  readonly audience: string;
}

const SignedHeaders = z.array(z.record(z.string(), z.string())).min(1);
const CLOCK_TOLERANCE = 30;

const broken = (system: string, code: string, what: string, { status, contentType, bytes }: Answer) =>
  new CallFailure("contract-broken", `${system}: ${what}`, { code, status, contentType, bytes: bytes.length });

/**
 * Throws `contract-broken` unless the answer is signed by the producer, for us, now, with these very bytes and headers.
 * An answer of success must be signed; one of another status, which a gateway in front may give, is looked at when it is.
 */
export async function verifyAnswer(system: string, of: AnswerIntegrity, answer: Answer, moment: Moment): Promise<void> {
  const signature = answer.headers["agid-jwt-signature"];
  if (signature === undefined) {
    if (answer.status >= 400) return;
    throw broken(system, "ANSWER_UNSIGNED", "the answer is not signed", answer);
  }
  const claims = await claimsOf(signature, of, moment);
  if (!claims) throw broken(system, "ANSWER_SIGNATURE", "the answer's signature is not the producer's, or is not for us now", answer);
  const listed = SignedHeaders.safeParse(claims["signed_headers"]);
  const pairs = (listed.data ?? []).flatMap((one) => Object.entries(one)).map(([name, value]) => [name.toLowerCase(), value] as const);
  const digest = digestOf(answer.bytes);
  if (!pairs.some(([name]) => name === "digest")) throw broken(system, "ANSWER_DIGEST", "the answer's signature covers no digest", answer);
  for (const [name, value] of pairs) {
    if (name === "digest" && value !== digest) throw broken(system, "ANSWER_DIGEST", "the answer is not what was signed", answer);
    if (answer.headers[name] !== value) throw broken(system, "ANSWER_HEADERS", "a header of the answer is not what was signed", answer);
  }
}

async function claimsOf(signature: string, { keys, audience }: AnswerIntegrity, moment: Moment): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(
      signature,
      ({ kid }) => {
        const key = Object.hasOwn(keys, kid ?? "") ? keys[kid ?? ""] : Object.hasOwn(keys, "") ? keys[""] : undefined;
        if (!key) throw new TypeError("no key of this name");
        return key;
      },
      { algorithms: ["RS256"], audience, requiredClaims: ["iat", "exp"], clockTolerance: CLOCK_TOLERANCE, currentDate: moment.now() },
    );
    return payload;
  } catch {
    return undefined;
  }
}

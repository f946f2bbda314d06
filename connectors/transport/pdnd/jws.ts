/** Compact JWS for PDND and ModI: one way to sign, so that every header and claim is written where its rule stands. */
import { createHash, type KeyObject, randomUUID } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";

/** What a signature is made with. `kid` names the key that is registered on PDND; `x5c` carries the certificate instead (patterns `_01`). */
export interface Signer {
  readonly key: KeyObject;
  readonly by: { readonly kid: string } | { readonly x5c: readonly string[] };
}

/** The clock and the ids of tokens; tests give their own, so that a signature is always the same. */
export interface Moment {
  now(): Date;
  newId(): string;
}

export const realMoment: Moment = { now: () => new Date(), newId: () => randomUUID() };

/** Signs these claims by RS256. Nothing is added to them, since PDND refuses a claim that it does not know. */
export const signed = ({ key, by }: Signer, claims: JWTPayload): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", ...("kid" in by ? by : { x5c: [...by.x5c] }) }).sign(key);

export const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1_000);
export const sha256 = (value: string | Uint8Array, encoding: "hex" | "base64" | "base64url"): string =>
  createHash("sha256").update(value).digest(encoding);

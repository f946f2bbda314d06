/** Proof of possession (DPoP, RFC 9449): a voucher that is of use only to whoever holds the key of its request. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { type Moment, secondsOf, sha256 } from "./jws.ts";

export interface DpopRequest {
  method: string;
  /** The address as it is called; query and fragment are left out of the proof (RFC 9449, section 4.2). */
  url: string;
  /** The voucher, once there is one: its hash is then part of the proof (`ath`). */
  voucher?: string;
}

/** Makes proofs, each with an id of its own. */
export type DpopProver = (request: DpopRequest) => Promise<string>;

/** A prover with a key that lives as long as the session; vouchers are bound to it. */
export function dpopProver(moment: Moment, key: KeyObject = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey): DpopProver {
  const publicJwk = exportJWK(key).then(({ kty, crv, x, y }) => ({ kty, crv, x, y }) as { kty: string });
  // The proof itself tells of a key that cannot be written; nobody else waits for this.
  publicJwk.catch(() => undefined);
  return async ({ method, url, voucher }) => {
    const [htu = url] = url.split(/[?#]/);
    const claims = { htm: method, htu, iat: secondsOf(moment.now()), jti: moment.newId() };
    return new SignJWT(voucher === undefined ? claims : { ...claims, ath: sha256(voucher, "base64url") })
      .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await publicJwk })
      .sign(key);
  };
}

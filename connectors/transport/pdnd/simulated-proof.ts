/** How simulators check a proof of possession (DPoP): at the authorisation server, and with a voucher at the producer. */
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, jwtVerify } from "jose";
import type { SimulatedRequest } from "../../simulator.ts";
import { sha256 } from "./jws.ts";
import type { AuthorityState } from "./simulated-authority.ts";
import { Refusal, useOnce } from "./simulated-rules.ts";

/** The thumbprint of the proof's key; throws a `Refusal` when a rule is broken. With a voucher, its hash must be in the proof. */
export async function checkProof(
  proof: string,
  { method, path, headers }: Pick<SimulatedRequest, "method" | "path" | "headers">,
  state: AuthorityState,
  voucher?: string,
): Promise<string> {
  const { claims, jwk } = await read(proof);
  const now = Math.floor(Date.now() / 1_000);
  const age = now - (claims.iat ?? 0);
  if (age < 0 || age > 60) throw new Refusal("DPOP_IAT", "the proof is not of the last 60 seconds");
  if (claims["htm"] !== method) throw new Refusal("DPOP_HTM", "the proof is for another method");
  if (claims["htu"] !== `http://${headers.host}${path}`) throw new Refusal("DPOP_HTU", "the proof is for another address");
  if (voucher !== undefined && claims["ath"] !== sha256(voucher, "base64url"))
    throw new Refusal("DPOP_ATH", "the proof is for another voucher");
  if (typeof claims.jti !== "string") throw new Refusal("DPOP_JTI", "the proof has no jti");
  useOnce(`proof ${claims.jti}`, now + 120, state);
  return calculateJwkThumbprint(jwk);
}

async function read(proof: string): Promise<{ claims: JWTPayload; jwk: JWK }> {
  try {
    const { typ, alg, jwk } = decodeProtectedHeader(proof);
    if (typ !== "dpop+jwt" || (alg !== "ES256" && alg !== "RS256") || !jwk || "d" in jwk) throw new TypeError("not a proof");
    const { payload } = await jwtVerify(proof, await importJWK(jwk, alg), { algorithms: [alg] });
    return { claims: payload, jwk };
  } catch {
    throw new Refusal("DPOP", "not a proof of possession");
  }
}

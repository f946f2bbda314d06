/** How a simulator of a service behind PDND checks what reaches it: voucher, proof of possession, integrity and audit evidence. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import type { SimulatedAnswer, SimulatedRequest } from "../../simulator.ts";
import { sha256 } from "./jws.ts";
import { digestOf } from "./patterns.ts";
import { answerToken, type AuthorityState, authorityKey } from "./simulated-authority.ts";
import { checkProof } from "./simulated-proof.ts";
import { Refusal, useOnce } from "./simulated-rules.ts";

export interface Demands {
  /** The audience of INTEGRITY_REST_02; undefined when that pattern is not asked for. */
  integrity?: string;
  /** The audience of AUDIT_REST_02; undefined when that pattern is not asked for. */
  audit?: string;
}

/** The simulator's name of a request for a voucher. */
export const TOKEN = "token";
export const isTokenRequest = ({ path }: Pick<SimulatedRequest, "path">): boolean => path === "/token.oauth2";

/**
 * One simulator as the authorisation server (operation `token`) and the service behind it. `answer` is asked only when all is
 * in order, or when a fault stands. `refused` writes a refusal as the service does. The fault `unauthorized` is a 401.
 */
export async function answerBehindPdnd(
  request: SimulatedRequest,
  state: AuthorityState,
  service: {
    demands?: Demands;
    refused(refusal: { status: number; code: string; message: string }): SimulatedAnswer;
    answer(): SimulatedAnswer | Promise<SimulatedAnswer>;
  },
): Promise<SimulatedAnswer> {
  if (request.operation === TOKEN) return answerToken(request, state);
  if (request.fault?.kind === "unauthorized") return service.refused({ status: 401, code: "FAULT", message: "refused on demand" });
  try {
    await checkDressed(request, state, service.demands);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return service.refused(error);
  }
  return service.answer();
}

/** Throws a `Refusal` (401 for the voucher, 400 for the rest) unless the request fulfils what the producer demands. */
export async function checkDressed(request: SimulatedRequest, state: AuthorityState, demands: Demands = {}): Promise<void> {
  const voucher = await checkVoucher(request, state);
  const key = registered(voucher, state);
  if (demands.integrity !== undefined) await checkIntegrity(request, demands.integrity, key);
  if (demands.audit !== undefined) await checkAudit(request, demands.audit, { key, voucher, state });
}

async function checkVoucher(request: SimulatedRequest, state: AuthorityState): Promise<JWTPayload> {
  const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
  const claims = await verifiedBy(() => authorityKey().publicKey, token, "VOUCHER", 401);
  const purpose = state.purposes[String(claims["purposeId"])];
  if (!purpose?.active || claims.aud !== purpose.audience) throw new Refusal("VOUCHER", "the voucher is not for this service", 401);
  const bound = (claims["cnf"] as { jkt?: string } | undefined)?.jkt;
  if (bound === undefined && scheme !== "Bearer") throw new Refusal("VOUCHER", "a voucher of the kind Bearer", 401);
  if (bound === undefined) return claims;
  if (scheme !== "DPoP") throw new Refusal("VOUCHER", "a voucher of the kind DPoP", 401);
  if ((await checkProof(String(request.headers["dpop"]), request, state, token)) !== bound)
    throw new Refusal("DPOP_KEY", "the proof is by another key", 401);
  return claims;
}

/** The client's public keys, by `kid`. */
const registered =
  ({ client_id: client }: JWTPayload, state: AuthorityState) =>
  (kid: string | undefined): KeyObject => {
    const found = state.clients[String(client)]?.[kid ?? ""];
    if (found === undefined) throw new Refusal("KID_UNKNOWN", "the client has no key of this kid");
    return createPublicKey({ key: Buffer.from(found, "base64"), format: "der", type: "spki" });
  };

async function checkIntegrity({ headers, body }: SimulatedRequest, audience: string, key: (kid: string | undefined) => KeyObject) {
  const claims = await verifiedBy(key, String(headers["agid-jwt-signature"]), "SIGNATURE");
  if (claims.aud !== audience) throw new Refusal("SIGNATURE_AUDIENCE", "the signature is for another service");
  const list = claims["signed_headers"];
  if (!Array.isArray(list) || list.some((one: object) => Object.keys(one).length !== 1))
    throw new Refusal("SIGNED_HEADERS", "signed_headers is not an array of objects with one member");
  const signed = Object.assign({}, ...(list as object[])) as Record<string, string>;
  const digest = digestOf(body);
  if (headers["digest"] !== digest || signed["digest"] !== digest) throw new Refusal("DIGEST", "the digest is not that of the body");
  if (signed["content-type"] !== headers["content-type"]) throw new Refusal("SIGNED_HEADERS", "content-type is not signed");
}

interface Known {
  key: (kid: string | undefined) => KeyObject;
  voucher: JWTPayload;
  state: AuthorityState;
}

const AUDIT_CLAIMS = ["iss", "aud", "iat", "exp", "nbf", "jti", "purposeId", "userID", "userLocation", "LoA", "dnonce"];

async function checkAudit({ headers }: SimulatedRequest, audience: string, { key, voucher, state }: Known): Promise<void> {
  const evidence = String(headers["agid-jwt-trackingevidence"]);
  const claims = await verifiedBy(key, evidence, "EVIDENCE");
  const absent = AUDIT_CLAIMS.filter((name) => claims[name] === undefined);
  if (absent.length > 0) throw new Refusal("EVIDENCE_CLAIMS", `missing claims: ${absent.join(", ")}`);
  if (claims.aud !== audience) throw new Refusal("EVIDENCE_AUDIENCE", "the evidence is for another service");
  if (claims["purposeId"] !== voucher["purposeId"]) throw new Refusal("EVIDENCE_PURPOSE", "the evidence is for another purpose");
  if (String(claims["LoA"]).length > 20) throw new Refusal("EVIDENCE_LOA", "LoA is longer than 20 characters");
  if ((voucher["digest"] as { value?: string } | undefined)?.value !== sha256(evidence, "hex"))
    throw new Refusal("EVIDENCE_DIGEST", "the voucher is for another evidence");
  useOnce(`evidence ${claims.jti}`, claims.exp ?? 0, state);
}

async function verifiedBy(key: (kid: string | undefined) => KeyObject, token: string, code: string, status = 400): Promise<JWTPayload> {
  try {
    const { kid, x5c } = decodeProtectedHeader(token);
    if (x5c) throw new TypeError("a key is named by its kid");
    const { payload } = await jwtVerify(token, key(kid), { algorithms: ["RS256"], requiredClaims: ["iat", "exp", "aud"] });
    return payload;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(code, "not a token that is valid now", status);
  }
}

/**
 * The part of a simulator that plays PDND's authorisation server: it checks every rule of the real one, and gives vouchers
 * that `simulated-producer.ts` can check. Its codes are our own; the real server's are not public.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { JsonObject } from "../../json.ts";
import type { SimulatedAnswer, SimulatedRequest } from "../../simulator.ts";
import { checkProof } from "./simulated-proof.ts";
import { Refusal, useOnce } from "./simulated-rules.ts";
import { simulatedClient, simulatedPublicKey } from "./simulated-client.ts";

/** Who is known to the authority, and which ids were used. */
export interface AuthorityState extends JsonObject {
  /** By client id, the public keys (base64 of the SPKI) by `kid`. */
  clients: Record<string, Record<string, string>>;
  /** By purpose id; not `active`: the purpose, its agreement or its e-service is suspended. */
  purposes: Record<string, { client: string; audience: string; active: boolean; dpop: boolean }>;
  /** Ids of assertions and proofs, with the second until which each counts as used. */
  seen: Record<string, number>;
  voucherSeconds: number;
  /** How many vouchers were given. */
  given: number;
}

/** What `aud` of the vouchers says when nothing else is set. */
export const SIMULATED_AUDIENCE = "https://eservice.example.org/v1";

/** An authority that knows `simulatedClient` with its one purpose. */
export const newAuthority = (options: { dpop?: boolean; voucherSeconds?: number } = {}): AuthorityState => ({
  clients: { [simulatedClient.clientId]: { [simulatedClient.keyId]: simulatedPublicKey() } },
  purposes: {
    [simulatedClient.purposeId]: {
      client: simulatedClient.clientId,
      audience: SIMULATED_AUDIENCE,
      active: true,
      dpop: options.dpop ?? false,
    },
  },
  seen: {},
  voucherSeconds: options.voucherSeconds ?? 600,
  given: 0,
});

let pair: { publicKey: KeyObject; privateKey: KeyObject } | undefined;
/** The authority's own key: of this process only, so vouchers from before a restart are refused, as expired ones are. */
export const authorityKey = () => {
  pair ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
  return pair;
};

/** The answer to `POST /token.oauth2`. */
export async function answerToken(request: SimulatedRequest, state: AuthorityState): Promise<SimulatedAnswer> {
  try {
    if (request.fault?.kind === "unauthorized") throw new Refusal("FAULT", "client not authenticated", 401);
    if (request.fault) throw new Refusal(request.fault.code ?? "FAULT", "refused on demand");
    return json(200, await voucherFor(request, state), "application/json");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, code, message } = error;
    const problem = {
      type: "about:blank",
      status,
      title: "Unable to generate a token for the given request",
      errors: [{ code, detail: message }],
    };
    return json(status, problem, "application/problem+json");
  }
}

const json = (status: number, body: unknown, type: string): SimulatedAnswer => ({
  status,
  headers: { "content-type": type, "cache-control": "no-cache, no-store" },
  body: JSON.stringify(body),
});

async function voucherFor(request: SimulatedRequest, state: AuthorityState): Promise<JsonObject> {
  const form = formOf(request);
  const clientId = form.get("client_id") ?? "";
  const claims = await assertionOf(form.get("client_assertion") ?? "", clientId, state);
  const purpose = state.purposes[String(claims["purposeId"])];
  if (!purpose || purpose.client !== clientId) throw new Refusal("PURPOSE_UNKNOWN", "the client has no such purpose");
  if (!purpose.active) throw new Refusal("PURPOSE_NOT_ACTIVE", "purpose, agreement or e-service is not active");
  const proof = request.headers["dpop"];
  if (purpose.dpop && proof === undefined) throw new Refusal("DPOP_MISSING", "vouchers of this e-service need a proof of possession");
  const bound = proof === undefined ? {} : { cnf: { jkt: await checkProof(String(proof), request, state) } };
  const now = seconds();
  state.given += 1;
  const token = await new SignJWT({
    iss: "auth.interop.pagopa.it",
    aud: purpose.audience,
    sub: clientId,
    client_id: clientId,
    purposeId: String(claims["purposeId"]),
    jti: `voucher-${now}-${state.given}`,
    iat: now,
    nbf: now,
    exp: now + state.voucherSeconds,
    ...(claims["digest"] === undefined ? {} : { digest: claims["digest"] }),
    ...bound,
  })
    .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "simulated-authority" })
    .sign(authorityKey().privateKey);
  return { access_token: token, token_type: proof === undefined ? "Bearer" : "DPoP", expires_in: state.voucherSeconds };
}

function formOf({ method, headers, body }: SimulatedRequest): URLSearchParams {
  if (method !== "POST") throw new Refusal("METHOD", "only POST", 405);
  if (!/^application\/x-www-form-urlencoded\b/.test(headers["content-type"] ?? "")) throw new Refusal("FORM", "not a form");
  const form = new URLSearchParams(body.toString("utf8"));
  if (form.get("grant_type") !== "client_credentials") throw new Refusal("GRANT_TYPE", "grant_type is not client_credentials");
  if (form.get("client_assertion_type") !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    throw new Refusal("ASSERTION_TYPE", "client_assertion_type is not jwt-bearer");
  return form;
}

const HEADER = ["alg", "kid", "typ"];
const REQUIRED = ["iss", "sub", "aud", "purposeId", "jti", "iat", "exp"];
const ALLOWED = [...REQUIRED, "digest"];

async function assertionOf(assertion: string, clientId: string, state: AuthorityState): Promise<JWTPayload> {
  const header = headerOf(assertion);
  if (Object.keys(header).toSorted().join() !== HEADER.join()) throw new Refusal("HEADER", "the header holds not exactly kid, alg and typ");
  if (header["alg"] !== "RS256" || header["typ"] !== "JWT") throw new Refusal("ALGORITHM", "alg is not RS256, or typ not JWT");
  const keys = state.clients[clientId];
  if (!keys) throw new Refusal("CLIENT_UNKNOWN", "no such client", 401);
  const key = keys[String(header["kid"])];
  if (key === undefined) throw new Refusal("KID_UNKNOWN", "the client has no key of this kid");
  const claims = await verified(assertion, createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" }));
  const extra = Object.keys(claims).filter((name) => !ALLOWED.includes(name));
  if (extra.length > 0) throw new Refusal("CLAIM_UNKNOWN", `unexpected claims: ${extra.join(", ")}`);
  const absent = REQUIRED.filter((name) => claims[name] === undefined);
  if (absent.length > 0) throw new Refusal("CLAIM_MISSING", `missing claims: ${absent.join(", ")}`);
  if (claims.iss !== clientId || claims.sub !== clientId) throw new Refusal("ISSUER", "iss and sub are not the client");
  if (claims.aud !== simulatedClient.assertionAudience) throw new Refusal("AUDIENCE", "aud is not the authorisation server");
  checkTimes(claims);
  checkDigest(claims["digest"]);
  useOnce(`assertion ${claims.jti}`, claims.exp ?? 0, state);
  return claims;
}

function headerOf(assertion: string): Record<string, unknown> {
  try {
    return decodeProtectedHeader(assertion) as Record<string, unknown>;
  } catch {
    throw new Refusal("ASSERTION", "client_assertion is not a JWS");
  }
}

async function verified(assertion: string, key: KeyObject): Promise<JWTPayload> {
  try {
    // Times are checked below: an assertion without them must be refused too, and with its own code.
    return (await jwtVerify(assertion, key, { algorithms: ["RS256"], currentDate: new Date(0), clockTolerance: Number.MAX_SAFE_INTEGER }))
      .payload;
  } catch {
    throw new Refusal("SIGNATURE", "the signature is not of the client's key");
  }
}

function checkTimes({ iat = 0, exp = 0 }: JWTPayload): void {
  const now = seconds();
  if (iat > now + 5) throw new Refusal("IAT", "issued in the future");
  if (exp <= now) throw new Refusal("EXPIRED", "the assertion has expired");
}

function checkDigest(digest: unknown): void {
  if (digest === undefined) return;
  const { alg, value, ...more } = (typeof digest === "object" && digest !== null ? digest : {}) as Record<string, unknown>;
  if (alg !== "SHA256" || typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value) || Object.keys(more).length > 0)
    throw new Refusal("DIGEST", "digest is not {alg: SHA256, value: 64 hexadecimal digits}");
}

const seconds = () => Math.floor(Date.now() / 1_000);

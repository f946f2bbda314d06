/**
 * Security patterns of the interoperability model (ModI, AgID guidelines) for REST, as headers of a request:
 * who we are (ID_AUTH_REST), that nothing was changed on the way (INTEGRITY_REST), and for whom we ask (AUDIT_REST).
 * The patterns `_01` carry our certificate (`x5c`), the patterns `_02` through PDND the id of the key that is registered there.
 */
import type { Outgoing } from "../http.ts";
import { type Moment, secondsOf, sha256, type Signer, signed } from "./jws.ts";

/** How long a signature of ours is good, in seconds. */
const GOOD_FOR = 60;

interface Addressed {
  /** Whom the signature is for, as the producer says; at ANPR the address without `-PDND` and without the operation. */
  readonly audience: string;
}

/** `ID_AUTH_REST_01`, or with an id that is used once `ID_AUTH_REST_02`. Through PDND the voucher takes its place. */
export interface IdAuth extends Addressed {
  readonly pattern: "ID_AUTH_REST_01" | "ID_AUTH_REST_02";
}

export interface Integrity extends Addressed {
  readonly pattern: "INTEGRITY_REST_01" | "INTEGRITY_REST_02";
  /** Our name in the signature (`iss` and `sub`); left out where the producer asks for none. */
  readonly issuer?: string;
}

/** Who asks, in our own house. Ids only, never names (AUDIT_REST). */
export interface Evidence {
  /** Who made this request necessary: an operator's or a case's pseudonym. */
  readonly userId: string;
  /** The workplace or system from which it comes. */
  readonly userLocation: string;
  /** How surely the user is known; at most 20 characters at ANPR. */
  readonly levelOfAssurance: string;
}

export interface Audit extends Addressed {
  /** `_02` adds a `dnonce`, and the voucher carries the hash of the evidence. */
  readonly pattern: "AUDIT_REST_01" | "AUDIT_REST_02";
  readonly issuer: string;
  readonly purposeId: string;
  readonly evidence: Evidence;
}

const lifetime = (moment: Moment) => {
  const iat = secondsOf(moment.now());
  return { iat, exp: iat + GOOD_FOR };
};

/** `Authorization` of ID_AUTH_REST. */
export const idAuthHeaders = async ({ pattern, audience }: IdAuth, signer: Signer, moment: Moment): Promise<Record<string, string>> => ({
  Authorization: `Bearer ${await signed(signer, {
    aud: audience,
    ...lifetime(moment),
    ...(pattern === "ID_AUTH_REST_02" ? { jti: moment.newId() } : {}),
  })}`,
});

/** The value of `Digest` for these bytes (RFC 3230, as the patterns demand). */
export const digestOf = (bytes: Uint8Array): string => `SHA-256=${sha256(bytes, "base64")}`;

/** `Digest` and `Agid-JWT-Signature` of INTEGRITY_REST; none for a request without a body. */
export async function integrityHeaders(
  of: Integrity,
  { body, contentType }: Pick<Outgoing, "body" | "contentType">,
  signer: Signer,
  moment: Moment,
): Promise<Record<string, string>> {
  if (body === undefined) return {};
  const digest = digestOf(body);
  // An array of objects with one member each: a single object is refused by producers.
  const signedHeaders = [{ digest }, ...(contentType === undefined ? [] : [{ "content-type": contentType }])];
  const signature = await signed(signer, {
    aud: of.audience,
    ...(of.issuer === undefined ? {} : { iss: of.issuer, sub: of.issuer }),
    ...lifetime(moment),
    jti: moment.newId(),
    signed_headers: signedHeaders,
  });
  return { Digest: digest, "Agid-JWT-Signature": signature };
}

/** The compact JWS of `Agid-JWT-TrackingEvidence`; its hex SHA-256 goes into the voucher's `digest` (AUDIT_REST_02). */
export function auditEvidence({ pattern, audience, issuer, purposeId, evidence }: Audit, signer: Signer, moment: Moment): Promise<string> {
  const { iat, exp } = lifetime(moment);
  return signed(signer, {
    iss: issuer,
    aud: audience,
    iat,
    nbf: iat,
    exp,
    jti: moment.newId(),
    purposeId,
    userID: evidence.userId,
    userLocation: evidence.userLocation,
    LoA: evidence.levelOfAssurance,
    ...(pattern === "AUDIT_REST_02" ? { dnonce: dnonceOf(moment) } : {}),
  });
}

/** 13 digits that are not used twice. */
const dnonceOf = (moment: Moment) =>
  BigInt(`0x${sha256(moment.newId(), "hex").slice(0, 15)}`)
    .toString()
    .padStart(13, "0")
    .slice(0, 13);

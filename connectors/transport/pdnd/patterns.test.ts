/** The patterns with fixed keys, clock and ids: RS256 is deterministic, so each header is a test vector. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createPublicKey, verify } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { type CannedServer, cannedServer } from "../fixtures/canned-server.ts";
import { failing } from "../fixtures/failing.ts";
import { type Moment, sha256, type Signer } from "./jws.ts";
import { type Audit, auditEvidence, digestOf, idAuthHeaders, integrityHeaders } from "./patterns.ts";
import { modiClient } from "./session.ts";
import { simulatedClient } from "./simulated-client.ts";
import { privateKeyOf, publicKeyOf, RsaPrivateKey, RsaPublicKey } from "./signing-key.ts";

const AT = Date.parse("2026-01-12T10:00:00Z");
const moment: Moment = { now: () => new Date(AT), newId: () => "6c6f0f6e-0000-4000-8000-000000000001" };
const key = privateKeyOf(simulatedClient.privateKey);
const signer: Signer = { key, by: { kid: "key-1" } };
const withCertificate: Signer = { key, by: { x5c: ["MIIB"] } };
const audience = "https://service.example.org/v1";
const contentType = "application/json";
const read = (token = "") => ({ header: decodeProtectedHeader(token), claims: decodeJwt(token) });
const times = { iat: AT / 1_000, exp: AT / 1_000 + 60 };

describe("test vectors", () => {
  test("ID_AUTH_REST_01 and _02", async () => {
    const first = await idAuthHeaders({ pattern: "ID_AUTH_REST_01", audience }, withCertificate, moment);
    const second = await idAuthHeaders({ pattern: "ID_AUTH_REST_02", audience }, withCertificate, moment);
    expect(first["Authorization"]).toMatch(/^Bearer eyJ/);
    const header = { alg: "RS256", typ: "JWT", x5c: ["MIIB"] };
    expect(read(first["Authorization"]?.slice(7))).toEqual({ header, claims: { aud: audience, ...times } });
    expect(read(second["Authorization"]?.slice(7))).toEqual({ header, claims: { aud: audience, ...times, jti: moment.newId() } });
  });

  test("INTEGRITY_REST_02: the digest of the bytes, in an array of objects with one member", async () => {
    const body = Buffer.from('{"hello": "world"}');
    const headers = await integrityHeaders({ pattern: "INTEGRITY_REST_02", audience, issuer: "us" }, { body, contentType }, signer, moment);
    expect(headers["Digest"]).toBe("SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=");
    expect(read(headers["Agid-JWT-Signature"])).toEqual({
      header: { alg: "RS256", typ: "JWT", kid: "key-1" },
      claims: {
        aud: audience,
        iss: "us",
        sub: "us",
        ...times,
        jti: moment.newId(),
        signed_headers: [{ digest: headers["Digest"] }, { "content-type": contentType }],
      },
    });
    expect(
      await integrityHeaders({ pattern: "INTEGRITY_REST_02", audience }, { body: undefined, contentType: undefined }, signer, moment),
    ).toEqual({});
  });

  test("AUDIT_REST_01 and _02", async () => {
    const evidence = { userId: "u-1", userLocation: "w-1", levelOfAssurance: "LOW" };
    const audit: Audit = { pattern: "AUDIT_REST_01", audience, issuer: "us", purposeId: "p-1", evidence };
    const claims = {
      iss: "us",
      aud: audience,
      ...times,
      nbf: times.iat,
      jti: moment.newId(),
      purposeId: "p-1",
      userID: "u-1",
      userLocation: "w-1",
      LoA: "LOW",
    };
    expect(read(await auditEvidence(audit, signer, moment)).claims).toEqual(claims);
    const second = await auditEvidence({ ...audit, pattern: "AUDIT_REST_02" }, signer, moment);
    expect(read(second).claims).toEqual({ ...claims, dnonce: expect.stringMatching(/^\d{13}$/) });
    expect(await auditEvidence({ ...audit, pattern: "AUDIT_REST_02" }, signer, moment)).toBe(second);
  });

  test("the same request is signed by the same bytes: this is the hash of one signature", async () => {
    const body = Buffer.from('{"hello": "world"}');
    const headers = await integrityHeaders({ pattern: "INTEGRITY_REST_02", audience }, { body, contentType }, signer, moment);
    const token = headers["Agid-JWT-Signature"] ?? "";
    expect(sha256(token, "hex")).toBe("cb4b066d1121e4176c289056f1922fb6b6a91ba0f3ff7dbe4410d90dfac60866");
    const [head = "", claims = "", signature = ""] = token.split(".");
    expect(verify("sha256", Buffer.from(`${head}.${claims}`), createPublicKey(key), Buffer.from(signature, "base64url"))).toBe(true);
  });
});

const claimsOf = (digest: string) => ({
  aud: "us",
  ...times,
  signed_headers: [{ digest }, { "content-type": contentType }] as Record<string, string>[],
});
const unsigned = (claims: object) =>
  `${Buffer.from('{"alg":"none","kid":"producer-1"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`;

describe("an answer that its producer signs", () => {
  const publicKey = createPublicKey(key);
  let server: CannedServer;
  let signature: (digest: string) => Promise<Record<string, string>>;
  const body = '{"result":"perché no"}';
  const sign = (claims: Record<string, unknown>, kid = "producer-1") =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(key);

  beforeEach(async () => {
    signature = async (digest) => ({ Digest: digest, "Agid-JWT-Signature": await sign(claimsOf(digest)) });
    server = await cannedServer((_, response) => {
      void signature(digestOf(Buffer.from(body))).then((headers) =>
        response.writeHead(200, { "content-type": contentType, ...headers }).end(body),
      );
    });
  });
  afterEach(() => server.close());
  const ask = (keys: Record<string, typeof publicKey> = { "producer-1": publicKey }) =>
    modiClient({ system: "trial", baseUrl: server.url, signer, answer: { keys, audience: "us" } }, moment).request({
      method: "GET",
      path: ["result"],
      signal: AbortSignal.timeout(5_000),
    });

  test("is taken when all is in order, by the named key or by the one that is pinned", async () => {
    expect((await ask()).json).toEqual({ result: "perché no" });
    expect((await ask({ "": publicKey })).status).toBe(200);
    expect(server.received[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test.each<[string, () => typeof signature, string]>([
    ["is not signed", () => async () => ({}), "ANSWER_UNSIGNED"],
    [
      "was changed",
      () => async () => ({ Digest: digestOf(Buffer.from("x")), "Agid-JWT-Signature": await sign(claimsOf(digestOf(Buffer.from("x")))) }),
      "ANSWER_DIGEST",
    ],
    [
      "is for another",
      () => async (digest) => ({ Digest: digest, "Agid-JWT-Signature": await sign({ ...claimsOf(digest), aud: "them" }) }),
      "ANSWER_SIGNATURE",
    ],
    [
      "is of yesterday",
      () => async (digest) => ({ Digest: digest, "Agid-JWT-Signature": await sign({ ...claimsOf(digest), exp: times.iat - 86_400 }) }),
      "ANSWER_SIGNATURE",
    ],
    [
      "never expires",
      () => async (digest) => ({ Digest: digest, "Agid-JWT-Signature": await sign({ ...claimsOf(digest), exp: undefined }) }),
      "ANSWER_SIGNATURE",
    ],
    [
      "is signed by somebody else's key",
      () => async (digest) => ({ Digest: digest, "Agid-JWT-Signature": await sign(claimsOf(digest), "producer-2") }),
      "ANSWER_SIGNATURE",
    ],
    [
      "covers no digest",
      () => async (digest) => ({
        Digest: digest,
        "Agid-JWT-Signature": await sign({ ...claimsOf(digest), signed_headers: [{ "content-type": contentType }] }),
      }),
      "ANSWER_DIGEST",
    ],
    [
      "has another header than was signed",
      () => async (digest) => ({
        Digest: digest,
        "Agid-JWT-Signature": await sign({ ...claimsOf(digest), signed_headers: [{ digest }, { "content-type": "text/plain" }] }),
      }),
      "ANSWER_HEADERS",
    ],
  ])("is refused when it %s", async (_, given, code) => {
    signature = given();
    expect(await failing(ask())).toEqual({ kind: "contract-broken", code });
  });

  test("a signature by no algorithm, or by a shared secret, is none", async () => {
    signature = async (digest) => ({ Digest: digest, "Agid-JWT-Signature": unsigned(claimsOf(digest)) });
    expect((await failing(ask())).code).toBe("ANSWER_SIGNATURE");
    const secret = publicKey.export({ type: "spki", format: "pem" });
    signature = async (digest) => ({
      Digest: digest,
      "Agid-JWT-Signature": await new SignJWT(claimsOf(digest))
        .setProtectedHeader({ alg: "HS256", kid: "producer-1" })
        .sign(Buffer.from(secret)),
    });
    expect((await failing(ask())).code).toBe("ANSWER_SIGNATURE");
  });
});

describe("keys in settings", () => {
  const pem = String(key.export({ type: "pkcs8", format: "pem" }));
  const publicPem = String(createPublicKey(key).export({ type: "spki", format: "pem" }));
  test.each([
    ["PEM", pem],
    ["PEM with written line breaks", pem.replaceAll("\n", "\\n")],
    ["base64 in one line", simulatedClient.privateKey],
  ])("are read as %s", (_, text) => {
    expect(RsaPrivateKey.safeParse(text).success).toBe(true);
    expect(privateKeyOf(text).equals(key)).toBe(true);
  });

  test("are refused, and not shown, when they are something else", () => {
    const wrong = RsaPrivateKey.safeParse("not-a-key-at-all");
    expect(JSON.stringify(wrong.error)).toContain("is not a private RSA key");
    expect(JSON.stringify(wrong.error)).not.toContain("not-a-key-at-all");
    expect([RsaPrivateKey.safeParse(publicPem).success, RsaPublicKey.safeParse(publicPem).success]).toEqual([false, true]);
    expect(publicKeyOf(publicPem).asymmetricKeyType).toBe("rsa");
  });
});

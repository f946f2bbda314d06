import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { suiteNeeding } from "../../../test/suite-needing.ts";
import { authority } from "../fixtures/certificates.ts";
import { broken, client, envelope, HELLO, said, serving } from "../fixtures/echo.ts";
import { failing } from "../fixtures/failing.ts";
import type { SoapSettings } from "../soap.ts";
import { EXCLUSIVE_C14N, NAMESPACES } from "./guard.ts";
import { signedRequests, type SigningSettings } from "./sign-request.ts";
import { signedAnswers, type VerifyingSettings } from "./verify-answer.ts";

const ca = authority("Test authority");
const us = ca.issue("municipality");
const them = ca.issue("system");
const expired = ca.issue("old system", { days: -1 });
const stranger = authority("Another authority").issue("system");
const NOW = new Date();
const now = () => NOW;

const call = (endpoint: string, more: Partial<SoapSettings>) =>
  client(endpoint, more).call("say", HELLO, { signal: AbortSignal.timeout(5_000) });

/** What our client sends with these settings. */
async function sent(more: Partial<SoapSettings>): Promise<string> {
  const server = await serving({ body: said("<text>a</text>") });
  await call(server.url, more);
  return server.received[0]?.body.toString("utf8") ?? "";
}

/** An answer that is signed as our requests are, which `xmlsec1` checks below. */
const signed = (more: Partial<SigningSettings> = {}, text = "genuine") => {
  const { certificate, key } = them;
  const written = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${`<SayResponse xmlns="urn:darsena:echo"><text>${text}</text></SayResponse>`}</soap:Body></soap:Envelope>`;
  return signedRequests({ certificate, key, now, ...more }).protect?.("them", written) ?? "";
};

const trusting = (more: Partial<VerifyingSettings> = {}): Partial<SoapSettings> => ({
  guards: [signedAnswers({ trusted: [them.certificate], now, ...more })],
});

/** The answer as our client reads it, when it trusts as the settings say. */
async function read(body: string, more: Partial<VerifyingSettings> = {}) {
  return (await call((await serving({ body })).url, trusting(more))).result;
}

describe("UsernameToken", () => {
  test("as text holds user, password and instant", async () => {
    const body = await sent({ security: { kind: "username-token", username: "u<", password: "p&" } });
    expect(body).toMatch(
      /<wsse:UsernameToken .*<wsse:Username>u&lt;<\/wsse:Username><wsse:Password Type="[^"]*#PasswordText">p&amp;<\/wsse:Password>/,
    );
    expect(body).toMatch(/<wsu:Created>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/wsu:Created>/);
  });

  test("as digest holds Base64(SHA-1(nonce + created + password)), and never the password", async () => {
    const body = await sent({ security: { kind: "username-token", username: "u", password: "secret", digest: true } });
    const part = (pattern: RegExp) => pattern.exec(body)?.[1] ?? "";
    const nonce = Buffer.from(part(/<wsse:Nonce[^>]*>([^<]+)</), "base64");
    const token = body.slice(body.indexOf("<wsse:UsernameToken"));
    const created = /<wsu:Created>([^<]+)</.exec(token)?.[1] ?? "";
    expect(nonce).toHaveLength(16);
    expect(part(/#PasswordDigest">([^<]+)</)).toBe(createHash("sha1").update(nonce).update(`${created}secret`).digest("base64"));
    expect(body).not.toContain("secret");
  });
});

const parts = (xml: string) =>
  [...xml.matchAll(/<ds:Reference URI="#([^"]+)"/g)].map(([, id]) => new RegExp(`<([\\w:]+)[^<>]*Id="${id}"`).exec(xml)?.[1]);

const guard = (more: Partial<SigningSettings> = {}) => ({
  guards: [signedRequests({ certificate: us.certificate, key: us.key, now, ...more })],
});

describe("signed requests", () => {
  test("sign Body, Timestamp, token and wsa:To", async () => {
    const body = await sent(guard({ to: "https://system.example/service" }));
    expect(parts(body)).toEqual(["soap:Body", "wsu:Timestamp", "wsse:BinarySecurityToken", "wsa:To"]);
    expect(body).toContain("#rsa-sha256");
    expect(body).toContain(`<wsu:Created>${NOW.toISOString()}</wsu:Created>`);
  });

  test("keep a UsernameToken, with one timestamp", async () => {
    const body = await sent({ ...guard(), security: { kind: "username-token", username: "u", password: "p" } });
    expect(body.match(/<wsse:Security /g)).toHaveLength(1);
    expect(body.match(/<wsu:Timestamp/g)).toHaveLength(1);
    expect(body).toContain("<wsse:Username>u</wsse:Username>");
  });

  test("take a key with a passphrase; a wrong one is our setting, and nothing is sent", async () => {
    const locked = ca.issue("locked", { passphrase: "open" });
    const own = { certificate: locked.certificate, key: locked.key };
    expect(parts(await sent(guard({ ...own, passphrase: "open" })))).toHaveLength(3);
    const server = await serving({ body: said("") });
    expect(await failing(call(server.url, guard({ ...own, passphrase: "wrong" })))).toEqual({ kind: "misconfigured", code: "SIGNING" });
    expect(server.received).toHaveLength(0);
  });

  test("a certificate that is none is our setting", () => {
    expect(() => guard({ certificate: "nothing" })).toThrow(expect.objectContaining({ kind: "misconfigured" }));
  });
});

const moved = () => {
  const xml = signed();
  const body = /<soap:Body.*<\/soap:Body>/s.exec(xml)?.[0] ?? "";
  const forged = body.replace("genuine", "forged");
  return { xml, body, forged };
};
const without = (xml: string, pattern: RegExp) => xml.replace(pattern, "");

describe("signed answers", () => {
  test("are read when their certificate, or its issuer, is trusted", async () => {
    expect(await read(signed())).toEqual({ text: "genuine" });
    expect(await read(signed(), { trusted: [ca.certificate] })).toEqual({ text: "genuine" });
  });

  test("are read with comments and CDATA as they were signed", async () => {
    expect(await read(signed({}, "a<!-- x -->b<![CDATA[<c>]]>"))).toEqual({ text: "ab<c>" });
  });

  test.each<[string, () => string, string]>([
    ["not signed", () => said("<text>a</text>"), "SIGNATURE_MISSING"],
    ["altered", () => signed().replace("genuine", "forged"), "SIGNATURE_INVALID"],
    ["altered by a comment that is data to others", () => signed().replace("genuine", "for<!--genuine-->ged"), "SIGNATURE_INVALID"],
    [
      "with the signed body moved into the header",
      () => {
        const { xml, body, forged } = moved();
        return xml
          .replace(body, forged.replace(/wsu:Id="[^"]*"/, 'wsu:Id="other"'))
          .replace("</soap:Header>", `<w:w xmlns:w="urn:w">${body}</w:w></soap:Header>`);
      },
      "SIGNATURE_INVALID",
    ],
    [
      "with two bodies of one id",
      () => {
        const { xml, body, forged } = moved();
        return xml.replace(body, forged).replace("</soap:Header>", `<w:w xmlns:w="urn:w">${body}</w:w></soap:Header>`);
      },
      "SIGNATURE_INVALID",
    ],
    [
      "with a body that the signature leaves out",
      () => {
        const { xml, body, forged } = moved();
        return xml
          .replace(body, without(forged, / wsu:Id="[^"]*"/))
          .replace("</soap:Header>", `<w:w xmlns:w="urn:w">${body}</w:w></soap:Header>`);
      },
      "SIGNATURE_INVALID",
    ],
    [
      "with its signature beside Security",
      () => signed().replace(/(<ds:Signature.*<\/ds:Signature>)(<\/wsse:Security>)/s, "$2$1"),
      "SIGNATURE_MISSING",
    ],
    ["signed by a stranger", () => signed({ certificate: stranger.certificate, key: stranger.key }), "SIGNATURE_CERTIFICATE"],
    ["signed by a stranger who shows a trusted certificate", () => signed({ key: stranger.key }), "SIGNATURE_INVALID"],
    [
      "signed by the right authority for somebody else",
      () => signed({ certificate: us.certificate, key: us.key }),
      "SIGNATURE_CERTIFICATE",
    ],
    ["an hour old", () => signed({ now: () => new Date(NOW.getTime() - 3_600_000) }), "SIGNATURE_STALE"],
    ["from an hour ahead", () => signed({ now: () => new Date(NOW.getTime() + 3_600_000) }), "SIGNATURE_STALE"],
    ["expired although young", () => signed({ now: () => new Date(NOW.getTime() - 200_000), lifeSeconds: 10 }), "SIGNATURE_STALE"],
    ["signed with SHA-1", () => signed({ signature: "rsa-sha1", digest: "sha1" }), "SIGNATURE_INVALID"],
    [
      "canonicalised inclusively",
      () => signed().replaceAll(EXCLUSIVE_C14N, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
      "SIGNATURE_INVALID",
    ],
    ["without its timestamp", () => without(signed(), /<wsu:Timestamp.*<\/wsu:Timestamp>/s), "SIGNATURE_INVALID"],
  ])("%s are refused", async (_, body, code) => {
    expect(await failing(read(body()))).toEqual(broken(code));
  });

  test("of an expired certificate are refused, although it was issued by the authority", async () => {
    const body = signed({ certificate: expired.certificate, key: expired.key });
    expect(await failing(read(body, { trusted: [ca.certificate] }))).toEqual(broken("SIGNATURE_CERTIFICATE"));
  });

  test("may be faults without a signature only where the settings say so", async () => {
    const fault = envelope("<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>");
    expect(await failing(read(fault))).toEqual(broken("SIGNATURE_MISSING"));
    expect(await failing(read(fault, { unsignedFaults: true }))).toEqual({ kind: "unknown", code: "SOAP_FAULT" });
  });

  test("an old partner's SHA-1 is read where the settings say so", async () => {
    const body = signed({ signature: "rsa-sha1", digest: "sha1" });
    expect(await read(body, { signatures: ["rsa-sha1"], digests: ["sha1"] })).toEqual({ text: "genuine" });
  });
});

const verified = (xml: string): boolean => {
  const file = join(mkdtempSync(join(tmpdir(), "darsena-sign-")), "message.xml");
  writeFileSync(file, xml);
  const ids = [
    `${NAMESPACES.wsu}:Timestamp`,
    `${NAMESPACES.wsse}:BinarySecurityToken`,
    `${NAMESPACES.wsa}:To`,
    "http://schemas.xmlsoap.org/soap/envelope/:Body",
  ];
  const args = ["--verify", "--pubkey-cert-pem", us.certificateFile, ...ids.flatMap((name) => ["--id-attr:Id", name]), file];
  try {
    execFileSync("xmlsec1", args, { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
};

suiteNeeding("xmlsec1")("verified by xmlsec1", () => {
  test("a signed request is valid for xmlsec1, and an altered one is not", async () => {
    const xml = await sent({ guards: [signedRequests({ certificate: us.certificate, key: us.key, to: "https://system.example/", now })] });
    expect(verified(xml)).toBe(true);
    expect(verified(xml.replace("hello", "hullo"))).toBe(false);
    expect(verified(xml.replace("https://system.example/<", "https://evil.example/<"))).toBe(false);
  });
});

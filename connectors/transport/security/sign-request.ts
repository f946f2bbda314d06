/** X.509 signatures of requests: BinarySecurityToken, Timestamp, and a signature over both, the Body and the headers named. */
import { randomUUID, X509Certificate } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { misconfigured } from "../../failure.ts";
import { escapeXml } from "../xml-text.ts";
import {
  BASE64,
  type DigestName,
  DIGESTS,
  type EnvelopeGuard,
  EXCLUSIVE_C14N,
  NAMESPACES,
  type SignatureName,
  SIGNATURES,
  X509_TOKEN,
} from "./guard.ts";

export interface SigningSettings {
  /** PEM of our certificate; it is sent along. */
  certificate: string;
  /** PEM of its key. */
  key: string;
  passphrase?: string;
  /** Written into the header as `wsa:To` and signed. */
  to?: string;
  /** Names of further header elements to sign, whatever their namespace: those that the adapter writes by `soapHeaders`. */
  signedHeaders?: readonly string[];
  /** How long the message is good for; 300 s when absent. */
  lifeSeconds?: number;
  signature?: SignatureName;
  digest?: DigestName;
  now?: () => Date;
}

/** Signs every request. What is wrong with certificate or key is `misconfigured` before anything is sent. */
export function signedRequests(settings: SigningSettings): EnvelopeGuard {
  const { key, passphrase, to, signedHeaders = [], signature = "rsa-sha256", digest = "sha256" } = settings;
  const token = tokenOf(settings.certificate);

  function protect(system: string, envelope: string): string {
    const tokenId = `x509-${randomUUID()}`;
    const signer = new SignedXml({
      idMode: "wssecurity",
      privateKey: (passphrase === undefined ? key : { key, passphrase }) as string,
      signatureAlgorithm: SIGNATURES[signature],
      canonicalizationAlgorithm: EXCLUSIVE_C14N,
      getKeyInfoContent: () =>
        `<wsse:SecurityTokenReference xmlns:wsse="${NAMESPACES.wsse}"><wsse:Reference URI="#${tokenId}" ValueType="${X509_TOKEN}"/></wsse:SecurityTokenReference>`,
    });
    const header = "/*[local-name()='Envelope']/*[local-name()='Header']";
    const security = `${header}/*[local-name()='Security' and namespace-uri()='${NAMESPACES.wsse}']`;
    const signed = [
      "/*[local-name()='Envelope']/*[local-name()='Body']",
      `${security}/*[local-name()='Timestamp']`,
      `${security}/*[local-name()='BinarySecurityToken']`,
      ...(to === undefined ? [] : [`${header}/*[local-name()='To' and namespace-uri()='${NAMESPACES.wsa}']`]),
      ...signedHeaders.map((name) => `${header}/*[local-name()='${name}']`),
    ];
    for (const xpath of signed) signer.addReference({ xpath, transforms: [EXCLUSIVE_C14N], digestAlgorithm: DIGESTS[digest] });
    try {
      signer.computeSignature(withHeader(envelope, secured(settings, token, tokenId), to), {
        prefix: "ds",
        location: { reference: security, action: "append" },
      });
    } catch {
      // The library's error may hold the message.
      throw misconfigured(
        "SIGNING",
        `${system}: the request cannot be signed with this certificate and key, or a header to be signed is missing`,
      );
    }
    return signer.getSignedXml();
  }

  return { protect };
}

function tokenOf(pem: string): string {
  try {
    return new X509Certificate(pem).raw.toString("base64");
  } catch {
    throw misconfigured("CERTIFICATE", "the certificate that is to sign requests cannot be read");
  }
}

function secured({ lifeSeconds = 300, now = () => new Date() }: SigningSettings, token: string, tokenId: string): string {
  const created = now();
  const expires = new Date(created.getTime() + lifeSeconds * 1_000);
  return (
    `<wsse:BinarySecurityToken wsu:Id="${tokenId}" EncodingType="${BASE64}" ValueType="${X509_TOKEN}">${token}</wsse:BinarySecurityToken>` +
    `<wsu:Timestamp wsu:Id="ts-${randomUUID()}"><wsu:Created>${created.toISOString()}</wsu:Created><wsu:Expires>${expires.toISOString()}</wsu:Expires></wsu:Timestamp>`
  );
}

const TIMESTAMP = /<wsu:Timestamp[\s>].*?<\/wsu:Timestamp>/s;

/** The envelope with our header; a Security header that stands there already (UsernameToken) keeps its place, and gets our timestamp. */
function withHeader(envelope: string, inner: string, to: string | undefined): string {
  const addressed = to === undefined ? "" : `<wsa:To xmlns:wsa="${NAMESPACES.wsa}">${escapeXml(to)}</wsa:To>`;
  const end = envelope.indexOf("</wsse:Security>");
  if (end >= 0) {
    const start = envelope.indexOf("<wsse:Security ");
    const header = envelope.slice(start, end).replace(TIMESTAMP, "");
    return `${envelope.slice(0, start)}${addressed}${header}${inner}${envelope.slice(end)}`;
  }
  const security = `<wsse:Security xmlns:wsse="${NAMESPACES.wsse}" xmlns:wsu="${NAMESPACES.wsu}" soap:mustUnderstand="1">${inner}</wsse:Security>`;
  const body = envelope.indexOf("<soap:Body");
  const headerEnd = envelope.slice(0, body).lastIndexOf("</soap:Header>");
  if (headerEnd >= 0) return `${envelope.slice(0, headerEnd)}${addressed}${security}${envelope.slice(headerEnd)}`;
  return `${envelope.slice(0, body)}<soap:Header>${addressed}${security}</soap:Header>${envelope.slice(body)}`;
}

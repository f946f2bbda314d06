/** A part of an adapter's session that protects requests and checks answers; adapters that name none are not touched. */

/** What may go wrong with an answer's protection; each is `contract-broken`, because the request may have had its effect. */
export type Distrust = "SIGNATURE_MISSING" | "SIGNATURE_INVALID" | "SIGNATURE_CERTIFICATE" | "SIGNATURE_STALE";

export interface EnvelopeGuard {
  /** The envelope to send in place of the one that was written. */
  protect?(system: string, envelope: string): string;
  /**
   * The envelope to read in place of the one that came: only what is proven to come from the system. Throws `contract-broken` with a
   * `Distrust` code otherwise.
   */
  verify?(system: string, envelope: string): string;
}

const WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";

/** Namespaces of WS-Security 1.0, XML Signature and WS-Addressing. */
export const NAMESPACES = {
  wsse: `${WSS}-wssecurity-secext-1.0.xsd`,
  wsu: `${WSS}-wssecurity-utility-1.0.xsd`,
  ds: "http://www.w3.org/2000/09/xmldsig#",
  wsa: "http://www.w3.org/2005/08/addressing",
} as const;

export const X509_TOKEN = `${WSS}-x509-token-profile-1.0#X509v3`;
export const BASE64 = `${WSS}-soap-message-security-1.0#Base64Binary`;
export const EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";

/** Signature algorithms by the names of settings. */
export const SIGNATURES = {
  "rsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  "rsa-sha512": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
  "rsa-sha1": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
} as const;
export type SignatureName = keyof typeof SIGNATURES;

/** Digest algorithms by the names of settings. */
export const DIGESTS = {
  sha256: "http://www.w3.org/2001/04/xmlenc#sha256",
  sha512: "http://www.w3.org/2001/04/xmlenc#sha512",
  sha1: "http://www.w3.org/2000/09/xmldsig#sha1",
} as const;
export type DigestName = keyof typeof DIGESTS;

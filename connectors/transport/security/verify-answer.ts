/**
 * Verifies signed answers. Only what was signed is read: the answer is rebuilt from the canonical bytes whose digest the signature holds,
 * so that a moved or doubled Body cannot stand in for the signed one.
 */
import { X509Certificate } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { contractBroken } from "../../failure.ts";
import { checkEnvelope, ENVELOPE_NAMESPACES } from "../check-envelope.ts";
import { readStrictly, type Tag } from "../strict-xml.ts";
import { attributeOf, childrenOf, plainXml, textOf, type XmlNode } from "../xml-tree.ts";
import { escapeXml } from "../xml-text.ts";
import {
  type DigestName,
  DIGESTS,
  type Distrust,
  type EnvelopeGuard,
  EXCLUSIVE_C14N,
  NAMESPACES,
  type SignatureName,
  SIGNATURES,
} from "./guard.ts";

export interface VerifyingSettings {
  /** PEM of the certificates that may sign: the system's own, or that of an authority that issued it. */
  trusted: readonly string[];
  /** Age that a message may have; 300 s when absent. */
  maxAgeSeconds?: number;
  /** By how much the system's clock may differ from ours; 60 s when absent. */
  skewSeconds?: number;
  /** Lets a fault be read although it is not signed, as many servers answer; such a fault could be forged. */
  unsignedFaults?: boolean;
  /** rsa-sha256 and rsa-sha512 when absent. */
  signatures?: readonly SignatureName[];
  digests?: readonly DigestName[];
  now?: () => Date;
}

/** Refuses every answer whose Body and Timestamp are not signed by a trusted certificate, now. */
export function signedAnswers(settings: VerifyingSettings): EnvelopeGuard {
  const trusted = settings.trusted.map((pem) => new X509Certificate(pem));

  function verify(system: string, envelope: string): string {
    if (settings.unsignedFaults && checkEnvelope(system, envelope).fault) return envelope;
    const refuse = (code: Distrust, what: string): never => {
      throw contractBroken(code, `${system}: ${what}`);
    };
    const found = signatureIn(system, envelope) ?? refuse("SIGNATURE_MISSING", "the answer is not signed");
    const now = (settings.now ?? (() => new Date()))();
    const certificate =
      signerOf(found.certificate, trusted, now) ??
      refuse("SIGNATURE_CERTIFICATE", "the answer is signed by a certificate that is not trusted");
    const signed =
      signedParts(envelope, found.signature, certificate, settings) ?? refuse("SIGNATURE_INVALID", "the answer's signature is not valid");
    const body = signed.get(found.bodyId) ?? refuse("SIGNATURE_INVALID", "the answer's body is not signed");
    const timestamp = signed.get(found.timestampId) ?? refuse("SIGNATURE_STALE", "the answer's timestamp is missing or not signed");
    if (!isFresh(timestamp, settings, now)) refuse("SIGNATURE_STALE", "the answer's timestamp is too old, or in the future");
    return `<e:Envelope xmlns:e="${found.namespace}"${found.scope}>${body}</e:Envelope>`;
  }

  return { verify };
}

interface Found {
  /** The Signature element, standing alone. */
  signature: string;
  /** Of the BinarySecurityToken, or of the signature's X509Certificate. */
  certificate: string | undefined;
  bodyId: string;
  timestampId: string;
  namespace: string;
  /** Declarations that the Body inherits, for `xsi:type`. */
  scope: string;
}

/** The one child of that name. */
const child = (node: XmlNode | undefined, uri: string, local: string) => {
  const all = node ? childrenOf(node).filter(({ tag }) => tag.local === local && tag.uri === uri) : [];
  return all.length === 1 ? all[0] : undefined;
};

/** The one signature in the Security header, beside the Body of the envelope itself. */
function signatureIn(system: string, envelope: string): Found | undefined {
  const root = documentOf(system, envelope);
  const namespace = root.tag.uri;
  const body = child(root, namespace, "Body");
  const security = child(child(root, namespace, "Header"), NAMESPACES.wsse, "Security");
  const signature = child(security, NAMESPACES.ds, "Signature");
  const timestamp = child(security, NAMESPACES.wsu, "Timestamp");
  if (!body || !signature || !Object.values(ENVELOPE_NAMESPACES).includes(namespace as never)) return undefined;
  const token = child(security, NAMESPACES.wsse, "BinarySecurityToken");
  const inside = child(child(child(signature, NAMESPACES.ds, "KeyInfo"), NAMESPACES.ds, "X509Data"), NAMESPACES.ds, "X509Certificate");
  const certificate = token ?? inside;
  return {
    signature: plainXml(signature, () => false, declarationsOf(scopeOf(signature.tag))),
    certificate: certificate && textOf(certificate).replaceAll(/\s/g, ""),
    bodyId: idOf(body),
    timestampId: timestamp ? idOf(timestamp) : "",
    namespace,
    scope: Object.entries(declarationsOf(scopeOf(body.tag)))
      .filter(([name]) => name !== "xmlns" && name !== "xmlns:e")
      .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
      .join(""),
  };
}

function documentOf(system: string, text: string): XmlNode {
  let root: XmlNode | undefined;
  const open: XmlNode[] = [];
  readStrictly(system, text, {
    open: (tag) => {
      const node: XmlNode = { tag, content: [] };
      open.at(-1)?.content.push(node);
      root ??= node;
      open.push(node);
    },
    text: (piece) => void open.at(-1)?.content.push(piece),
    close: () => void open.pop(),
  });
  return root ?? { tag: {} as Tag, content: [] };
}

const idOf = (node: XmlNode): string => attributeOf(node, NAMESPACES.wsu, "Id") ?? attributeOf(node, "", "Id") ?? "";

/** sax keeps what an element inherits on the prototype. */
function scopeOf(tag: Tag): Record<string, string> {
  const scope: Record<string, string> = {};
  for (const prefix in tag.ns) scope[prefix] = (tag.ns as unknown as Record<string, string>)[prefix] ?? "";
  return scope;
}

const declarationsOf = (scope: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(scope)
      .filter(([prefix, uri]) => prefix !== "xml" && prefix !== "xmlns" && !(prefix === "" && uri === ""))
      .map(([prefix, uri]) => [prefix === "" ? "xmlns" : `xmlns:${prefix}`, uri]),
  );

/** The certificate to verify with, when it is one of those trusted or issued by one of them, and valid now. */
function signerOf(base64: string | undefined, trusted: readonly X509Certificate[], now: Date): X509Certificate | undefined {
  const candidates = base64 === undefined ? trusted.filter(({ ca }) => !ca) : [certificateOf(base64)];
  return candidates.find((one): one is X509Certificate => one !== undefined && isValid(one, now) && isTrusted(one, trusted, now));
}

function certificateOf(base64: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}

const isValid = ({ validFrom, validTo }: X509Certificate, now: Date): boolean => new Date(validFrom) <= now && now <= new Date(validTo);

const isTrusted = (one: X509Certificate, trusted: readonly X509Certificate[], now: Date): boolean =>
  trusted.some(
    (known) =>
      known.fingerprint256 === one.fingerprint256 ||
      (known.ca && isValid(known, now) && one.checkIssued(known) && one.verify(known.publicKey)),
  );

const kept = <T>(all: Record<string, T>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));

/** Canonical XML by the id of each signed element; undefined when the signature does not hold. */
function signedParts(
  envelope: string,
  signature: string,
  certificate: X509Certificate,
  { signatures = ["rsa-sha256", "rsa-sha512"], digests = ["sha256", "sha512"] }: VerifyingSettings,
): Map<string, string> | undefined {
  const verifier = new SignedXml({
    publicCert: certificate.publicKey.export({ type: "spki", format: "pem" }),
    getCertFromKeyInfo: () => null,
  });
  verifier.SignatureAlgorithms = kept(
    verifier.SignatureAlgorithms,
    signatures.map((name) => SIGNATURES[name]),
  );
  verifier.HashAlgorithms = kept(
    verifier.HashAlgorithms,
    digests.map((name) => DIGESTS[name]),
  );
  verifier.CanonicalizationAlgorithms = kept(verifier.CanonicalizationAlgorithms, [EXCLUSIVE_C14N]);
  try {
    verifier.loadSignature(signature);
    if (!verifier.checkSignature(envelope)) return undefined;
  } catch {
    // The library's error quotes digests and ids of the message.
    return undefined;
  }
  const parts = verifier.getReferences().map(({ uri, signedReference }) => [uri.replace(/^#/, ""), signedReference ?? ""] as const);
  return new Map(parts.filter(([id, xml]) => id !== "" && xml !== ""));
}

function isFresh(timestamp: string, { maxAgeSeconds = 300, skewSeconds = 60 }: VerifyingSettings, now: Date): boolean {
  const root = documentOf("timestamp", timestamp);
  const instant = (local: string) => {
    const node = childrenOf(root).find(({ tag }) => tag.local === local && tag.uri === NAMESPACES.wsu);
    return node && Date.parse(textOf(node).trim());
  };
  const [created, expires] = [instant("Created"), instant("Expires")];
  if (created === undefined || Number.isNaN(created) || Number.isNaN(expires)) return false;
  const [at, skew] = [now.getTime(), skewSeconds * 1_000];
  return created <= at + skew && created >= at - maxAgeSeconds * 1_000 - skew && (expires === undefined || expires >= at - skew);
}

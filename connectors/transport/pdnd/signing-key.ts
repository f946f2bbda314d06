/** Keys by which we sign, and by which we know who signed: RSA and EC, as one line of text in the settings. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { z } from "zod";

/** PEM with real or written (`\n`) line breaks, or the base64 of the DER (PKCS#8) in one line. Throws when it is neither. */
export function privateKeyOf(text: string): KeyObject {
  const pem = unescaped(text);
  return pem.includes("-----BEGIN")
    ? createPrivateKey(pem)
    : createPrivateKey({ key: Buffer.from(pem, "base64"), format: "der", type: "pkcs8" });
}

/** A public key or certificate: PEM, or the base64 of the DER (SPKI) in one line. Throws when it is none of these. */
export function publicKeyOf(text: string): KeyObject {
  const pem = unescaped(text);
  if (pem.includes("BEGIN CERTIFICATE")) return new X509Certificate(pem).publicKey;
  return pem.includes("-----BEGIN")
    ? createPublicKey(pem)
    : createPublicKey({ key: Buffer.from(pem, "base64"), format: "der", type: "spki" });
}

const unescaped = (text: string) => text.trim().replaceAll("\\n", "\n");

const readable = (read: (text: string) => KeyObject, fits: (key: KeyObject) => boolean) => (text: string) => {
  try {
    return fits(read(text));
  } catch {
    return false;
  }
};
const isRsa = (key: KeyObject) => key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;

/** A private RSA key of at least 2048 bits; PDND and ModI sign with RS256. Never shown. */
export const RsaPrivateKey = z
  .string()
  .refine(readable(privateKeyOf, isRsa), "is not a private RSA key of at least 2048 bits (PEM, or base64 of its PKCS#8)");

/** A public RSA key or certificate of at least 2048 bits. */
export const RsaPublicKey = z.string().refine(readable(publicKeyOf, isRsa), "is not a public RSA key or certificate of at least 2048 bits");

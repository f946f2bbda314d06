/** Settings of TLS that every adapter over HTTP shares; spread into its `config`. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { z } from "zod";
import { Secret } from "../shared-types.ts";
import type { TlsSettings } from "./exchange.ts";

const file = (what: string) => z.string().min(1).optional().describe(what);

/** The shape; all of it is optional, and without it Node's authorities and TLS 1.2 as the minimum hold. */
export const tlsShape = {
  tlsCaFile: file("PEM file of the authorities to trust in place of the usual ones"),
  tlsCertificateFile: file("PEM file of our client certificate, with its chain"),
  tlsKeyFile: file("PEM file of its key"),
  tlsPassphrase: Secret.optional().describe("passphrase of the key"),
  tlsMinVersion: z
    .enum(["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
    .optional()
    .describe("oldest version to accept; 1.2 when absent. An older one weakens this system's connections only"),
};

/** The settings as validated. */
export type TlsConfig = z.infer<z.ZodObject<typeof tlsShape>>;

/** Reads the files when the worker starts; throws an Error that names the setting, and never its value's content. */
export function tlsOf(config: TlsConfig): { tls?: TlsSettings } {
  const { tlsCaFile, tlsCertificateFile, tlsKeyFile, tlsPassphrase, tlsMinVersion } = config;
  if ((tlsCertificateFile === undefined) !== (tlsKeyFile === undefined))
    throw new Error("tlsCertificateFile and tlsKeyFile belong together: only one of them is set");
  const ca = read("tlsCaFile", tlsCaFile);
  const cert = read("tlsCertificateFile", tlsCertificateFile);
  const key = read("tlsKeyFile", tlsKeyFile);
  if (ca !== undefined) check("tlsCaFile", "holds no certificate", () => void new X509Certificate(ca));
  if (cert !== undefined && key !== undefined) {
    const secret = tlsPassphrase === undefined ? {} : { passphrase: tlsPassphrase };
    check("tlsCertificateFile", "holds no certificate", () => void new X509Certificate(cert));
    check("tlsKeyFile", "holds no key, or tlsPassphrase does not open it", () => void createPrivateKey({ key, ...secret }));
    check("tlsKeyFile", "is not the key of tlsCertificateFile", () => void createSecureContext({ cert, key, ...secret }));
  }
  const tls: TlsSettings = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tlsPassphrase === undefined ? {} : { passphrase: tlsPassphrase }),
    ...(tlsMinVersion === undefined ? {} : { minVersion: tlsMinVersion }),
  };
  return Object.keys(tls).length === 0 ? {} : { tls };
}

function read(setting: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${setting}: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`, { cause: error });
  }
}

function check(setting: string, what: string, attempt: () => void): void {
  try {
    attempt();
  } catch {
    // The library's error may quote the key.
    throw new Error(`${setting}: the file ${what}`);
  }
}

import { spawn } from "node:child_process";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { authority, type Issued } from "./fixtures/certificates.ts";
import { failing } from "./fixtures/failing.ts";
import { restClient } from "./http.ts";
import { type TlsConfig, tlsOf, tlsShape } from "./tls-settings.ts";

const ours = authority("Our authority");
const foreign = authority("Foreign authority");
const server = ours.issue("system");
const us = ours.issue("municipality", { passphrase: "open" });

const open: { closeAllConnections(): void; close(): unknown }[] = [];
let served = 0;
afterEach(() => {
  for (const one of open.splice(0)) {
    one.closeAllConnections();
    one.close();
  }
  served = 0;
});

async function serving({ certificate, key }: Issued, more: ServerOptions = {}): Promise<string> {
  const one = createServer({ cert: certificate, key, ...more }, (_, response) => {
    served += 1;
    response.writeHead(200, { "content-type": "application/json" }).end('{"secure":true}');
  });
  one.on("tlsClientError", () => undefined);
  open.push(one);
  await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

const asked = (baseUrl: string, config: TlsConfig = { tlsCaFile: ours.certificateFile }) =>
  restClient({ system: "rest", baseUrl, ...tlsOf(z.strictObject(tlsShape).parse(config)) }).request({
    method: "GET",
    path: ["x"],
    signal: AbortSignal.timeout(5_000),
  });

const misconfigured = (code: string) => ({ kind: "misconfigured", code });
const asClient = { tlsCaFile: ours.certificateFile, tlsCertificateFile: us.certificateFile, tlsKeyFile: us.keyFile, tlsPassphrase: "open" };
const wantsOurs: ServerOptions = { requestCert: true, rejectUnauthorized: true, ca: ours.certificate };

describe("the server's certificate", () => {
  test("of a private authority is accepted where the settings trust that authority", async () => {
    expect((await asked(await serving(server))).json).toEqual({ secure: true });
  });

  test.each<[string, () => Issued, TlsConfig]>([
    ["of an authority that nobody configured", () => server, {}],
    ["of another authority than the one configured", () => foreign.issue("system"), { tlsCaFile: ours.certificateFile }],
    ["that has expired", () => ours.issue("old", { days: -1 }), { tlsCaFile: ours.certificateFile }],
    ["for another host", () => ours.issue("other", { names: "DNS:other.example" }), { tlsCaFile: ours.certificateFile }],
  ])("%s is our setting, and nothing is sent", async (_, certificate, config) => {
    expect(await failing(asked(await serving(certificate()), config))).toEqual(misconfigured("CERTIFICATE"));
    expect(served).toBe(0);
  });
});

const silent = (version: "TLSv1.2" | "TLSv1.3") => serving(server, { ...wantsOurs, minVersion: version, maxVersion: version });

describe("our certificate", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("with an encrypted key is accepted over %s", async (version) => {
    const url = await serving(server, { ...wantsOurs, minVersion: version, maxVersion: version });
    expect((await asked(url, asClient)).json).toEqual({ secure: true });
  });

  const stranger = foreign.issue("stranger");
  const strange = { tlsCaFile: ours.certificateFile, tlsCertificateFile: stranger.certificateFile, tlsKeyFile: stranger.keyFile };
  test.each([
    ["missing", "tls1_2", { tlsCaFile: ours.certificateFile }],
    ["missing", "tls1_3", { tlsCaFile: ours.certificateFile }],
    ["refused", "tls1_2", strange],
    ["refused", "tls1_3", strange],
  ] as const)("%s over %s is our setting", async (_, version, config) => {
    expect((await failing(asked(await strictServer(version), config))).kind).toBe("misconfigured");
  });

  test("refused without a word, as Node's own server does, may be a reset on the way: not sent in TLS 1.2, unknown in TLS 1.3", async () => {
    expect((await failing(asked(await silent("TLSv1.2"), strange))).kind).toBe("not-sent");
    expect((await failing(asked(await silent("TLSv1.3"), strange))).kind).toBe("unknown");
    expect(served).toBe(0);
  });
});

/** OpenSSL's own server, which says by an alert why it refuses a certificate. */
async function strictServer(version: "tls1_2" | "tls1_3"): Promise<string> {
  const verify = ["-Verify", "1", "-verify_return_error", "-CAfile", ours.certificateFile];
  const own = ["-cert", server.certificateFile, "-key", server.keyFile];
  const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...own, ...verify, `-${version}`, "-www"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  open.push({ closeAllConnections: () => undefined, close: () => child.kill() });
  const port = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.once("error", reject);
    child.stdout.on("data", (data: Buffer) => {
      said += data.toString();
      const found = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
  });
  return `https://127.0.0.1:${port}`;
}

describe("the version", () => {
  const old: ServerOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };

  test("older than 1.2 is refused by default, and accepted for the one system whose settings allow it", async () => {
    const url = await serving(server, old);
    expect(await failing(asked(url))).toEqual(misconfigured("TLS"));
    expect((await asked(url, { tlsCaFile: ours.certificateFile, tlsMinVersion: "TLSv1.1" })).json).toEqual({ secure: true });
    expect(await failing(asked(url))).toEqual(misconfigured("TLS"));
  });

  test("1.3 as the minimum refuses a server that knows 1.2 only", async () => {
    const url = await serving(server, { maxVersion: "TLSv1.2" });
    expect(await failing(asked(url, { tlsCaFile: ours.certificateFile, tlsMinVersion: "TLSv1.3" }))).toEqual(misconfigured("TLS"));
  });
});

describe("the settings", () => {
  const nonsense = us.certificateFile.replace(/[^/]*$/, "nonsense.pem");
  writeFileSync(nonsense, "nonsense-content");
  test.each<[string, TlsConfig, RegExp]>([
    ["a file that is not there", { tlsCaFile: "/nowhere/ca.pem" }, /^tlsCaFile: the file cannot be read \(ENOENT\)$/],
    ["a file without a certificate", { tlsCaFile: nonsense }, /^tlsCaFile: the file holds no certificate$/],
    ["a certificate without its key", { tlsCertificateFile: us.certificateFile }, /belong together/],
    ["a wrong passphrase", { ...asClient, tlsPassphrase: "shut" }, /^tlsKeyFile: .* tlsPassphrase does not open it$/],
    [
      "another certificate's key",
      { ...asClient, tlsKeyFile: server.keyFile },
      /^tlsKeyFile: the file is not the key of tlsCertificateFile$/,
    ],
  ])("with %s are refused when the worker starts, by name and without content", (_, config, message) => {
    expect(() => tlsOf(config)).toThrow(message);
    expect(() => tlsOf(config)).not.toThrow(/nonsense-content|shut/);
  });

  test("without any leave Node's own in force", () => expect(tlsOf({})).toEqual({}));
});

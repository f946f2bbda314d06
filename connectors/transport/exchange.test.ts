import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type CannedServer, cannedServer, closedPort, rawServer } from "./fixtures/canned-server.ts";
import { failing, failureOf } from "./fixtures/failing.ts";
import { type RestRequest, restClient } from "./http.ts";

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

async function serving(status: number, headers: Record<string, string>, body: string | Buffer): Promise<CannedServer> {
  const server = await cannedServer((_, response) => response.writeHead(status, headers).end(body));
  closing.push(server);
  return server;
}

const JSON_TYPE = { "content-type": "application/json" };
const within = (ms = 5_000) => AbortSignal.timeout(ms);
const rest = (baseUrl: string, more: Partial<Parameters<typeof restClient>[0]> = {}) => {
  const client = restClient({ system: "payments", baseUrl, ...more });
  closing.push(client);
  return client;
};

const post = (baseUrl: string, signal: AbortSignal, more: Partial<Parameters<typeof restClient>[0]> = {}) =>
  failing(rest(baseUrl, more).request({ method: "POST", path: ["x"], json: { a: 1 }, signal }));
const raw = async (onData: Parameters<typeof rawServer>[0]) => {
  const server = await rawServer(onData);
  closing.push(server);
  return server.port;
};

describe("when the network fails", () => {
  test("a refused connection, by address or by name, is not sent", async () => {
    expect(await post(`http://127.0.0.1:${await closedPort()}`, within())).toEqual({ kind: "not-sent", code: "REFUSED" });
    expect(await post(`http://localhost:${await closedPort()}`, within())).toEqual({ kind: "not-sent", code: "REFUSED" });
  });

  test("a name that does not exist is not sent", async () => {
    expect(await post("http://darsena-test.invalid", within())).toEqual({ kind: "not-sent", code: "NAME_NOT_FOUND" });
  });

  test("a call given up before it began is not sent", async () => {
    const server = await serving(200, {}, "");
    expect(await post(server.url, AbortSignal.abort())).toEqual({ kind: "not-sent", code: "CANCELLED" });
    expect(server.received).toHaveLength(0);
  });

  test("a deadline before the secure connection stands is not sent", async () => {
    const port = await raw(() => undefined);
    expect(await post(`https://127.0.0.1:${port}`, within(200))).toEqual({ kind: "not-sent", code: "DEADLINE" });
  });

  test("a deadline after the request was sent is unknown, whether it is the caller's or the client's own", async () => {
    const port = await raw(() => undefined);
    expect(await post(`http://127.0.0.1:${port}`, within(200))).toEqual({ kind: "unknown", code: "DEADLINE" });
    expect(await post(`http://127.0.0.1:${port}`, within(), { timeoutMs: 100 })).toEqual({ kind: "unknown", code: "DEADLINE" });
  });

  test("the deadline bounds the whole answer, also one that trickles", async () => {
    const port = await raw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
      setInterval(() => socket.destroyed || socket.write(" "), 20).unref();
    });
    expect(await post(`http://127.0.0.1:${port}`, within(300))).toEqual({ kind: "unknown", code: "DEADLINE" });
  });

  test("a cancellation of the case after the request was sent is unknown", async () => {
    const port = await raw(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect(await post(`http://127.0.0.1:${port}`, controller.signal)).toEqual({ kind: "unknown", code: "CANCELLED" });
  });

  test("a reset, a cut body and an answer that is not HTTP are unknown", async () => {
    expect(await post(`http://127.0.0.1:${await raw((socket) => socket.resetAndDestroy())}`, within())).toEqual({
      kind: "unknown",
      code: "RESET",
    });
    expect(
      await post(`http://127.0.0.1:${await raw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"))}`, within()),
    ).toEqual({ kind: "unknown", code: "RESET" });
    expect(await post(`http://127.0.0.1:${await raw((socket) => socket.end("220 smtp ready\r\n"))}`, within())).toEqual({
      kind: "unknown",
      code: "NOT_HTTP",
    });
  });

  test("a kept connection that breaks while we write is unknown, not repeated", async () => {
    let requests = 0;
    const port = await raw((socket) => {
      requests += 1;
      if (requests === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
      else socket.resetAndDestroy();
    });
    const client = rest(`http://127.0.0.1:${port}`, { keepAlive: true });
    const again = () => client.request({ method: "POST", path: [], json: {}, signal: within() });
    await again();
    expect(await failing(again())).toEqual({ kind: "unknown", code: "RESET" });
    expect(requests).toBe(2);
  });

  test("a header that cannot be sent is our setting", async () => {
    const server = await serving(200, {}, "");
    expect((await post(server.url, within(), { headers: { "X Key": "a" } })).kind).toBe("misconfigured");
    expect(server.received).toHaveLength(0);
  });

  test("plain HTTP behind an https address is our setting", async () => {
    const server = await serving(200, {}, "");
    expect(await post(server.url.replace("http:", "https:"), within())).toEqual({ kind: "misconfigured", code: "TLS" });
  });

  test("no message and no detail holds the request, its address or its headers", async () => {
    const port = await raw((socket) => socket.resetAndDestroy());
    const client = rest(`http://127.0.0.1:${port}`, { headers: { Authorization: "Bearer SECRET" } });
    const failure = await failureOf(
      client.request({
        method: "POST",
        path: ["RSSMRA80A01F205X"],
        query: { n: "RSSMRA80A01F205X" },
        json: { n: "RSSMRA80A01F205X" },
        signal: within(),
      }),
    );
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/RSSMRA|SECRET|127\.0\.0\.1/);
  });
});

describe("certificates", () => {
  const pem = selfSigned();
  const tests = pem ? test : test.skip;

  async function secure(): Promise<string> {
    const server = createSecureServer({ key: pem?.key, cert: pem?.cert }, (_, response) =>
      response.writeHead(200, JSON_TYPE).end('{"secure":true}'),
    );
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  tests(
    "a certificate that nobody vouches for is our setting; with its authority configured the call is done (needs openssl)",
    async () => {
      const url = await secure();
      const get: RestRequest = { method: "GET", path: [], signal: within() };
      expect(await failing(rest(url).request(get))).toEqual({ kind: "misconfigured", code: "CERTIFICATE" });
      expect((await rest(url, { tls: { ca: pem?.cert } }).request(get)).json).toEqual({ secure: true });
      expect(await failing(rest(url.replace("127.0.0.1", "localhost"), { tls: { ca: pem?.cert } }).request(get))).toEqual({
        kind: "misconfigured",
        code: "CERTIFICATE",
      });
    },
  );
});

function selfSigned(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), "darsena-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  try {
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=darsena-test",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
    ];
    execFileSync("openssl", [...request, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } catch {
    return undefined;
  }
}

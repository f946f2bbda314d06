import { afterEach, describe, expect, test } from "@jest/globals";
import { type CannedServer, cannedServer } from "./fixtures/canned-server.ts";
import { failing } from "./fixtures/failing.ts";
import { type RestRequest, refusals, restClient, unclearStatus, xmlClient } from "./http.ts";
import { retryAfter } from "./refusals.ts";

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

describe("a REST exchange", () => {
  test("sends method, encoded path, query, JSON and headers below its base, and gives status, headers and JSON", async () => {
    const server = await serving(201, { ...JSON_TYPE, "X-Id": "7" }, '{"ok":true}');
    const client = rest(`${server.url}/base`, { headers: { "X-Key": "k" } });
    const answer = await client.request({
      method: "POST",
      path: ["debts", "a/b c", 7],
      query: { q: "x&y", none: undefined, many: ["1", "2"], yes: true },
      json: { name: "è" },
      headers: { "X-More": "m" },
      signal: within(),
    });
    expect(answer).toMatchObject({ status: 201, json: { ok: true }, headers: { "x-id": "7" } });
    const [request] = server.received;
    expect(request).toMatchObject({
      method: "POST",
      url: "/base/debts/a%2Fb%20c/7?q=x%26y&many=1&many=2&yes=true",
      headers: { "x-key": "k", "x-more": "m", "content-type": "application/json", "user-agent": "darsena" },
    });
    expect(request?.body.toString("utf8")).toBe('{"name":"è"}');
  });

  test.each(["..", ".", "", "\ud800"])("a path segment %j is rejected before anything is sent", async (segment) => {
    const server = await serving(200, {}, "");
    expect(await failing(rest(server.url).request({ method: "GET", path: [segment], signal: within() }))).toEqual({
      kind: "rejected",
      code: "PATH_REFUSED",
    });
    expect(server.received).toHaveLength(0);
  });

  test("a path segment that looks like an address stays below the base", async () => {
    const server = await serving(200, {}, "");
    await rest(`${server.url}/base`).request({ method: "GET", path: ["http://evil.invalid/", "//evil.invalid"], signal: within() });
    expect(server.received[0]?.url).toBe("/base/http%3A%2F%2Fevil.invalid%2F/%2F%2Fevil.invalid");
  });

  test("a JSON answer that is not JSON breaks the contract only at a status of success", async () => {
    const get: RestRequest = { method: "GET", path: ["x"], signal: within() };
    expect(await failing(rest((await serving(200, JSON_TYPE, "{")).url).request(get))).toEqual({
      kind: "contract-broken",
      code: "NOT_JSON",
    });
    expect(await failing(rest((await serving(200, JSON_TYPE, Buffer.from('"\xe0"', "latin1"))).url).request(get))).toEqual({
      kind: "contract-broken",
      code: "NOT_JSON",
    });
    expect(await rest((await serving(502, JSON_TYPE, "{")).url).request(get)).toMatchObject({ status: 502, json: undefined });
    expect(await rest((await serving(404, { "content-type": "application/problem+json" }, '{"a":1}')).url).request(get)).toMatchObject({
      json: { a: 1 },
    });
    expect(await rest((await serving(200, { "content-type": "text/html" }, "<html>")).url).request(get)).toMatchObject({ json: undefined });
  });

  test("a redirect is refused and not followed", async () => {
    const target = await serving(200, {}, "");
    const server = await serving(303, { location: target.url }, "");
    expect(await failing(rest(server.url).request({ method: "POST", path: [], json: {}, signal: within() }))).toEqual({
      kind: "contract-broken",
      code: "REDIRECT",
    });
    expect(target.received).toHaveLength(0);
  });

  test("connections are closed after each exchange, unless keeping them is asked for", async () => {
    const server = await serving(200, JSON_TYPE, "{}");
    const plain = rest(server.url);
    for (let i = 0; i < 3; i++) await plain.request({ method: "GET", path: [], signal: within() });
    expect(server.connections()).toBe(3);
    const keeping = rest(server.url, { keepAlive: true });
    for (let i = 0; i < 3; i++) await keeping.request({ method: "GET", path: [], signal: within() });
    expect(server.connections()).toBe(4);
  });

  test("the environment's proxy settings are not read", async () => {
    const proxy = await serving(200, {}, "");
    const server = await serving(200, {}, "");
    const before = { ...process.env };
    Object.assign(process.env, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: "", no_proxy: "" });
    try {
      await rest(server.url).request({ method: "GET", path: [], signal: within() });
    } finally {
      process.env = before;
    }
    expect([proxy.received.length, server.received.length]).toEqual([0, 1]);
  });

  test("a configured proxy is used", async () => {
    const proxy = await serving(200, JSON_TYPE, '{"by":"proxy"}');
    const client = rest("http://registry.invalid/", {
      proxy: { protocol: "http", host: "127.0.0.1", port: Number(new URL(proxy.url).port) },
    });
    expect((await client.request({ method: "GET", path: ["a"], signal: within() })).json).toEqual({ by: "proxy" });
  });
});

const answer = (status: number, retry?: string) => ({
  status,
  headers: (retry === undefined ? {} : { "retry-after": retry }) as Record<string, string>,
});

describe("statuses", () => {
  test("an adapter chooses which statuses are refusals", () => {
    expect(refusals("payments", answer(503, "30"))).toMatchObject({ kind: "not-sent", detail: { code: "HTTP_503", retryAfterMs: 30_000 } });
    expect(refusals("payments", answer(429))?.detail).toEqual({ code: "HTTP_429", status: 429 });
    expect(refusals("payments", answer(401))?.kind).toBe("misconfigured");
    expect(refusals("payments", answer(500))).toBeUndefined();
    expect(refusals("payments", answer(503), { unauthorised: [401] })).toBeUndefined();
    expect(unclearStatus("payments", { status: 500, contentType: undefined, bytes: Buffer.alloc(3) })).toMatchObject({
      kind: "unknown",
      detail: { code: "HTTP_500", bytes: 3 },
    });
  });

  test("Retry-After is read as seconds or as a date, never negative, at most an hour", () => {
    const now = Date.parse("2026-11-22T10:00:00Z");
    expect(
      ["2", "Sun, 22 Nov 2026 10:00:30 GMT", "Sun, 22 Nov 2026 09:00:00 GMT", "999999", "soon", undefined].map((value) =>
        retryAfter(value, now),
      ),
    ).toEqual([2_000, 30_000, 0, 3_600_000, undefined, undefined]);
  });
});

const xml = '<?xml version="1.0" encoding="ISO-8859-1"?><r>perché €</r>';
const postAnswered = async (status: number, type: string, body: Buffer | string) =>
  xmlClient({ system: "tax", baseUrl: (await serving(status, { "content-type": type }, body)).url }).postXml({
    xml,
    encoding: "UTF-8",
    signal: within(),
  });

describe("XML over HTTP", () => {
  test("a document goes out in ISO-8859-1 with references for what it lacks, and the answer is decoded", async () => {
    const server = await serving(200, { "content-type": "text/xml; charset=iso-8859-1" }, Buffer.from("<a>già</a>", "latin1"));
    const client = xmlClient({ system: "tax", baseUrl: `${server.url}/fines` });
    expect(await client.postXml({ xml, encoding: "ISO-8859-1", signal: within() })).toMatchObject({ status: 200, text: "<a>già</a>" });
    const [request] = server.received;
    expect(request).toMatchObject({ method: "POST", url: "/fines", headers: { "content-type": "text/xml; charset=ISO-8859-1" } });
    expect(request?.body.toString("latin1")).toBe('<?xml version="1.0" encoding="ISO-8859-1"?><r>perché &#x20AC;</r>');
  });

  test("HTML and undecodable bytes break the contract, and at an error status are left to the adapter", async () => {
    const bad = Buffer.from("<a>gi\xe0</a>", "latin1");
    expect(await failing(postAnswered(200, "text/html", "<HTML>"))).toEqual({ kind: "contract-broken", code: "NOT_XML" });
    expect(await failing(postAnswered(200, "text/xml", bad))).toEqual({ kind: "contract-broken", code: "BAD_ENCODING" });
    expect(await postAnswered(500, "text/xml", bad)).toMatchObject({ status: 500, text: "" });
    expect(await postAnswered(503, "text/html", "<HTML>")).toMatchObject({ status: 503, text: "<HTML>" });
  });
});

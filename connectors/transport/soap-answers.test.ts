import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { closedPort, rawServer } from "./fixtures/canned-server.ts";
import { broken, type Canned, client, ENV, envelope, HELLO, said, say, servers, serving, unknown, wsdl } from "./fixtures/echo.ts";
import { failing } from "./fixtures/failing.ts";
import type { SoapSettings } from "./soap.ts";

describe("answers that are not the SOAP answer expected", () => {
  test.each<[string, Canned, { kind: string; code: string }]>([
    ["a lower-case HTML page", { type: "text/html", body: "<html><body><p>x</p></body></html>" }, broken("NOT_SOAP")],
    ["an upper-case HTML page that claims to be XML", { body: "<HTML><BODY><P>x</P></BODY></HTML>" }, broken("NOT_SOAP")],
    ["plain text", { type: "text/plain", body: "down" }, broken("NOT_SOAP")],
    ["JSON", { type: "application/json", body: "{}" }, broken("NOT_SOAP")],
    ["an empty body", { body: "" }, broken("EMPTY")],
    ["another XML root", { body: "<other/>" }, broken("NOT_SOAP")],
    ["an Envelope of a foreign namespace", { body: envelope("<x/>", "urn:mine") }, broken("NOT_SOAP")],
    ["an Envelope without Body", { body: `<s:Envelope xmlns:s="${ENV}"><s:Header/></s:Envelope>` }, broken("NOT_SOAP")],
    ["an empty Body", { body: envelope("") }, broken("EMPTY_BODY")],
    ["truncated XML", { body: said("<text>a</text>").slice(0, -12) }, broken("MALFORMED")],
    ["the answer of another operation", { body: envelope('<OtherResponse xmlns="urn:darsena:echo"/>') }, broken("UNEXPECTED_RESPONSE")],
    ["the right name in a wrong namespace", { body: envelope('<SayResponse xmlns="urn:other"/>') }, broken("UNEXPECTED_RESPONSE")],
    [
      "two answers in one Body",
      { body: envelope('<SayResponse xmlns="urn:darsena:echo"/><SayResponse xmlns="urn:darsena:echo"/>') },
      broken("UNEXPECTED_RESPONSE"),
    ],
    ["attachments", { type: 'multipart/related; boundary="b"', body: "--b--" }, broken("MULTIPART")],
    ["an internal entity", { body: `<!DOCTYPE x [<!ENTITY a "b">]>${said("<text>&a;</text>")}` }, broken("DOCTYPE")],
    ["an external DTD", { body: `<!DOCTYPE x SYSTEM "http://dtd.invalid/x">${said("")}` }, broken("DOCTYPE")],
    ["a processing instruction", { body: `<?xml-stylesheet href="x"?>${said("")}` }, broken("PROCESSING_INSTRUCTION")],
    ["an unknown entity", { body: said("<text>&egrave;</text>") }, broken("MALFORMED")],
    ["an attribute twice", { body: said('<text a="1" a="2">x</text>') }, broken("MALFORMED")],
    ["an attribute twice by two prefixes", { body: said('<text xmlns:p="u" xmlns:q="u" p:a="1" q:a="2">x</text>') }, broken("MALFORMED")],
    ["an end of CDATA in text", { body: said("<text>a]]>b</text>") }, broken("MALFORMED")],
    ["a malformed declaration", { body: `<?xml {}version="1.0"?>${said("")}` }, broken("MALFORMED")],
    ["a raw bracket in an attribute", { body: said('<text a="<">x</text>') }, broken("MALFORMED")],
    ["an element __proto__", { body: said("<__proto__>x</__proto__>") }, broken("DANGEROUS_NAME")],
    ["an element constructor", { body: said("<constructor>x</constructor>") }, broken("DANGEROUS_NAME")],
    ["an id toString", { body: said('<text id="toString">x</text>') }, broken("DANGEROUS_NAME")],
    ["an entity constructor", { body: said("<text>&constructor;</text>") }, broken("DANGEROUS_NAME")],
    ["references between nodes", { body: said('<text id="a"><item href="#a"/></text>') }, broken("MULTI_REF")],
    ["65 levels", { body: said("<item>".repeat(65) + "</item>".repeat(65)) }, broken("TOO_DEEP")],
    ["100 000 levels", { body: said("<a>".repeat(100_000)) }, broken("TOO_DEEP")],
    ["a U+0000", { body: said("<text>\u0000</text>") }, broken("ILLEGAL_CHARACTER")],
    ["a U+0000 by reference", { body: said("<text>&#0;</text>") }, broken("MALFORMED")],
    ["a lone surrogate by reference", { body: said("<text>&#xD800;</text>") }, broken("MALFORMED")],
    ["bytes that are not UTF-8", { body: Buffer.from(said("<text>\xe0</text>"), "latin1") }, broken("BAD_ENCODING")],
    ["an encoding nobody knows", { type: "text/xml; charset=klingon", body: said("") }, broken("BAD_ENCODING")],
    ["a redirect", { status: 302, headers: { location: "/elsewhere" }, body: "" }, broken("REDIRECT")],
    ["a normal envelope at 500", { status: 500, body: said("<text>a</text>") }, unknown("HTTP_500")],
    ["an HTML page at 502", { status: 502, type: "text/html", body: "<html/>" }, unknown("HTTP_502")],
    ["an empty 503", { status: 503, body: "" }, unknown("HTTP_503")],
  ])("%s is refused", async (_, canned, expected) => {
    expect(await failing(say(canned))).toEqual(expected);
  });

  test('id="__proto__" is refused and every later call in the process is fine', async () => {
    const server = await serving({ body: said('<text id="__proto__">x</text>') }, { body: said("<text>later</text>") });
    const echo = client(server.url);
    expect(await failing(echo.call("say", HELLO, { signal: AbortSignal.timeout(5_000) }))).toEqual(broken("DANGEROUS_NAME"));
    expect((await echo.call("say", HELLO, { signal: AbortSignal.timeout(5_000) })).result).toEqual({ text: "later" });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["obj"]).toBeUndefined();
  });

  test("an XML document inside CDATA stays text and is never parsed with the answer", async () => {
    const inner = '<?xml version="1.0"?><a id="__proto__"/>';
    expect((await say({ body: said(`<text><![CDATA[${inner}]]></text>`) })).result).toEqual({ text: inner });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test.each([
    ["HTML", `<HTML><BODY>${"<P>The service is not available.<BR>".repeat(8_000)}`],
    ["HTML that mentions an Envelope", `<x:Envelope ${"<P>a:Envelope<BR>".repeat(16_000)}`],
    ["open brackets", `<a:Envelope>${"<".repeat(60_000)}`],
  ])("250 KB of %s are refused at once", async (_, body) => {
    const server = await serving({ body });
    const began = Date.now();
    expect((await failing(client(server.url).call("say", HELLO, { signal: AbortSignal.timeout(5_000) }))).kind).toBe("contract-broken");
    expect(Date.now() - began).toBeLessThan(1_000);
  });
});

const call = (port: number, ms = 5_000, more: Partial<SoapSettings> = {}) =>
  failing(client(`http://127.0.0.1:${port}`, more).call("say", HELLO, { signal: AbortSignal.timeout(ms) }));

describe("the network", () => {
  test("a refused connection is not sent", async () => {
    expect(await call(await closedPort())).toEqual({ kind: "not-sent", code: "REFUSED" });
  });

  test("silence until the deadline is unknown", async () => {
    const server = await rawServer(() => undefined);
    servers.push(server);
    expect(await call(server.port, 200)).toEqual(unknown("DEADLINE"));
  });

  test("a reset, with or without the beginning of an answer, is unknown", async () => {
    const reset = await rawServer((socket) => socket.resetAndDestroy());
    const cut = await rawServer((socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000\r\n\r\n<a:Envelope "),
    );
    servers.push(reset, cut);
    expect(await call(reset.port)).toEqual(unknown("RESET"));
    expect(await call(cut.port)).toEqual(unknown("RESET"));
  });

  test("an answer that is too large is refused, also one that is small on the wire", async () => {
    const more = { maxResponseBytes: 100_000 };
    const large = said(`<text>${"a".repeat(5_000_000)}</text>`);
    expect(await failing(say({ body: large }, more))).toEqual(broken("TOO_LARGE"));
    expect(await failing(say({ headers: { "content-encoding": "gzip" }, body: gzipSync(large) }, more))).toEqual(broken("TOO_LARGE"));
  });

  test("a request that is too large is rejected and never sent", async () => {
    const server = await serving({ body: said("") });
    const small = client(server.url, { maxRequestBytes: 1_000 });
    expect(await failing(small.call("say", { text: "a".repeat(2_000) }, { signal: AbortSignal.timeout(5_000) }))).toEqual({
      kind: "rejected",
      code: "REQUEST_TOO_LARGE",
    });
    expect(server.received).toHaveLength(0);
  });

  test("a WSDL that imports from the network is refused without a request", async () => {
    const server = await serving({ body: "" });
    const file = join(mkdtempSync(join(tmpdir(), "darsena-")), "importing.wsdl");
    const far = `<xsd:import namespace="urn:far" schemaLocation="${server.url}/far.xsd"/></xsd:schema>`;
    writeFileSync(file, readFileSync(wsdl, "utf8").replace("</xsd:schema>", far));
    const echo = client(server.url, { wsdl: file });
    expect(await failing(echo.call("say", HELLO, { signal: AbortSignal.timeout(5_000) }))).toEqual({ kind: "misconfigured", code: "WSDL" });
    expect(server.received).toHaveLength(0);
  });
});

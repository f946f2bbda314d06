import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { type CallFailure, rejected } from "../failure.ts";
import { cannedServer } from "./fixtures/canned-server.ts";
import { broken, type Canned, client, ENV, ENV12, envelope, said, say, servers, serving, unknown } from "./fixtures/echo.ts";
import { failing } from "./fixtures/failing.ts";
import type { SoapSettings } from "./soap.ts";
import type { SoapArguments } from "./soap-arguments.ts";

describe("values", () => {
  test("longs, decimals, dates and booleans arrive as their text; nil and empty ones are absent; repeated ones are arrays", async () => {
    const body = said(
      `<text>  a </text><code/><number>9007199254740993</number><amount>1.10</amount><day>1980-05-03+02:00</day>` +
        `<at xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/><yes>si</yes><item>1</item>`,
    );
    expect((await say({ body })).result).toEqual({
      text: "a",
      number: "9007199254740993",
      amount: "1.10",
      day: "1980-05-03+02:00",
      yes: "si",
      item: ["1"],
    });
  });

  test("xsi:type, comments and CDATA do not change a value", async () => {
    const body = said(
      '<text xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="string">a<!-- no -->b<![CDATA[<&]]>c</text><number>1<!-- -->2</number>',
    );
    expect((await say({ body })).result).toEqual({ text: "ab<&c", number: "12" });
  });

  test("a header of the answer cannot stand in for its body", async () => {
    const body = `<e:Envelope xmlns:e="${ENV}"><e:Header><x:Body xmlns:x="u"><evil/></x:Body></e:Header><e:Body><SayResponse xmlns="urn:darsena:echo"><text>a</text></SayResponse></e:Body></e:Envelope>`;
    expect((await say({ body })).result).toEqual({ text: "a" });
  });

  test.each<[string, Canned]>([
    ["ISO-8859-1 by header", { type: "text/xml; charset=ISO-8859-1", body: Buffer.from(said("<text>perché</text>"), "latin1") }],
    [
      "ISO-8859-1 by declaration",
      { type: "text/xml", body: Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${said("<text>perché</text>")}`, "latin1") },
    ],
    [
      "UTF-16 with a mark",
      { type: "text/xml", body: Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${said("<text>perché</text>")}`, "utf16le") },
    ],
    ["UTF-8 with a mark", { body: `\ufeff${said("<text>perché</text>")}` }],
    ["gzip", { headers: { "content-encoding": "gzip" }, body: gzipSync(said("<text>perché</text>")) }],
    [
      "SOAP 1.2",
      {
        type: "application/soap+xml; charset=utf-8",
        body: envelope('<SayResponse xmlns="urn:darsena:echo"><text>perché</text></SayResponse>', ENV12),
      },
    ],
  ])("%s is read right", async (_, canned) => {
    expect((await say(canned)).result).toEqual({ text: "perché" });
  });

  test("a request carries escaped text, the SOAPAction, credentials and headers, and goes to the endpoint given", async () => {
    const server = await serving({ body: said("") });
    const echo = client(`${server.url}/service`, { security: { kind: "basic", username: "u", password: "p" } });
    await echo.call("say", { text: `<a> & "à"`, item: ["1", "2"] }, { signal: AbortSignal.timeout(5_000), soapHeaders: ["<h>1</h>"] });
    const [request] = server.received;
    expect(request).toMatchObject({
      method: "POST",
      url: "/service",
      headers: { soapaction: '"urn:say"', authorization: "Basic dTpw", "content-type": "text/xml; charset=utf-8" },
    });
    expect(request?.body.toString("utf8")).toContain("<soap:Header><h>1</h></soap:Header>");
    expect(request?.body.toString("utf8")).toContain("<text>&lt;a&gt; &amp; &quot;à&quot;</text><item>1</item><item>2</item>");
  });

  test.each<[string, SoapArguments]>([
    ["a CDATA section that would be written raw", { text: "<![CDATA[x]]></text><evil/><text><![CDATA[y]]>" }],
    ["U+0000", { text: "a\u0000b" }],
    ["a lone surrogate", { text: "a\ud800b" }],
  ])("%s in the request is rejected before anything is sent", async (_, args) => {
    const server = await serving({ body: said("") });
    expect(await failing(client(server.url).call("say", args, { signal: AbortSignal.timeout(5_000) }))).toEqual({
      kind: "rejected",
      code: "TEXT_REFUSED",
    });
    expect(server.received).toHaveLength(0);
  });

  test("what is only escaped may stand in attributes and text", async () => {
    const body = said('<text a="&lt;b>">x]]&gt;<![CDATA[<]]>y</text>');
    expect((await say({ body })).result).toEqual({ text: { attributes: { a: "<b>" }, $value: "x]]><y" } });
  });

  test("concurrent calls do not mix", async () => {
    const server = await cannedServer(({ body }, response) => {
      const text = /<text>(\d+)</.exec(body.toString())?.[1] ?? "";
      setTimeout(() => response.writeHead(200, { "content-type": "text/xml" }).end(said(`<text>${text}</text>`)), Number(text) % 7);
    });
    servers.push(server);
    const echo = client(server.url);
    const numbers = Array.from({ length: 30 }, (_, i) => String(i));
    const answers = await Promise.all(numbers.map((text) => echo.call("say", { text }, { signal: AbortSignal.timeout(5_000) })));
    expect(answers.map(({ result }) => (result as { text: string }).text)).toEqual(numbers);
  });
});

describe("faults", () => {
  const FAULT =
    "<s:Fault><faultcode>s:Server</faultcode><faultstring>RSSMRA80A01F205X is bad</faultstring><detail><d><codice>E42</codice></d></detail></s:Fault>";
  const FAULT12 =
    '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>m:Bad</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="it">no</s:Text></s:Reason></s:Fault>';

  test.each([200, 400, 500])("a fault of SOAP 1.1 at %i is unknown, and its text is in no message", async (status) => {
    const error = await say({ status, body: envelope(FAULT) }).catch((thrown: unknown) => thrown as CallFailure);
    expect(error).toMatchObject({ kind: "unknown", detail: { code: "SOAP_FAULT", status } });
    expect(JSON.stringify([String(error), (error as CallFailure).detail])).not.toContain("RSSMRA");
  });

  test.each([
    ["1.1", FAULT, ENV, { version: "1.1", code: "Server", codeNamespace: ENV, text: "RSSMRA80A01F205X is bad", detail: { codice: "E42" } }],
    ["1.2", FAULT12, ENV12, { version: "1.2", code: "Sender", codeNamespace: ENV12, subcode: "Bad", text: "no" }],
  ])("a fault of SOAP %s reaches the adapter's reading", async (_, fault, namespace, expected) => {
    let seen: unknown;
    const onFault: SoapSettings["onFault"] = (one) => {
      seen = { ...one, detail: { ...one.detail } };
      return rejected("NO", "the system said no");
    };
    expect(await failing(say({ status: 500, body: envelope(fault, namespace) }, { onFault }))).toEqual({ kind: "rejected", code: "NO" });
    expect(seen).toMatchObject(expected);
  });

  test("a fault of WS-Security is our setting", async () => {
    const wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    const body = envelope(
      `<s:Fault><faultcode xmlns:w="${wsse}">w:FailedAuthentication</faultcode><faultstring>no</faultstring></s:Fault>`,
    );
    expect(await failing(say({ status: 500, body }))).toEqual({ kind: "misconfigured", code: "SOAP_SECURITY" });
  });

  test("503 and 401 mean what the adapter says", async () => {
    const more = { refusals: { notTaken: [503], unauthorised: [401] } };
    const error = await say({ status: 503, headers: { "retry-after": "7" }, body: "" }, more).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "not-sent", detail: { code: "HTTP_503", retryAfterMs: 7_000 } });
    expect(await failing(say({ status: 401, body: "" }, more))).toEqual({ kind: "misconfigured", code: "HTTP_401" });
  });
});

describe("one-way operations", () => {
  test.each([202, 204])("an empty %i is done", async (status) => {
    expect(await say({ status, body: "" }, {}, "tell")).toEqual({ result: undefined, status, attachments: [] });
  });
  test.each<[string, Canned, { kind: string; code: string }]>([
    ["500", { status: 500, body: "" }, unknown("HTTP_500")],
    ["503", { status: 503, body: "" }, unknown("HTTP_503")],
    ["200 with HTML", { type: "text/html", body: "<HTML>" }, broken("NOT_SOAP")],
    ["an empty 200", { body: "" }, broken("EMPTY")],
  ])("%s is not done", async (_, canned, expected) => {
    expect(await failing(say(canned, {}, "tell"))).toEqual(expected);
  });
});

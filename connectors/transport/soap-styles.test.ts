import { describe, expect, test } from "@jest/globals";
import { rejected } from "../failure.ts";
import { asset } from "./asset.ts";
import { broken, client, ENV, ENV12, envelope, HELLO, said, serving } from "./fixtures/echo.ts";
import { failing } from "./fixtures/failing.ts";
import { type SoapSettings, soapClient } from "./soap.ts";
import type { SoapArguments } from "./soap-arguments.ts";

const wsdl = asset(import.meta.url, "fixtures/styles.wsdl");

/** One call against a canned answer: what was sent, and what was read. */
async function exchanged(operation: string, args: SoapArguments, body: string, more: Partial<SoapSettings> = {}, status = 200) {
  const server = await serving({ status, type: more.version === "1.2" ? "application/soap+xml; charset=utf-8" : "text/xml", body });
  const styles = soapClient({ system: "styles", wsdl, endpoint: server.url, ...more });
  const answer = await styles.call(operation, args, { signal: AbortSignal.timeout(5_000) });
  const [request] = server.received;
  const sent = request?.body.toString("utf8").replace(/^.*<soap:Body>(.*)<\/soap:Body>.*$/s, "$1");
  return { result: answer.result, sent, headers: request?.headers };
}

const literal = (inner: string) => envelope(`<w:enterResponse xmlns:w="urn:darsena:styles:wrapper">${inner}</w:enterResponse>`);

/** As Axis 1.4 answers: arrays by `soapenc:arrayType`, members by reference to elements beside the answer. */
const AXIS = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${ENV}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
<ns1:countResponse soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns1="urn:darsena:styles"><people soapenc:arrayType="ns1:Person[2]" xsi:type="soapenc:Array" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"><people href="#id0"/><people href="#id0"/></people></ns1:countResponse>
<multiRef id="id0" soapenc:root="0" soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xsi:type="ns2:Person" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns2="urn:darsena:styles"><born xsi:type="xsd:date">1980-05-03+02:00</born><name xsi:type="soapenc:string">Perché</name><phone xsi:type="xsd:string">1</phone></multiRef>
</soapenv:Body></soapenv:Envelope>`;

const counted = (people: string, beside = "") =>
  envelope(
    `<c:countResponse xmlns:c="urn:darsena:styles" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/">${people}</c:countResponse>${beside}`,
  );
const ONE: SoapArguments = { numbers: ["1", "2"], person: { name: "n", born: null } };
const PERSON = { born: "1980-05-03+02:00", name: "Perché", phone: ["1"] };

describe("rpc/literal", () => {
  test("parts stand in the order of the WSDL, in the wrapper of soap:body's namespace, inherited members first", async () => {
    const who = { house: "7", phone: ["1", "2"], born: null, name: "a & <b>" };
    const { sent, headers } = await exchanged("enter", { who, code: "00123" }, literal("<number>1</number>"));
    expect(sent).toBe(
      '<rpc:enter xmlns:rpc="urn:darsena:styles:wrapper"><code>00123</code><who><name>a &amp; &lt;b&gt;</name><born xsi:nil="true"/>' +
        "<phone>1</phone><phone>2</phone><house>7</house></who></rpc:enter>",
    );
    expect(headers).toMatchObject({ soapaction: '"urn:enter"', "content-type": "text/xml; charset=utf-8" });
  });

  test("an answer's parts arrive as text, and what its type lets repeat is an array", async () => {
    const body = literal("<number>9007199254740993</number><who><name>n</name><phone>1</phone></who>");
    expect((await exchanged("enter", { code: "1" }, body)).result).toEqual({
      number: "9007199254740993",
      who: { name: "n", phone: ["1"] },
    });
  });

  test("an operation without parts is sent", async () => {
    const body = envelope('<r:pingResponse xmlns:r="urn:darsena:styles"><return>true</return></r:pingResponse>');
    const { sent, result } = await exchanged("ping", {}, body);
    expect(sent).toBe('<rpc:ping xmlns:rpc="urn:darsena:styles"></rpc:ping>');
    expect(result).toEqual({ return: "true" });
  });

  test.each([
    ["a part", { code: "1", nobody: "x" }],
    ["a member", { who: { name: "n", nobody: "x" } }],
  ])("a value for %s that the WSDL does not have is refused, not left out", async (_, args) => {
    expect(await failing(exchanged("enter", args, literal("")))).toEqual({ kind: "rejected", code: "REQUEST_REFUSED" });
  });

  test("the answer of another operation is refused", async () => {
    expect(await failing(exchanged("ping", {}, literal("")))).toEqual(broken("UNEXPECTED_RESPONSE"));
  });
});

const shared = (n: number, inner: string) => `<m id="i${n}"><name>x</name>${inner}</m>`;

describe("rpc/encoded", () => {
  test("a request says its types and the length of its arrays", async () => {
    const { sent } = await exchanged("count", ONE, counted(""));
    expect(sent).toBe(
      '<rpc:count xmlns:rpc="urn:darsena:styles" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/" ' +
        'soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">' +
        '<numbers xsi:type="enc:Array" enc:arrayType="xsd:int[2]"><item xsi:type="xsd:int">1</item><item xsi:type="xsd:int">2</item></numbers>' +
        '<person xmlns:t="urn:darsena:styles" xsi:type="t:Person"><name xsi:type="xsd:string">n</name><born xsi:nil="true"/></person></rpc:count>',
    );
  });

  test("an answer of Axis is read through its references", async () => {
    expect((await exchanged("count", ONE, AXIS)).result).toEqual({ people: [PERSON, PERSON] });
  });

  test.each([
    ["one member", '<people e:arrayType="c:Person[1]"><item><name>n</name></item></people>', { people: [{ name: "n" }] }],
    ["no member", '<people e:arrayType="c:Person[0]"/>', { people: [] }],
  ])("an array with %s is an array", async (_, people, expected) => {
    expect((await exchanged("count", ONE, counted(people))).result).toEqual(expected);
  });

  test.each<[string, string, string]>([
    ["to nowhere", '<people href="#none"/>', ""],
    ["in a circle", '<people href="#i1"/>', shared(1, '<phone href="#i1"/>')],
    ["to two elements of one id", '<people href="#i1"/>', shared(1, "") + shared(1, "")],
    [
      "that grow without end",
      '<people href="#i1"/>',
      Array.from({ length: 40 }, (_, n) => shared(n + 1, `<phone href="#i${n + 2}"/>`.repeat(2))).join("") + shared(41, ""),
    ],
    ["to __proto__", '<people href="#__proto__"/>', ""],
  ])("references %s are refused", async (_, people, beside) => {
    const { kind, code } = await failing(exchanged("count", ONE, counted(people, beside)));
    expect(kind).toBe("contract-broken");
    expect(["MULTI_REF", "DANGEROUS_NAME"]).toContain(code);
  });
});

describe("SOAP 1.2", () => {
  const done = envelope('<SayResponse xmlns="urn:darsena:echo"><text>a</text></SayResponse>', ENV12);

  test("a request has the envelope of 1.2, the action in its content type, and no SOAPAction", async () => {
    const server = await serving({ type: "application/soap+xml", body: done });
    const { result } = await client(server.url, { version: "1.2" }).call("say", HELLO, { signal: AbortSignal.timeout(5_000) });
    expect(result).toEqual({ text: "a" });
    const [request] = server.received;
    expect(request?.headers["content-type"]).toBe('application/soap+xml; charset=utf-8; action="urn:say"');
    expect(request?.headers["soapaction"]).toBeUndefined();
    expect(request?.body.toString()).toContain(`<soap:Envelope xmlns:soap="${ENV12}"`);
    expect(request?.body.toString()).toContain("<text>hello</text>");
  });

  test("an empty action is left out", async () => {
    const { headers, sent } = await exchanged("count", ONE, counted("").replaceAll(ENV, ENV12), { version: "1.2" });
    expect(headers?.["content-type"]).toBe("application/soap+xml; charset=utf-8");
    expect(sent).toContain('enc:itemType="xsd:int" enc:arraySize="2"');
  });

  test("a fault of 1.2 gives its innermost subcode, its first reason, its role and the element of its detail", async () => {
    const fault =
      "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>m:Outer</s:Value><s:Subcode><s:Value>m:Inner</s:Value></s:Subcode></s:Subcode></s:Code>" +
      '<s:Reason><s:Text xml:lang="it">perché no</s:Text><s:Text xml:lang="en">no</s:Text></s:Reason><s:Role>urn:gate</s:Role>' +
      '<s:Detail><m:refused xmlns:m="urn:m"><m:code>E1</m:code></m:refused></s:Detail></s:Fault>';
    let seen: unknown;
    const server = await serving({ status: 400, type: "application/soap+xml", body: envelope(fault, ENV12) });
    const onFault: SoapSettings["onFault"] = (one) => {
      seen = { ...one, detail: { ...one.detail } };
      return rejected("NO", "the system said no");
    };
    const call = client(server.url, { version: "1.2", onFault }).call("say", HELLO, { signal: AbortSignal.timeout(5_000) });
    expect(await failing(call)).toEqual({ kind: "rejected", code: "NO" });
    expect(seen).toEqual({
      version: "1.2",
      code: "Sender",
      codeNamespace: ENV12,
      subcode: "Inner",
      actor: "urn:gate",
      text: "perché no",
      detail: { code: "E1" },
      detailElement: { name: "refused", namespace: "urn:m" },
    });
  });

  test("a server of 1.1 that refuses the version is our setting", async () => {
    const body = envelope("<s:Fault><faultcode>s:VersionMismatch</faultcode><faultstring>no</faultstring></s:Fault>");
    const server = await serving({ status: 500, body });
    const call = client(server.url, { version: "1.2" }).call("say", HELLO, { signal: AbortSignal.timeout(5_000) });
    expect(await failing(call)).toEqual({ kind: "misconfigured", code: "SOAP_SECURITY" });
  });

  test("an attribute of the answer stands beside its value", async () => {
    const server = await serving({ body: said('<text lang="it">a</text>') });
    const { result } = await client(server.url).call("say", HELLO, { signal: AbortSignal.timeout(5_000) });
    expect(result).toEqual({ text: { attributes: { lang: "it" }, $value: "a" } });
  });
});

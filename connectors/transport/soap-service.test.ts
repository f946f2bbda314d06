import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { contract, read } from "../contract.ts";
import { CallFailure } from "../failure.ts";
import { envelopeOf, soapService } from "./soap-service.ts";
import type { Wire } from "./typed-xml.ts";

const permits = contract("permits", {
  find: read({
    title: "Find",
    input: z.strictObject({ plate: z.string() }),
    output: z.strictObject({ count: z.int() }),
    deadline: "1s",
    rejections: ["GONE"],
  }),
});
const wire: Wire = {
  version: "1.1",
  namespaces: { t: "urn:t" },
  operations: {
    find: {
      action: "urn:find",
      request: { element: "t:find", type: "Find" },
      answer: { element: "t:found", type: "Found" },
      faults: { "t:gone": "GONE" },
    },
  },
  types: { Find: { content: [{ element: "t:plate", type: "text" }] }, Found: { content: [{ element: "t:count", type: "int" }] } },
};

interface Reply {
  status?: number;
  type?: string;
  body?: string | Buffer;
}
let server: Server;
let reply: Reply;
let seen: { headers: Record<string, unknown>; body: string };

beforeEach(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen = { headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
      response.writeHead(reply.status ?? 200, { "content-type": reply.type ?? "text/xml; charset=utf-8" }).end(reply.body ?? "");
    });
  });
  await new Promise<void>((started) => server.listen(0, "127.0.0.1", started));
});
afterEach(() => void server.close());

const body = (inner: string) => envelopeOf("1.1", inner);
const found = (inner: string) => body(`<t:found xmlns:t="urn:t">${inner}</t:found>`);
const fault = (code: string, detail = "") =>
  body(`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>Mària Rossi RSSMRA80A01Z999X</faultstring>${detail}</soap:Fault>`);

/** The outcome of one call that is answered so. */
async function call(answer: Reply, more: object = {}, version: Wire["version"] = "1.1"): Promise<unknown> {
  reply = answer;
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap`;
  const service = soapService({ system: "permits", wire: { ...wire, version }, endpoint, ...more });
  try {
    return await service.call(permits.find, { plate: "AB123CD" }, AbortSignal.timeout(5_000));
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    expect(error.message).not.toMatch(/Rossi|RSSMRA/);
    return `${error.kind} ${error.detail.code}`;
  }
}

describe("a SOAP service by its table", () => {
  test("sends the envelope of its version with the action, and reads the answer", async () => {
    expect(await call({ body: found("<t:count>7</t:count>") })).toEqual({ count: 7 });
    expect(seen.headers).toMatchObject({ soapaction: '"urn:find"', "content-type": "text/xml; charset=utf-8" });
    expect(seen.body).toContain("<t:plate>AB123CD</t:plate>");
    const newer = found("<t:count>7</t:count>").replace(
      "http://schemas.xmlsoap.org/soap/envelope/",
      "http://www.w3.org/2003/05/soap-envelope",
    );
    expect(await call({ body: newer, type: "application/soap+xml" }, {}, "1.2")).toEqual({ count: 7 });
    expect(seen.headers).toMatchObject({ "content-type": 'application/soap+xml; charset=utf-8; action="urn:find"' });
    expect(seen.headers).not.toHaveProperty("soapaction");
  });

  test("an answer in ISO-8859-1 is decoded, one in a wrong encoding refused", async () => {
    const text = found("<t:count>7</t:count><!-- è -->");
    expect(await call({ body: Buffer.from(text, "latin1"), type: "text/xml; charset=ISO-8859-1" })).toEqual({ count: 7 });
    expect(await call({ body: Buffer.from(text, "latin1") })).toBe("contract-broken BAD_ENCODING");
  });

  test.each<[string, Reply, string]>([
    ["an empty answer", {}, "contract-broken EMPTY"],
    ["a proxy's page", { body: "<HTML><BODY>x<BR></BODY></HTML>", type: "text/html" }, "contract-broken NOT_SOAP"],
    ["a page that says it is XML", { body: "<HTML><BODY>x</BODY></HTML>" }, "contract-broken NOT_SOAP"],
    ["truncated XML", { body: found("<t:count>7</t:count>").slice(0, -30) }, "contract-broken MALFORMED"],
    ["another operation's answer", { body: body('<t:other xmlns:t="urn:t"/>') }, "contract-broken UNEXPECTED_RESPONSE"],
    ["an empty body", { body: body("") }, "contract-broken EMPTY_BODY"],
    ["an answer without what the contract demands", { body: found("") }, "contract-broken SCHEMA"],
    ["a number that is none", { body: found("<t:count>7 permits</t:count>") }, "contract-broken SCHEMA"],
    ["attachments", { body: "--x", type: "multipart/related; boundary=x" }, "contract-broken MULTIPART"],
    ["a name that breaks parsers", { body: found("<t:count>7</t:count><__proto__/>") }, "contract-broken DANGEROUS_NAME"],
    ["an error status with a normal envelope", { status: 500, body: found("<t:count>7</t:count>") }, "unknown HTTP_500"],
    ["an error status with a page", { status: 502, body: "<html/>", type: "text/html" }, "unknown HTTP_502"],
    ["a fault", { status: 500, body: fault("Server") }, "unknown SOAP_FAULT"],
    ["a fault with status 200", { body: fault("Server") }, "unknown SOAP_FAULT"],
    ["a client's fault", { status: 500, body: fault("Client") }, "unknown SOAP_FAULT"],
    [
      "the fault that the WSDL declares",
      { status: 500, body: fault("Server", '<detail><x:gone xmlns:x="urn:t"/></detail>') },
      "rejected GONE",
    ],
    [
      "a fault of that name from another namespace",
      { status: 500, body: fault("Server", '<detail><gone xmlns="urn:other"/></detail>') },
      "unknown SOAP_FAULT",
    ],
    ["503", { status: 503 }, "unknown HTTP_503"],
  ])("%s", async (_, answer, outcome) => {
    expect(await call(answer)).toBe(outcome);
  });

  test("what the vendor confirms is settled by settings", async () => {
    const confirmed = { clientFaultRefuses: true, refusals: { notTaken: [503], unauthorised: [401] } };
    expect(await call({ status: 500, body: fault("Client") }, confirmed)).toBe("rejected CLIENT_FAULT");
    expect(await call({ status: 500, body: fault("Server") }, confirmed)).toBe("unknown SOAP_FAULT");
    expect(await call({ status: 503 }, confirmed)).toBe("not-sent HTTP_503");
    expect(await call({ status: 401 }, confirmed)).toBe("misconfigured HTTP_401");
  });

  test("credentials go as they are wanted", async () => {
    const security = { kind: "username-token", username: "u", password: "p<&" } as const;
    await call({ body: found("<t:count>7</t:count>") }, { security });
    expect(seen.body).toMatch(/<soap:Header><wsse:Security.*<wsse:Username>u<\/wsse:Username>.*<\/soap:Header><soap:Body>/);
    expect(seen.body).toContain("p&lt;&amp;");
    await call({ body: found("<t:count>7</t:count>") }, { security: { ...security, kind: "basic" } });
    expect(seen.headers).toMatchObject({ authorization: `Basic ${Buffer.from("u:p<&").toString("base64")}` });
  });
});

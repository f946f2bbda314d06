import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import type { AttachmentStore } from "../ports.ts";
import type { AttachmentRef } from "../shared-types.ts";
import { memoryPorts } from "../trial.ts";
import { outgoing } from "./attachments.ts";
import { rawServer } from "./fixtures/canned-server.ts";
import { broken, client, ENV, ENV12, envelope, HELLO, said, servers, serving, unknown } from "./fixtures/echo.ts";
import { failing } from "./fixtures/failing.ts";
import { parameterOf, readMultipart } from "./multipart.ts";
import type { SoapSettings } from "./soap.ts";

const bytesOf = async (store: AttachmentStore, ref: AttachmentRef) => Buffer.concat(await (await store.open(ref)).toArray());
const signal = () => AbortSignal.timeout(5_000);

/** The parts of a message that was received, with their headers and bytes. */
async function partsOf(contentType: string | undefined, body: Buffer) {
  const parts: { headers: Readonly<Record<string, string>>; bytes: Buffer }[] = [];
  for await (const { headers, body: chunks } of readMultipart("test", contentType, Readable.from([body], { objectMode: false }))) {
    const all: Buffer[] = [];
    for await (const chunk of chunks) all.push(chunk);
    parts.push({ headers, bytes: Buffer.concat(all) });
  }
  return parts;
}

describe("requests", () => {
  const bytes = Buffer.concat([randomBytes(100_000), Buffer.from("\r\n--darsena-\r\n")]);

  async function sent(style: "mtom" | "swa", more: Partial<SoapSettings> = {}) {
    const { attachments: store } = memoryPorts();
    const [one, two] = [
      await store.put("1", "a.pdf", "application/pdf", bytes),
      await store.put("2", "b.txt", "text/plain", Buffer.from("due")),
    ];
    const documents = [outgoing(one), outgoing(two)];
    const server = await serving({ body: more.version === "1.2" ? envelope('<SayResponse xmlns="urn:darsena:echo"/>', ENV12) : said("") });
    const args = { text: documents[0]?.place, code: "c", item: [documents[1]?.place] };
    await client(server.url, more).call("say", args, { signal: signal(), attachments: { store, style, send: documents } });
    const [request] = server.received;
    const type = request?.headers["content-type"];
    return { type, headers: request?.headers, body: request?.body, parts: await partsOf(type, request?.body ?? Buffer.alloc(0)) };
  }

  test("by MTOM hold xop:Include in the envelope and the bytes in parts", async () => {
    const { type, headers, body, parts } = await sent("mtom");
    expect(type).toMatch(
      /^multipart\/related; type="application\/xop\+xml"; start-info="text\/xml"; start="<root@darsena>"; boundary="darsena-[\w-]+"$/,
    );
    expect(headers).toMatchObject({ soapaction: '"urn:say"', "content-length": String(body?.length) });
    expect(parts.map(({ headers: { "content-type": one } }) => one)).toEqual([
      'application/xop+xml; charset=UTF-8; type="text/xml"',
      "application/pdf",
      "text/plain",
    ]);
    const [root, one, two] = parts;
    const ids = [one, two].map((part) => part?.headers["content-id"]?.slice(1, -1));
    expect(root?.bytes.toString()).toContain(
      `<text><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:${ids[0]}"/></text><code>c</code><item><xop:Include`,
    );
    expect([one?.bytes.equals(bytes), two?.bytes.toString()]).toEqual([true, "due"]);
  });

  test("by SwA hold the address as text", async () => {
    const { type, parts } = await sent("swa");
    expect(type).toMatch(/^multipart\/related; type="text\/xml"; start=/);
    const [root, one] = parts;
    expect(root?.bytes.toString()).toContain(`<text>cid:${one?.headers["content-id"]?.slice(1, -1)}</text>`);
    expect(one?.bytes.equals(bytes)).toBe(true);
  });

  test("of SOAP 1.2 keep their action", async () => {
    expect((await sent("mtom", { version: "1.2" })).type).toMatch(/start-info="application\/soap\+xml"; .*; action="urn:say"$/);
  });

  test("with a file that is gone or damaged are rejected before anything is sent", async () => {
    const { attachments: store } = memoryPorts();
    const ref = await store.put("1", "a.pdf", "application/pdf", bytes);
    const server = await serving({ body: said("") });
    const send = (one: AttachmentRef) => {
      const document = outgoing(one);
      const attachments = { store, style: "mtom" as const, send: [document] };
      return failing(client(server.url).call("say", { text: document.place }, { signal: signal(), attachments }));
    };
    expect(await send({ ...ref, sha256: "0".repeat(64) })).toEqual({ kind: "rejected", code: "ATTACHMENT_DAMAGED" });
    expect(await send({ ...ref, id: "att-00000000" })).toEqual({ kind: "rejected", code: "ATTACHMENT_MISSING" });
    expect(server.received).toHaveLength(0);
  });
});

const pdf = Buffer.concat([Buffer.from("%PDF\r\n--b\r"), randomBytes(70_000), Buffer.from("\r\n-")]);
const INCLUDE = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:one%40them"/>';
const TYPE = 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="b b+1"; start-info="text/xml"';

interface Answered {
  root?: string;
  parts?: { head: string; bytes: Buffer }[];
  end?: string;
  type?: string;
  status?: number;
}
const FILE = {
  head: 'Content-ID: <one@them>\r\nContent-Type: application/pdf; name="esito.pdf"\r\nContent-Transfer-Encoding: binary',
  bytes: pdf,
};

const message = ({ root = said(`<text>${INCLUDE}</text>`), parts = [FILE], end = "\r\n--b b+1--\r\n" }: Answered) =>
  Buffer.concat([
    Buffer.from(
      `preamble\r\n--b b+1\r\nContent-ID: <root>\r\nContent-Type: application/xop+xml; charset=UTF-8;\r\n type="text/xml"\r\n\r\n${root}`,
    ),
    ...parts.flatMap(({ head, bytes }) => [Buffer.from(`\r\n--b b+1\r\n${head}\r\n\r\n`), bytes]),
    Buffer.from(end),
  ]);

async function answered(one: Answered, maxBytes?: number) {
  const { attachments: store } = memoryPorts();
  const server = await serving({ status: one.status ?? 200, type: one.type ?? TYPE, body: message(one) });
  const attachments = { store, style: "mtom" as const, ...(maxBytes === undefined ? {} : { maxBytes }) };
  return { store, ...(await client(server.url).call("say", HELLO, { signal: signal(), attachments })) };
}

describe("answers", () => {
  test("by MTOM give a stored file where the envelope includes it, byte for byte", async () => {
    const { store, result, attachments } = await answered({});
    const { text } = result as { text: AttachmentRef };
    expect(text).toMatchObject({ bytes: pdf.length, mediaType: "application/pdf", name: "esito.pdf" });
    expect((await bytesOf(store, text)).equals(pdf)).toBe(true);
    expect(attachments).toEqual([{ contentId: "one@them", ref: text }]);
  });

  test.each([
    ["the text", "<text>cid:one@them</text>", "text"],
    ["an href", '<item href="cid:one@them"/>', "item"],
  ])("by SwA give it by %s that refers to it", async (_, inner, name) => {
    const { result, attachments } = await answered({ root: said(inner) });
    expect([(result as Record<string, unknown>)[name]].flat()).toEqual([attachments[0]?.ref]);
  });

  test("with base64 parts, and with files that nothing refers to, keep them all", async () => {
    const base64 = {
      head: "Content-ID: <two>\r\nContent-Transfer-Encoding: base64",
      bytes: Buffer.from(pdf.toString("base64").replaceAll(/(.{76})/g, "$1\r\n")),
    };
    const { store, attachments } = await answered({ root: said("<text>a</text>"), parts: [FILE, base64] });
    expect(attachments.map(({ contentId }) => contentId)).toEqual(["one@them", "two"]);
    for (const { ref } of attachments) expect((await bytesOf(store, ref)).equals(pdf)).toBe(true);
  });

  test("without attachments are read as ever", async () => {
    const { attachments: store } = memoryPorts();
    const server = await serving({ body: said("<text>a</text>") });
    const call = client(server.url).call("say", HELLO, { signal: signal(), attachments: { store, style: "mtom" } });
    expect(await call).toEqual({ result: { text: "a" }, status: 200, attachments: [] });
  });

  test.each<[string, Answered, { kind: string; code: string }]>([
    ["that include a part which is not there", { parts: [] }, broken("ATTACHMENT_ABSENT")],
    ["cut before the last boundary", { end: "" }, broken("MULTIPART")],
    ["without a boundary", { type: "multipart/related" }, broken("MULTIPART")],
    ["with another boundary than stated", { type: 'multipart/related; boundary="c"' }, broken("MULTIPART")],
    ["with a header without end", { parts: [{ head: "x".repeat(30_000), bytes: pdf }] }, broken("MULTIPART")],
    ["with two parts of one id", { parts: [FILE, FILE] }, broken("MULTIPART")],
    [
      "with quoted-printable",
      { parts: [{ head: "Content-ID: <one@them>\r\nContent-Transfer-Encoding: quoted-printable", bytes: pdf }] },
      broken("MULTIPART"),
    ],
    [
      "with more parts than a hundred",
      { parts: Array.from({ length: 120 }, (_, n) => ({ head: `Content-ID: <${n}>`, bytes: Buffer.from("x") })) },
      broken("MULTIPART"),
    ],
    ["whose envelope is not the first part", { type: TYPE.replace("<root>", "<one@them>") }, broken("MULTIPART")],
    ["whose root is HTML", { root: "<html/>" }, broken("NOT_SOAP")],
    ["of another operation", { root: envelope('<Other xmlns="urn:darsena:echo"/>') }, broken("UNEXPECTED_RESPONSE")],
    ["with a fault", { root: envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), status: 500 }, unknown("SOAP_FAULT")],
  ])("%s are refused", async (_, one, expected) => {
    expect(await failing(answered(one))).toEqual(expected);
  });

  test("with a file that is larger than allowed are refused", async () => {
    expect(await failing(answered({}, 50_000))).toEqual(broken("TOO_LARGE"));
  });

  test("that break off in the middle of a file are unknown", async () => {
    const whole = message({});
    const server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${TYPE}\r\nContent-Length: ${whole.length}\r\n\r\n`);
      socket.write(whole.subarray(0, 40_000), () => setTimeout(() => socket.destroy(), 50));
    });
    servers.push(server);
    const { attachments: store } = memoryPorts();
    const call = client(`http://127.0.0.1:${server.port}`).call("say", HELLO, { signal: signal(), attachments: { store, style: "mtom" } });
    expect(await failing(call)).toEqual(unknown("RESET"));
  });

  test("that stop in the middle of a file end with the deadline", async () => {
    const whole = message({});
    const server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${TYPE}\r\nContent-Length: ${whole.length}\r\n\r\n`);
      socket.write(whole.subarray(0, 40_000));
    });
    servers.push(server);
    const { attachments: store } = memoryPorts();
    const attachments = { store, style: "mtom" as const };
    const call = client(`http://127.0.0.1:${server.port}`).call("say", HELLO, { signal: AbortSignal.timeout(300), attachments });
    expect(await failing(call)).toEqual(unknown("DEADLINE"));
  });

  test("are refused where a connector does not expect attachments", async () => {
    const server = await serving({ type: TYPE, body: message({}) });
    expect(await failing(client(server.url).call("say", HELLO, { signal: signal() }))).toEqual(broken("MULTIPART"));
  });
});

test("a parameter is read quoted and bare", () => {
  expect(parameterOf('a/b; boundary="x\\"y"', "boundary")).toBe('x"y');
  expect(parameterOf("a/b;boundary=xy; c=d", "boundary")).toBe("xy");
  expect(parameterOf(`a/b; xboundary=z; ${ENV}`, "boundary")).toBeUndefined();
});

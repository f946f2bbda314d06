/** Answers of our own: shapes that no adapter's golden file has. */
import type { AttachmentRef } from "../../shared-types.ts";
import { memoryPorts } from "../../trial.ts";
import { asset } from "../asset.ts";
import { soapClient } from "../soap.ts";
import type { Seed } from "./seeds.ts";

const ENV = "http://schemas.xmlsoap.org/soap/envelope/";
const ENC = "http://schemas.xmlsoap.org/soap/encoding/";
const echo = asset(import.meta.url, "../fixtures/echo.wsdl");
const styles = asset(import.meta.url, "../fixtures/styles.wsdl");
const said = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${ENV}"><s:Header/><s:Body><SayResponse xmlns="urn:darsena:echo">${inner}</SayResponse></s:Body></s:Envelope>`;

const ENCODED =
  `<s:Envelope xmlns:s="${ENV}" xmlns:e="${ENC}" xmlns:c="urn:darsena:styles" xmlns:x="http://www.w3.org/2001/XMLSchema-instance"><s:Body>` +
  '<c:countResponse><people e:arrayType="c:Person[2]"><i href="#a"/><i href="#a"/></people></c:countResponse>' +
  '<m id="a" x:type="c:Person"><name>Perché</name><born>1980-05-03</born></m></s:Body></s:Envelope>';

const PDF = Buffer.from("%PDF-1.4 esito della pratica\r\n".repeat(40));
const MULTIPART = Buffer.concat([
  Buffer.from(`--b\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-ID: <root>\r\n\r\n`),
  Buffer.from(said('<text><o:Include xmlns:o="http://www.w3.org/2004/08/xop/include" href="cid:f@t"/></text><code>A1</code>')),
  Buffer.from("\r\n--b\r\nContent-Type: application/pdf\r\nContent-ID: <f@t>\r\n\r\n"),
  PDF,
  Buffer.from("\r\n--b--\r\n"),
]);

const calling = (wsdl: string, operation: string) => (url: string, signal: AbortSignal) =>
  soapClient({ system: "fuzz", wsdl, endpoint: url })
    .call(operation, {}, { signal })
    .then(({ result }) => result);

const one = (name: string, body: string, wsdl: string, operation: string): Seed => ({
  name: `transport/${name}`,
  kind: "soap",
  answers: [{ status: 200, type: "text/xml; charset=utf-8", body: Buffer.from(body) }],
  perform: calling(wsdl, operation),
});

/** Seeds of the transport's own clients. */
export function ownSeeds(): Seed[] {
  const rich =
    "<text>città &amp; <![CDATA[<campagna>]]></text><code>A1</code><number>9007199254740993</number><amount>1.10</amount>" +
    "<day>1980-05-03+02:00</day><yes>true</yes><item>1</item><item>2</item>";
  return [
    one("values", said(rich), echo, "say"),
    one("encoded", ENCODED, styles, "count"),
    one("large", said(`<text>a</text>${"<item>riga con accenti è à ù</item>".repeat(300)}`), echo, "say"),
    {
      name: "transport/multipart",
      kind: "multipart",
      answers: [{ status: 200, type: 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="b"', body: MULTIPART }],
      perform: async (url, signal) => {
        const { attachments: store } = memoryPorts();
        const client = soapClient({ system: "fuzz", wsdl: echo, endpoint: url });
        const { result } = await client.call("say", {}, { signal, attachments: { store, style: "mtom" } });
        const { text, ...rest } = (result ?? {}) as { text?: AttachmentRef | string };
        return { ...rest, text: typeof text === "object" ? text.sha256 : text };
      },
    },
  ];
}

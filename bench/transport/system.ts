/** A SOAP service in a process of its own, whose CPU nobody pays for: answers of 4 KB, and of hundreds of megabytes by MTOM. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const megabytes = Number(process.argv[2] ?? "300");
const ENV = "http://schemas.xmlsoap.org/soap/envelope/";
const answer = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${ENV}"><s:Body><SayResponse xmlns="urn:darsena:echo">${inner}</SayResponse></s:Body></s:Envelope>`;
const lines = Array.from({ length: 84 }, (_, n) => `<item>riga ${n} di un elenco più lungo</item>`).join("");
const small = Buffer.from(answer(`<text>perché</text><number>42</number><day>2026-05-03</day>${lines}`));
const tiny = Buffer.from(answer("<text>a</text>"));
const piece = Buffer.alloc(1 << 20, "allegato ");

async function large(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="b"' });
  const include = '<text><o:Include xmlns:o="http://www.w3.org/2004/08/xop/include" href="cid:f"/></text>';
  response.write(`--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root>\r\n\r\n${answer(include)}`);
  response.write("\r\n--b\r\nContent-Type: application/pdf\r\nContent-ID: <f>\r\nContent-Transfer-Encoding: binary\r\n\r\n");
  for (let sent = 0; sent < megabytes; sent += 1)
    if (!response.write(piece)) await new Promise<void>((resolve) => response.once("drain", resolve));
  response.end("\r\n--b--\r\n");
}

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.url === "/large") return void large(response);
    const body = request.url === "/sink" ? tiny : small;
    response.writeHead(200, { "content-type": "text/xml; charset=utf-8", "content-length": String(body.length) }).end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ ready: true, url: `http://127.0.0.1:${port}`, bytes: small.length })}\n`);
});
process.on("SIGTERM", () => process.exit(0));

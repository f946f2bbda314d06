import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import type { Simulator } from "../../simulator.ts";
import { ada, connected, settings } from "./fixtures.ts";
import { type DocareaSimulatorOptions, docareaSimulator } from "./simulator.ts";

const started: Simulator[] = [];
const start = async (options: DocareaSimulatorOptions = {}) => {
  const simulator = await docareaSimulator(options);
  started.push(simulator);
  return simulator;
};
afterEach(async () => {
  for (const simulator of started.splice(0)) await simulator.close();
});

const input = { subject: "Prova", sender: ada, documents: [] };
const register = (simulator: Simulator) => connected(settings(`${simulator.url}/halley`))("register", input);

test("numbers go on after a restart, and begin anew with the year of Italy", async () => {
  const folder = mkdtempSync(join(tmpdir(), "docarea-"));
  try {
    let now = new Date("2026-12-31T22:59:00Z");
    const options = { stateFile: join(folder, "docarea.json"), now: () => now, firstNumber: 9 };
    const first = await start(options);
    expect((await register(first)).output).toMatchObject({ number: "0000009/2026", date: "2026-12-31" });
    await started.splice(0)[0]?.close();
    const second = await start(options);
    expect((await register(second)).output).toMatchObject({ number: "0000010/2026" });
    now = new Date("2026-12-31T23:01:00Z");
    expect((await register(second)).output).toMatchObject({ number: "0000009/2027", date: "2027-01-01" });
    expect(second.ledger()).toHaveLength(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const soap = (body: string) => `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${body}</e:Body></e:Envelope>`;
const login =
  '<Login xmlns="http://tempuri.org/"><strCodEnte>c_f205</strCodEnte><strUserName>darsena</strUserName><strPassword>docarea-simulator</strPassword></Login>';

async function post(simulator: Simulator, path: string, action: string, body: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${simulator.url}${path}`, {
    method: "POST",
    headers: { soapaction: action, "content-type": "text/xml" },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

test("a request in the dialect is answered", async () => {
  const { status, text } = await post(await start(), "/halley", '"http://tempuri.org/Login"', soap(login));
  expect(status).toBe(200);
  expect(text).toContain("<strDST>DST-1</strDST><lngErrNumber>0</lngErrNumber></LoginResult>");
});

test.each([
  ["of the other dialect", "/prisma", '""', soap(login)],
  ["at another path", "/", '"http://tempuri.org/Login"', soap(login)],
  ["with another SOAPAction", "/halley", '""', soap(login)],
  [
    "with unqualified fields",
    "/halley",
    '"http://tempuri.org/Login"',
    soap(login.replace("<Login xmlns=", "<p:Login xmlns:p=").replace("</Login>", "</p:Login>")),
  ],
  [
    "with fields in another order",
    "/halley",
    '"http://tempuri.org/Login"',
    soap(login.replace("<strCodEnte>c_f205</strCodEnte>", "").replace("</Login>", "<strCodEnte>c_f205</strCodEnte></Login>")),
  ],
  ["with a DOCTYPE", "/halley", '"http://tempuri.org/Login"', `<!DOCTYPE x>${soap(login)}`],
  ["that is not well formed", "/halley", '"http://tempuri.org/Login"', soap(login).slice(0, -5)],
  ["that is empty", "/halley", '"http://tempuri.org/Login"', ""],
])("a request %s gets a fault", async (_, path, action, body) => {
  const { status, text } = await post(await start(), path, action, body);
  expect(status).toBe(500);
  expect(text).toContain("<soap:Fault>");
});

test.each([
  ["that is no XML", "oggetto", "-3"],
  ["without a sender", segnatura().replace(/<Mittente>.*<\/Mittente>/, ""), "-3"],
  ["of another administration", segnatura().replace("c_f205", "c_a001"), "-3"],
  ["with a document that was never stored", segnatura(), "-4"],
])("a Segnatura %s is refused", async (_, text, code) => {
  const simulator = await start();
  await post(simulator, "/halley", '"http://tempuri.org/Login"', soap(login));
  const body = `<Protocollazione xmlns="http://tempuri.org/"><strUserName>darsena</strUserName><strDST>DST-1</strDST><strDocumentInfo><![CDATA[${text}]]></strDocumentInfo></Protocollazione>`;
  const answer = await post(simulator, "/halley", '"http://tempuri.org/Protocollazione"', soap(body));
  expect(answer.text).toContain(`<lngErrNumber>${code}</lngErrNumber>`);
  expect(simulator.ledger()).toEqual([]);
});

function segnatura(): string {
  return (
    '<Segnatura versione="2001-05-07"><Intestazione><Oggetto>Prova</Oggetto><Identificatore><CodiceAmministrazione>c_f205</CodiceAmministrazione>' +
    "<CodiceAOO>AOO1</CodiceAOO><NumeroRegistrazione>0</NumeroRegistrazione><DataRegistrazione>0</DataRegistrazione><Flusso>E</Flusso></Identificatore>" +
    "<Mittente><Persona><Cognome>Prova</Cognome></Persona></Mittente><Destinatario><Amministrazione/></Destinatario>" +
    "<Classifica><CodiceTitolario>1</CodiceTitolario></Classifica></Intestazione>" +
    '<Descrizione><Documento id="999" nome="a.pdf"/></Descrizione></Segnatura>'
  );
}

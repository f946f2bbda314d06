/** Our messages against ANPR's own schemas, where `shared/contracts/anpr-soap` lies beside the repository. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { type MemorySender, memorySender } from "../../memory-sender.ts";
import type { Simulator } from "../../simulator.ts";
import { memoryPorts, onTrial, type TrialRun } from "../../trial.ts";
import { asset } from "../../transport/asset.ts";
import { checkEnvelope } from "../../transport/check-envelope.ts";
import { anpr } from "./adapter.ts";
import { inventTaxCode, SAMPLE } from "./sample-people.ts";
import { anprSimulator } from "./simulator.ts";

const repository = resolve(fileURLToPath(import.meta.url), "../../../..");
const contracts = process.env["DARSENA_CONTRACTS"] ?? resolve(repository, "../shared/contracts");
/** ANPR's own schema of an operation's messages. */
const real = (operation: string) => join(contracts, "anpr-soap", `${FILES[operation]}.xsd`);
const ours = (operation: string) => asset(import.meta.url, `${FILES[operation]?.replace(/^\d{4}/, "$&-")}.xsd`);
const FILES: Record<string, string> = {
  "3002": "3000consultazione",
  "3007": "3000consultazione",
  "5005": "5000mutazione",
  "6001": "6001certificazione",
};
/** The operation of an answer, by its root. */
const operationOf = (text: string): string => /[<:]Risposta(\d{4})[\s>]/.exec(text)?.[1] ?? "none";

const hasXmllint = (() => {
  try {
    execFileSync("xmllint", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
const required = process.env["DARSENA_REQUIRE"] === "all";

/** The tests of a schema, or a skip that says what is missing. */
const against = (schema: string) => {
  if (!existsSync(schema)) return { run: test.skip, note: "skipped: shared/contracts is absent" };
  if (!hasXmllint && !required) return { run: test.skip, note: "skipped: xmllint is absent" };
  return { run: test, note: "xmllint" };
};

/** What xmllint says of the element in an envelope's Body; empty when it is valid. */
function complaints(schema: string, envelope: string): string {
  const { plain } = checkEnvelope("schema test", envelope);
  const file = join(mkdtempSync(join(tmpdir(), "darsena-anpr-")), "message.xml");
  writeFileSync(file, plain.replace(/^.*?<soap:Body>/s, "").replace(/<\/soap:Body>.*$/s, ""));
  try {
    execFileSync("xmllint", ["--noout", "--nonet", "--schema", schema, file], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    return "";
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error);
  }
}

interface Calling {
  name: string;
  input: Record<string, unknown>;
  /** Whose messages are looked at. */
  of: string;
  more?: Record<string, unknown>;
  before?: (simulator: Simulator, run: TrialRun, sender: MemorySender) => Promise<void>;
}

interface Exchanged {
  request: string;
  answer: string;
}

/** Calls the simulator through a recorder that keeps both messages as they were sent: those of the call's last exchange of the operation. */
async function exchanged({ name, input, of, more = {}, before }: Calling): Promise<Exchanged> {
  const simulator = await anprSimulator();
  const orderedSender = memorySender();
  let kept: Exchanged = { request: "", answer: "" };
  const recorder = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", async () => {
      const request = Buffer.concat(chunks).toString("utf8");
      const answered = await fetch(simulator.url, { method: "POST", body: request, headers: { "content-type": "text/xml" } }).catch(
        () => undefined,
      );
      if (!answered) return void response.destroy();
      const answer = await answered.text();
      if (operationOf(answer) === of) kept = { request, answer };
      response.writeHead(answered.status, { "content-type": "text/xml; charset=utf-8" }).end(answer);
    });
  });
  await new Promise<void>((started) => recorder.listen(0, "127.0.0.1", started));
  try {
    const endpoint = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
    const settings = { endpoint, municipality: "015146", mode: "TEST", officerFamilyName: "ESEMPIO", officerGivenName: "ANNA", ...more };
    const run = onTrial(anpr, settings, { ...memoryPorts(), orderedSender });
    await before?.(simulator, run, orderedSender);
    await run.call(name, input);
    return kept;
  } finally {
    recorder.closeAllConnections();
    recorder.close();
    await simulator.close();
  }
}

const resident = (taxCode: string, more: Record<string, unknown> = {}): Calling => ({
  name: "findResident",
  input: { taxCode },
  of: "3002",
  more,
});
const address = { street: "Via dei Modelli", number: "7/B", postalCode: "20131", town: "Milano", province: "MI" };
const move = { household: "700000000001", address, since: "2026-11-20" };
const changed = (input: Record<string, unknown> = {}): Calling => ({ name: "changeAddress", input: { ...move, ...input }, of: "5005" });
const holder = { taxCode: SAMPLE.resident, givenName: "GIULIA", familyName: "D'INVENZIONE" };
const certificate = { holder, kind: "residence", stampDuty: 1_600, exemption: "99", fee: 52 };
/** A write whose answer was lost for longer than its settle time. */
const lost: Calling["before"] = async (simulator, run, sender) => {
  simulator.inject({ kind: "answer-lost", operation: "5005" });
  await run.call("changeAddress", move, { key: "case-lost/move" });
  sender.later = 120_000;
};

const cases: [string, Calling][] = [
  ["a resident", resident(SAMPLE.resident)],
  ["a resident with a warning", resident(SAMPLE.withWarning)],
  ["a non-resident", resident(SAMPLE.nonResident)],
  ["a deceased person", resident(SAMPLE.deceased)],
  ["nobody", resident(SAMPLE.unknown)],
  ["a wrong environment", resident(SAMPLE.resident, { mode: "PROD" })],
  ["requested data", resident(inventTaxCode(7), { requestedData: "1,2,10", softwareVersion: "1.2-rc", softwareVendor: "A B.C-D" })],
  ["a household", { name: "findHousehold", input: { taxCode: inventTaxCode(5) }, of: "3002" }],
  ["a move", changed()],
  ["a move with a protocol number", changed({ protocolNumber: "2026/0012345" })],
  ["a move to a house without a number", changed({ address: { ...address, number: undefined, street: "Cascina Prova" } })],
  ["a move to a house with an odd number", changed({ address: { ...address, number: "12/2 bis" } })],
  ["a move that is refused", changed({ household: "1" })],
  ["a certificate", { name: "issueCertificate", input: certificate, of: "6001" }],
  [
    "a certificate that is refused",
    { name: "issueCertificate", input: { ...certificate, holder: { ...holder, taxCode: SAMPLE.unknown } }, of: "6001" },
  ],
  ["the look-up of a lost write", { name: "findResident", input: { taxCode: SAMPLE.resident }, of: "3007", before: lost }],
  ["a lost write sent again", { name: "findResident", input: { taxCode: SAMPLE.resident }, of: "5005", before: lost }],
];

for (const [owner, schema] of [
  ["ANPR's own schema", real],
  ["the project's schema", ours],
] as const) {
  const { run, note } = against(schema("3002"));
  run.each(cases)(`request and answer for %s are valid against ${owner} (${note})`, async (_, calling) => {
    const { request, answer } = await exchanged(calling);
    expect(request).toContain(`Richiesta${calling.of}`);
    const file = schema(calling.of);
    expect({ request: complaints(file, request), answer: complaints(file, answer) }).toEqual({ request: "", answer: "" });
  });
}

const { run, note } = against(real("3002"));
run(`a message with a wrong order is found invalid by ANPR's own schema (${note})`, async () => {
  const { request } = await exchanged(resident(SAMPLE.resident));
  const swapped = request.replace(/(<criteriRicerca>.*<\/criteriRicerca>)(<datiRichiesta>.*<\/datiRichiesta>)/s, "$2$1");
  expect(swapped).not.toBe(request);
  expect(complaints(real("3002"), swapped)).toContain("This element is not expected");
});

const golden = join(fileURLToPath(import.meta.url), "../golden");
const answers = readdirSync(golden).filter((file) => file.endsWith(".response.xml") && !file.startsWith("soap-fault"));
run.each(answers)(`the golden answer %s is valid against ANPR's own schema (${note})`, (file) => {
  const text = readFileSync(join(golden, file), "utf8");
  expect(complaints(real(operationOf(text)), text)).toBe("");
});

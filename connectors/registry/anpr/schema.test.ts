/** Our messages against ANPR's own schemas, where `shared/contracts/anpr-soap` lies beside the repository. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { memoryPorts, onTrial } from "../../trial.ts";
import { asset } from "../../transport/asset.ts";
import { checkEnvelope } from "../../transport/check-envelope.ts";
import { anpr } from "./adapter.ts";
import { inventTaxCode, SAMPLE } from "./sample-people.ts";
import { anprSimulator } from "./simulator.ts";

const repository = resolve(fileURLToPath(import.meta.url), "../../../..");
const contracts = process.env["DARSENA_CONTRACTS"] ?? resolve(repository, "../shared/contracts");
const real = join(contracts, "anpr-soap/3000consultazione.xsd");

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

interface Exchanged {
  request: string;
  answer: string;
}

/** Calls the simulator through a recorder that keeps both messages as they were sent. */
async function exchanged(taxCode: string, more: Record<string, unknown> = {}): Promise<Exchanged> {
  const simulator = await anprSimulator();
  const kept: Exchanged = { request: "", answer: "" };
  const recorder = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", async () => {
      kept.request = Buffer.concat(chunks).toString("utf8");
      const answer = await fetch(simulator.url, { method: "POST", body: kept.request, headers: { "content-type": "text/xml" } });
      kept.answer = await answer.text();
      response.writeHead(answer.status, { "content-type": "text/xml; charset=utf-8" }).end(kept.answer);
    });
  });
  await new Promise<void>((started) => recorder.listen(0, "127.0.0.1", started));
  try {
    const endpoint = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
    await onTrial(anpr, { endpoint, municipality: "015146", mode: "TEST", ...more }, memoryPorts()).call("findResident", { taxCode });
    return kept;
  } finally {
    recorder.closeAllConnections();
    recorder.close();
    await simulator.close();
  }
}

const cases: [string, string, Record<string, unknown>][] = [
  ["a resident", SAMPLE.resident, {}],
  ["a resident with a warning", SAMPLE.withWarning, {}],
  ["a non-resident", SAMPLE.nonResident, {}],
  ["a deceased person", SAMPLE.deceased, {}],
  ["nobody", SAMPLE.unknown, {}],
  ["a wrong environment", SAMPLE.resident, { mode: "PROD" }],
  ["requested data", inventTaxCode(7), { requestedData: "1,2,10", softwareVersion: "1.2-rc", softwareVendor: "A B.C-D" }],
];

for (const [owner, schema] of [
  ["ANPR's own schema", real],
  ["the project's schema", asset(import.meta.url, "3000-consultazione.xsd")],
] as const) {
  const { run, note } = against(schema);
  run.each(cases)(`request and answer for %s are valid against ${owner} (${note})`, async (_, taxCode, more) => {
    const { request, answer } = await exchanged(taxCode, more);
    expect({ request: complaints(schema, request), answer: complaints(schema, answer) }).toEqual({ request: "", answer: "" });
  });
}

const { run, note } = against(real);
run(`a message with a wrong order is found invalid by ANPR's own schema (${note})`, async () => {
  const { request } = await exchanged(SAMPLE.resident);
  const swapped = request.replace(/(<criteriRicerca>.*<\/criteriRicerca>)(<datiRichiesta>.*<\/datiRichiesta>)/s, "$2$1");
  expect(swapped).not.toBe(request);
  expect(complaints(real, swapped)).toContain("This element is not expected");
});

const golden = join(fileURLToPath(import.meta.url), "../golden");
const answers = readdirSync(golden).filter((file) => file.endsWith(".response.xml") && !file.startsWith("soap-fault"));
run.each(answers)(`the golden answer %s is valid against ANPR's own schema (${note})`, (file) => {
  expect(complaints(real, readFileSync(join(golden, file), "utf8"))).toBe("");
});

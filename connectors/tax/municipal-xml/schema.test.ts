/** Contract of the project; not the interface of any real system. Every golden message and every answer of the simulator fits our XSD. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Simulator } from "../../simulator.ts";
import { suiteNeeding } from "../../../test/suite-needing.ts";
import { municipalXmlSimulator, sampleTaxpayers } from "./simulator.ts";

const golden = join(import.meta.dirname, "golden");
const schema = join(import.meta.dirname, "sanzioni.xsd");

function problemsOf(file: string): string {
  try {
    execFileSync("xmllint", ["--noout", "--nonet", "--schema", schema, file], { stdio: "pipe" });
    return "";
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr);
  }
}

suiteNeeding("xmllint")("by our XSD", () => {
  let folder: string;
  let simulator: Simulator;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "darsena-tax-"));
    simulator = await municipalXmlSimulator();
  });
  afterAll(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true });
  });
  const written = (bytes: Uint8Array) => {
    writeFileSync(join(folder, "message.xml"), bytes);
    return join(folder, "message.xml");
  };

  test.each(readdirSync(golden).filter((name) => name.endsWith(".xml")))("%s is valid", (name) => {
    expect(problemsOf(join(golden, name))).toBe("");
  });

  test("an amount in English form, an ISO date and a lost zero are not", () => {
    const text = readFileSync(join(golden, "fines.1.response.xml"), "latin1");
    for (const [right, wrong] of [
      ["1.234,56", "1,234.56"],
      ["05/03/2025", "2025-03-05"],
      ["0000000007", "7"],
    ] as const)
      expect(problemsOf(written(Buffer.from(text.replace(right, wrong), "latin1")))).toContain("facet 'pattern'");
  });

  test("each answer of the simulator is valid", async () => {
    const request = readFileSync(join(golden, "fines.1.request.xml"), "latin1").replace(
      /<Password>.*<\/Password>/,
      "<Password>tax-test-password</Password>",
    );
    const post = async (taxCode: string, password = "tax-test-password") => {
      const body = request.replace(/(?<=<CodiceFiscale>)[^<]*/, taxCode).replace("tax-test-password", password);
      const answer = await fetch(simulator.url, { method: "POST", body: Buffer.from(body, "latin1") });
      return Buffer.from(await answer.arrayBuffer());
    };
    const answers = [
      await post(sampleTaxpayers.withFines),
      await post(sampleTaxpayers.withoutFines),
      await post(sampleTaxpayers.withFines, "no"),
      await post("x"),
    ];
    expect(answers[0]?.toString("latin1")).toContain("già sollecitata");
    for (const answer of answers) expect(problemsOf(written(answer))).toBe("");
  });
});

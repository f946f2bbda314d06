import { expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { join } from "node:path";
import { checkSources } from "../../catalogue/check.ts";
import { goodSources, wrongFiles } from "../../catalogue/testing.ts";
import { sarifOf } from "./sarif.ts";

/** Closed as in the standard (OASIS SARIF 2.1.0, sections 3.13 to 3.30): a member that it does not know is an error there too. */
const closed = (properties: Record<string, object>, required: string[] = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const string = { type: "string", minLength: 1 };
const positive = { type: "integer", minimum: 1 };
const level = { enum: ["none", "note", "warning", "error"] };
const message = closed({ text: string });
const rule = closed({
  id: string,
  shortDescription: message,
  fullDescription: message,
  help: message,
  defaultConfiguration: closed({ level }),
});
const physicalLocation = closed({
  artifactLocation: closed({ uri: string }),
  region: closed({ startLine: positive, startColumn: positive }),
});
const result = closed({
  ruleId: string,
  ruleIndex: { type: "integer", minimum: 0 },
  level,
  message,
  locations: { type: "array", items: closed({ physicalLocation }) },
});
const log = closed({
  $schema: string,
  version: { const: "2.1.0" },
  runs: {
    type: "array",
    items: closed({
      tool: closed({ driver: closed({ name: string, rules: { type: "array", uniqueItems: true, items: rule } }) }),
      columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
      results: { type: "array", items: result },
    }),
  },
});

test("findings of every code are SARIF as the standard has it, and each result names its rule", () => {
  const valid = new Ajv().compile(log);
  const files = wrongFiles(join(import.meta.dirname, "../../catalogue/wrong"));
  const findings = files.flatMap(({ source }) => checkSources([...goodSources.filter((one) => one.file !== source.file), source]).findings);
  const sarif = JSON.parse(JSON.stringify(sarifOf(findings)));
  valid(sarif);
  expect(valid.errors ?? []).toEqual([]);
  const [{ tool, results }] = sarif.runs;
  expect(results).toHaveLength(findings.length);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  expect(valid(JSON.parse(JSON.stringify(sarifOf([]))))).toBe(true);
});

/** docs/connector-table.md: what the generator makes of every contract that lies beside the repository, and of the project's own fixtures. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contractsFolder, generateAll, ownSources, publicSources, type Row } from "./generated-connectors.ts";
import { root } from "./house/imports.ts";
import { suiteNeeding } from "./suite-needing.ts";

const page = join(root, "docs", "connector-table.md");
const present = existsSync(contractsFolder);

/** Notes by name, with how often; effects are assumed everywhere. */
function notesOf({ notes }: Row): string {
  const counts = new Map<string, number>();
  for (const { code } of notes) if (code !== "assumed-effect") counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${code}${count > 1 ? ` ×${count}` : ""}`).join(", ") || "none";
}

function lineOf(row: Row): string {
  const { label, operations, compiled, tests, valid, anys } = row;
  const checked = valid ? `${valid.right}` : "–";
  return `| ${label} | ${operations} | ${compiled ? "yes" : "no"} | ${tests.passed} | ${checked} | ${anys} | ${notesOf(row)} |`;
}

const HEAD = `# What the generator makes of real contracts

Written by a test (\`TABLE_WRITE=1 node scripts/jest.mjs test/connector-table.test.ts\`), which generates a connector with all operations from each contract, compiles all of them, runs the
tests that were generated, and validates every golden message, requests and answers, with xmllint against the contract's own schemas. The contracts are public ones that lie beside the
repository and are not part of it, and the project's own fixtures. REST has no XML to validate, and no schema describes the root of an rpc message (–).

"z.any()" counts schemas without a type: there is none. What is not supported is a note; each is explained in the connector's \`notes.md\`.

| contract | operations | compiled | tests passed | messages valid | z.any() | notes |
|---|---|---|---|---|---|---|
`;

suiteNeeding("xmllint")("the table of generated connectors", () => {
  let rows: Row[] = [];

  beforeAll(async () => {
    rows = await generateAll([...publicSources(), ...ownSources()]);
    if (process.env["TABLE_WRITE"] && present) writeFileSync(page, `${HEAD}${rows.map(lineOf).join("\n")}\n`);
  }, 600_000);

  test("every connector compiles, its tests pass, its messages are valid, and nothing is of any type", () => {
    expect(rows.length).toBeGreaterThanOrEqual(present ? 40 : 4);
    const wrong = rows.filter(
      ({ operations, compiled, tests, valid, anys }) =>
        operations === 0 || !compiled || tests.failed > 0 || (valid?.wrong.length ?? 0) > 0 || anys > 0,
    );
    expect(
      wrong.map(({ label, compiled, tests, valid, anys }) => ({ label, compiled, tests, wrong: valid?.wrong.slice(0, 3), anys })),
    ).toEqual([]);
  });

  test("the page shows what was found", () => {
    const text = readFileSync(page, "utf8");
    expect(rows.map(lineOf).filter((line) => !text.includes(line))).toEqual([]);
    expect(text.startsWith(HEAD)).toBe(true);
  });
});

describe("the public contracts", () => {
  (present ? test : test.skip)(`are there (${present ? "found" : "skipped: shared/contracts is absent"})`, () => {
    expect(publicSources().filter(({ label }) => label.endsWith(".wsdl")).length).toBeGreaterThanOrEqual(20);
  });
});

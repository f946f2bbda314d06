/** Findings as SARIF 2.1.0 (OASIS), which code review tools show beside the lines. */
import { type Finding, findingCodes, type FindingCode, pageOf } from "../../catalogue/findings.ts";

/** One run of `darsena check`, as a SARIF log. */
export function sarifOf(findings: readonly Finding[]): object {
  const codes = [...new Set(findings.map((one) => one.code))].toSorted();
  const table: Readonly<Record<string, FindingCode>> = findingCodes;
  const rules = codes.map((code) => ({
    id: code,
    shortDescription: { text: table[code]?.title ?? code },
    fullDescription: { text: table[code]?.why ?? code },
    help: { text: `See ${pageOf(code)}` },
    defaultConfiguration: { level: table[code]?.level ?? "error" },
  }));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "darsena check", rules } },
        columnKind: "utf16CodeUnits",
        results: findings.map((one) => ({
          ruleId: one.code,
          ruleIndex: codes.indexOf(one.code),
          level: one.level,
          message: { text: messageOf(one) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(one.file) },
                region: { startLine: one.line, startColumn: one.column },
              },
            },
          ],
        })),
      },
    ],
  };
}

/** What was found, what was expected, and what to write instead, as sentences. */
export function messageOf({ message, expected, suggestion }: Finding): string {
  const wanted = expected === undefined ? "" : `; expected: ${expected}`;
  return `${message}${wanted}${suggestion === undefined ? "" : `; ${suggestion}`}`;
}

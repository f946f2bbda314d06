import { afterAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { wholeService } from "../../catalogue/testing.ts";
import { program, runProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "darsena-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function darsena(argv: string[]): Promise<{ code: number; out: string }> {
  let out = "";
  const stream = () => new Writable({ write: (chunk, _encoding, done) => ((out += String(chunk)), done()) });
  const deps = { stdin: Readable.from([]), stdout: stream(), stderr: stream(), env: {}, cwd: folder };
  return { code: await runProgram(program(deps), argv, deps), out };
}

const project = (name: string, service: string) => {
  const root = join(folder, name);
  mkdirSync(join(root, "services"), { recursive: true });
  writeFileSync(join(root, "services", "wrong-case.yaml"), wholeService(service));
  return root;
};

describe("darsena check", () => {
  test("finds nothing in this project's services", async () => {
    const good = await darsena(["check", process.cwd(), "--json"]);
    expect([good.code, JSON.parse(good.out)]).toEqual([0, { findings: [] }]);
    const empty = await darsena(["check"]);
    expect(empty.code).toBe(2);
  });

  test("says what is wrong, what was expected and what was meant, and exits with 1", async () => {
    const root = project("error", "steps:\n  - { id: done, call: registry.findResidents, with: {} }\n");
    const { code, out } = await darsena(["check", root]);
    expect([code, out]).toEqual([
      1,
      [
        'services/wrong-case.yaml:2:23  error  unknown-operation  there is no operation "registry.findResidents"',
        "    expected: an operation of a contract, such as registry.findResident",
        '    did you mean "registry.findResident"?',
        "",
        "unknown-operation: docs/checks.md#unknown-operation",
        "",
      ].join("\n"),
    ]);
    expect(JSON.parse((await darsena(["check", root, "--json"])).out)).toMatchObject({
      findings: [{ level: "error", suggestion: expect.any(String) }],
    });
  });

  test("finds the reference's examples right", async () => {
    const { code, out } = await darsena(["check", join(process.cwd(), "catalogue", "examples"), "--strict"]);
    expect([code, out]).toEqual([0, "nothing found\n"]);
  });

  test("writes lines that the task for Visual Studio Code in docs/editor.md reads", async () => {
    const [settings = "", tasks = ""] = [...readFileSync("docs/editor.md", "utf8").matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json]) => json,
    );
    expect(Object.keys(JSON.parse(settings)["yaml.schemas"])).toEqual([".vscode/darsena.schema.json"]);
    const { pattern } = JSON.parse(tasks).tasks[0].problemMatcher;
    const { out } = await darsena(["check", project("task", "steps:\n  - { id: done, call: registry.findResidents, with: {} }\n")]);
    const found = new RegExp(pattern.regexp).exec(out.split("\n")[0] ?? "") ?? [];
    expect(["file", "line", "column", "severity", "code", "message"].map((part) => found[pattern[part]])).toEqual([
      "services/wrong-case.yaml",
      "2",
      "23",
      "error",
      "unknown-operation",
      'there is no operation "registry.findResidents"',
    ]);
  });

  test("exits with 1 on warnings only when it is strict", async () => {
    const root = project("warning", 'texts: { done: { en: "${case.id}", it: Fatto } }\nsteps:\n  - { id: done, set: { a: 1 } }\n');
    expect((await darsena(["check", root])).code).toBe(0);
    expect((await darsena(["check", root, "--strict"])).code).toBe(1);
  });

  test("writes SARIF, with the rules that it names", async () => {
    const root = project("sarif", "steps:\n  - { id: done, call: registry.findResidents, with: {} }\n");
    const { code, out } = await darsena(["check", root, "--sarif"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { rules: [{ id: "unknown-operation", defaultConfiguration: { level: "error" } }] } },
          results: [
            {
              ruleId: "unknown-operation",
              ruleIndex: 0,
              level: "error",
              locations: [
                {
                  physicalLocation: { artifactLocation: { uri: "services/wrong-case.yaml" }, region: { startLine: 2, startColumn: 23 } },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("the schema for editors is written to a file", async () => {
    const file = join(folder, "editor", "schema.json");
    expect((await darsena(["schema", "--out", file])).code).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse((await darsena(["schema", "--json"])).out));
  });
});

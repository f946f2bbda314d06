import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { numbersIn } from "./connector-new-command.ts";
import { type CommandDeps, program, runProgram } from "./program.ts";

const root = join(import.meta.dirname, "../..");
const wsdl = join(root, "docs/tutorial/parking-permits.wsdl");
const next = join(root, "docs/tutorial/parking-permits-next.wsdl");
const fixtures = join(root, "connectors/authoring/fixtures");
let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "darsena-connector-"));
  for (const path of ["services", "municipalities", "connectors", "worker/simulators.ts", "worker/up/simulated-systems.ts", "biome.json"])
    cpSync(join(root, path), join(project, path), { recursive: true });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const sink = () => {
  let text = "";
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void (text += String(chunk))) });
  return Object.assign(stream, { text: () => text });
};

async function darsena(...argv: string[]) {
  return darsenaWith(Readable.from([]), ...argv);
}

async function darsenaWith(stdin: Readable, ...argv: string[]) {
  const [stdout, stderr] = [sink(), sink()];
  const deps: CommandDeps = { stdin, stdout, stderr, env: {}, cwd: project };
  const code = await runProgram(program(deps), ["connector", ...argv], deps);
  return { code, out: stdout.text(), err: stderr.text() };
}
const read = (path: string) => readFileSync(join(project, path), "utf8");

describe("darsena connector new", () => {
  test("writes a connector and makes it known in every list, once", async () => {
    const first = await darsena("new", "sample-permits", "--wsdl", wsdl, "--all", "--yes");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("samplePermits.issuePermit  write");
    expect(read("connectors/contracts.ts")).toMatch(
      /import \{ samplePermits \} from "\.\/sample-permits\/contract\.ts";[^]*, samplePermits\];/,
    );
    expect(read("connectors/adapters.ts")).toMatch(/, samplePermitsSoap\];/);
    expect(read("connectors/adapter-names.ts")).toContain('samplePermits: ["soap"],');
    expect(read("worker/simulators.ts")).toContain("samplePermits: samplePermitsSoapSimulator,");
    expect(read("worker/up/simulated-systems.ts")).toContain(
      '  samplePermits: { contract: "samplePermits", adapter: "soap", settings: (endpoint) => ({ endpoint }) },',
    );
    expect(read("municipalities/milano.yaml")).toContain("  samplePermits: soap\n");
    const lists = [
      "connectors/contracts.ts",
      "connectors/adapters.ts",
      "connectors/adapter-names.ts",
      "worker/simulators.ts",
      "municipalities/milano.yaml",
    ].map(read);

    const again = await darsena("new", "sample-permits", "--wsdl", wsdl, "--all", "--yes");
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain("connectors/sample-permits/contract.ts exists");
    expect((await darsena("new", "sample-permits", "--wsdl", wsdl, "--all", "--force")).code).toBe(0);
    expect(
      [
        "connectors/contracts.ts",
        "connectors/adapters.ts",
        "connectors/adapter-names.ts",
        "worker/simulators.ts",
        "municipalities/milano.yaml",
      ].map(read),
    ).toEqual(lists);
  });

  test("a list that looks otherwise is left alone, and said", async () => {
    writeFileSync(join(project, "connectors/contracts.ts"), "export const contracts = makeContracts();\n");
    const { code, out } = await darsena("new", "sample-permits", "--wsdl", wsdl, "--all");
    expect(code).toBe(0);
    expect(out).toContain("by hand: connectors/contracts.ts:");
    expect(read("connectors/contracts.ts")).toBe("export const contracts = makeContracts();\n");
  });

  test("without a choice it lists the operations and ends with exit code 2", async () => {
    const { code, err } = await darsena("new", "sample-permits", "--wsdl", wsdl);
    expect(code).toBe(2);
    expect(err).toContain("1  findPermit  Find the permits of a vehicle");
    expect(existsSync(join(project, "connectors/sample-permits"))).toBe(false);
    expect((await darsena("new", "sample-permits", "--wsdl", wsdl, "--operations", "findPermits")).err).toContain(
      "there is no operation findPermits; there are findPermit, issuePermit",
    );
  });

  test("on a terminal it asks, and takes numbers", async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    terminal.write("2\n");
    const { code, out, err } = await darsenaWith(terminal, "new", "permits", "--wsdl", wsdl);
    expect(code).toBe(0);
    expect(err).toContain("Which ones (1,3-5, or all)?");
    expect(out).toContain("permits.issuePermit");
    expect(out).not.toContain("permits.findPermit");
  });

  test("only what was chosen is written, with the effect that was told and the credentials that were wanted", async () => {
    const { code, out } = await darsena(
      "new",
      "permits",
      "--wsdl",
      wsdl,
      "--operations",
      "issuePermit",
      "--read",
      "issuePermit",
      "--auth",
      "username-token",
      "--adapter",
      "acme",
      "--json",
    );
    expect(code).toBe(0);
    const report = JSON.parse(out) as { contract: string; operations: unknown; notes: unknown[]; files: string[] };
    expect(report.operations).toEqual([{ name: "issuePermit", wsdlName: "issuePermit", effect: "read" }]);
    expect(report.notes).toEqual([]);
    expect(read("connectors/permits/acme/adapter.ts")).toContain('security: { kind: "username-token", username, password }');
    expect(read("connectors/permits/contract.ts")).not.toContain("FindPermit");
  });

  test("outside the project it registers nothing, and its imports lead to the project's kit", async () => {
    mkdirSync(join(project, "elsewhere"));
    const { code, out } = await darsena("new", "permits", "--wsdl", wsdl, "--all", "--out", "elsewhere");
    expect(code).toBe(0);
    expect(out).toContain("by hand: connectors/adapters.ts:");
    expect(read("elsewhere/permits/contract.ts")).toContain('from "../../connectors/contract.ts"');
    expect(read("elsewhere/permits/soap/adapter.ts")).toContain('from "../../../connectors/adapter.ts"');
    expect(read("connectors/contracts.ts")).toBe(readFileSync(join(root, "connectors/contracts.ts"), "utf8"));
  });

  test("what is not supported is a note with a name, and exit code 0", async () => {
    const { code, out } = await darsena("new", "constructs", "--wsdl", join(fixtures, "constructs.wsdl"), "--all");
    expect(code).toBe(0);
    for (const note of [
      "mixed-content",
      "any-element",
      "any-attribute",
      "other-binding",
      "same-operation",
      "not-request-response",
      "header-input",
    ])
      expect(out).toContain(note);
    expect(read("connectors/constructs/soap/notes.md")).toContain("## any-element");
    expect(read("connectors/constructs/contract.ts")).not.toContain("z.any(");
  });

  test("takes a WSDL from an address, with what it imports from the same host and nothing else", async () => {
    const asked: string[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const file = join(fixtures, (request.url ?? "/").replace(/\?.*$/, ""));
      if (!existsSync(file)) return void response.writeHead(404).end();
      const text = readFileSync(file, "utf8").replace('schemaLocation="chameleon.xsd"', 'schemaLocation="chameleon.xsd?x=1&amp;y=2"');
      response.writeHead(200, { "content-type": "text/xml" }).end(text);
    });
    await new Promise<void>((started) => server.listen(0, "127.0.0.1", started));
    try {
      const { code } = await darsena(
        "new",
        "constructs",
        "--wsdl",
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/constructs.wsdl?wsdl`,
        "--all",
      );
      expect(code).toBe(0);
      expect(asked).toEqual(["/constructs.wsdl?wsdl", "/constructs.xsd", "/chameleon.xsd?x=1&y=2"]);
      expect(read("connectors/constructs/soap/wsdl/constructs.xsd")).toContain('schemaLocation="chameleon.xsd"');
    } finally {
      server.close();
    }
  });

  test.each([
    [["new", "Parking", "--wsdl", wsdl, "--all"], "is no name for a connector"],
    [["new", "permits", "--all"], "give either --wsdl or --openapi"],
    [["new", "permits", "--wsdl", "/nowhere.wsdl", "--all"], "there is no file"],
    [["new", "permits", "--wsdl", join(root, "package.json"), "--all"], "is not XML"],
    [["new", "permits", "--openapi", join(root, "package.json"), "--all"], "is no OpenAPI document"],
    [["new", "permits", "--wsdl", "http://127.0.0.1:1/x?wsdl", "--all"], "the contract"],
    [["new", "permits", "--wsdl", join(fixtures, "constructs.xsd"), "--all"], "there is no operation"],
    [["drift", "nothing", "--wsdl", wsdl], "there is no connector nothing"],
    [["drift", "tax", "--wsdl", wsdl], "keeps no WSDL"],
  ])("%j is wrong usage", async (argv, said) => {
    const { code, err } = await darsena(...argv);
    expect({ code, said: err.includes(said) ? said : err }).toEqual({ code: 2, said });
  });

  test("numbers and ranges choose", () => {
    expect(numbersIn("1, 3-5", 4)).toEqual([1, 3, 4]);
    expect(numbersIn("all", 3)).toEqual([1, 2, 3]);
    expect(numbersIn("x", 3)).toEqual([]);
  });
});

describe("darsena connector drift", () => {
  test("says what breaks, and ends with exit code 1 only then", async () => {
    await darsena("new", "sample-permits", "--wsdl", wsdl, "--all");
    expect(await darsena("drift", "sample-permits", "--wsdl", wsdl)).toMatchObject({ code: 0, out: "nothing changed\n" });
    const { code, out } = await darsena("drift", "sample-permits", "--wsdl", next);
    expect(code).toBe(1);
    expect(out).toContain("breaks  issuePermit: request.zone is new and required: requests without it are refused");
  });

  test("compares a connector written by hand too", async () => {
    const kept = join(root, "connectors/registry/anpr/anpr-3000.wsdl");
    const { code, out } = await darsena("drift", "registry", "--against", kept, "--wsdl", kept, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ changes: [], broken: [] });
    expect((await darsena("drift", "protocol", "--wsdl", wsdl)).err).toContain("give one with --against");
  });
});

/** Connectors that the generator writes for real contracts, in a scratch folder: compiled, tested, and their messages validated. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type ConnectorNames, connectorNames } from "../connectors/authoring/connector-names.ts";
import { type ContractFile, loadDocuments, pinned } from "../connectors/authoring/documents.ts";
import { openWsdl, soapConnector, writeFiles } from "../connectors/authoring/new-connector.ts";
import { type Note, Notes } from "../connectors/authoring/notes.ts";
import { openApiConnector, openOpenApi } from "../connectors/authoring/openapi-connector.ts";
import { isSchema, SCHEMA, WSDL } from "../connectors/authoring/xml-tree.ts";
import { root } from "./house/imports.ts";

/** Where the public contracts lie, beside the repository. */
export const contractsFolder = process.env["DARSENA_CONTRACTS"] ?? resolve(root, "../shared/contracts");
const fixtures = join(root, "connectors", "authoring", "fixtures");

/** A contract to generate from; `label` is what the page calls it. */
export interface Source {
  label: string;
  path: string;
}

const filesIn = (folder: string, pattern: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => pattern.test(file))
        .toSorted()
    : [];

/** WSDLs and OpenAPI documents of the public contracts. */
export const publicSources = (): Source[] =>
  filesIn(contractsFolder, /(\.wsdl|\.yaml|openapi[^/]*\.json)$/).map((file) => ({ label: file, path: join(contractsFolder, file) }));

/** The project's own fixtures. */
export const ownSources = (): Source[] =>
  filesIn(fixtures, /\.wsdl$/).map((file) => ({ label: `authoring/fixtures/${file}`, path: join(fixtures, file) }));

export interface Row {
  label: string;
  operations: number;
  compiled: boolean;
  tests: { passed: number; failed: number };
  /** Messages that xmllint validated; undefined where no schema describes a whole message (REST, rpc style). */
  valid: { right: number; wrong: string[] } | undefined;
  notes: Note[];
  anys: number;
}

/** Generates from all sources, compiles them in one go, runs their tests, and validates their messages. */
export async function generateAll(sources: readonly Source[]): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "darsena-generated-"));
  try {
    for (const name of ["connectors", "package.json", "tsconfig.json"]) cpSync(join(root, name), join(scratch, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
    const made = [];
    for (const [index, source] of sources.entries())
      made.push(await generate(source, connectorNames(`generated-${index + 1}`.replace(/-(\d)/, "-n$1"), "a"), scratch));
    const broken = compile(scratch);
    const tests = runTests(scratch);
    return made.map(({ names, ...row }) => ({
      ...row,
      compiled: !broken.some((line) => line.includes(`connectors/${names.folder}/`)),
      tests: tests.get(names.folder) ?? { passed: 0, failed: 1 },
    }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function generate({ label, path }: Source, names: ConnectorNames, scratch: string) {
  const isWsdl = path.endsWith(".wsdl");
  const generated = isWsdl ? soapConnector(await openWsdl(path), { names }) : openApiConnector(await openOpenApi(path), { names });
  const { inTheWay } = writeFiles(
    join(scratch, "connectors"),
    generated.files.filter((file) => !file.path.endsWith("conformance.test.ts")),
  );
  if (inTheWay.length > 0) throw new Error(`two sources have one name: ${label}`);
  const code = generated.files.filter((file) => file.path.endsWith(".ts")).map(({ text }) => text);
  return {
    names,
    label,
    operations: generated.operations.length,
    valid: isWsdl ? await validate(path, join(scratch, "connectors", names.folder, "a", "golden")) : undefined,
    notes: generated.notes,
    anys: code.join("\n").split("z.any(").length - 1,
  };
}

/** Lines of the compiler's complaints. */
function compile(scratch: string): string[] {
  const config = {
    extends: "./tsconfig.json",
    include: ["connectors/generated-*"],
    exclude: [],
    compilerOptions: { noEmit: true, incremental: false },
  };
  writeFileSync(join(scratch, "tsconfig.generated.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.generated.json"], { cwd: scratch, encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes("error TS"));
}

function runTests(scratch: string): Map<string, { passed: number; failed: number }> {
  const { transform, extensionsToTreatAsEsm, testMatch } = JSON.parse(readFileSync(join(root, "jest.config.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const config = { rootDir: join(scratch, "connectors"), testEnvironment: "node", transform, extensionsToTreatAsEsm, testMatch };
  writeFileSync(join(scratch, "jest.json"), JSON.stringify(config));
  const report = join(scratch, "report.json");
  const jest = join(root, "node_modules", "jest", "bin", "jest.js");
  const args = [
    jest,
    "--config",
    join(scratch, "jest.json"),
    "--maxWorkers=2",
    "--json",
    `--outputFile=${report}`,
    "connectors/generated-",
  ];
  spawnSync(process.execPath, args, { cwd: scratch, stdio: "ignore", env: { ...process.env, NODE_OPTIONS: "--experimental-vm-modules" } });
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    testResults: { name: string; assertionResults: { status: string }[] }[];
  };
  return new Map(
    testResults.map(({ name, assertionResults }) => {
      const passed = assertionResults.filter(({ status }) => status === "passed").length;
      const failed = assertionResults.length === 0 ? 1 : assertionResults.length - passed;
      return [/generated-n\d+/.exec(name)?.[0] ?? name, { passed, failed }];
    }),
  );
}

/** Validates the golden messages with xmllint; undefined for rpc style, whose root no schema describes. */
async function validate(wsdl: string, golden: string): Promise<Row["valid"]> {
  const files = await loadDocuments(wsdl, new Notes());
  if (files.some(({ text }) => /style=["']rpc["']/.test(text))) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "darsena-xsd-"));
  try {
    const driver = writeSchemas(files, folder);
    const messages = readdirSync(golden)
      .filter((file) => file.endsWith(".xml"))
      .flatMap((file) => {
        const body = /<soap:Body>([^]*)<\/soap:Body>/.exec(readFileSync(join(golden, file), "utf8"))?.[1];
        if (body === undefined) return [];
        writeFileSync(join(folder, file), body);
        return [join(folder, file)];
      });
    const { stderr } = spawnSync("xmllint", ["--noout", "--nonet", "--schema", driver, ...messages], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    const right = stderr.split("\n").filter((line) => line.endsWith(" validates")).length;
    const wrong = stderr.split("\n").filter((line) => line !== "" && !line.endsWith(" validates"));
    return { right, wrong: right === messages.length ? [] : wrong.map((line) => line.replaceAll(folder, "")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the contract's schemas as files, those within a WSDL too, and one that imports each namespace. */
function writeSchemas(files: readonly ContractFile[], folder: string): string {
  const flat = pinned(files, "service.wsdl");
  const places = new Map<string, string>();
  const add = (namespace: string | undefined, file: string) => {
    if (namespace !== undefined && !places.has(namespace)) places.set(namespace, file);
  };
  for (const [index, { tree }] of files.entries()) {
    const { name = "", text = "" } = flat[index] ?? {};
    writeFileSync(join(folder, name), text);
    if (isSchema(tree, "schema")) add(tree.attributes["targetNamespace"], name);
    if (tree.uri === WSDL)
      for (const [namespace, schema] of schemasWithin(text))
        add(namespace, writeInline(folder, `${basename(name)}-${places.size}.xsd`, schema));
  }
  // Schemas of one WSDL may import each other by namespace alone.
  for (const file of places.values()) {
    const text = readFileSync(join(folder, file), "utf8");
    const located = text.replaceAll(
      /<([\w:]*)import\s+namespace=(["'])([^"']*)\2\s*\/>/g,
      (whole, prefix: string, _quote, namespace: string) =>
        places.has(namespace) ? `<${prefix}import namespace="${namespace}" schemaLocation="${places.get(namespace)}"/>` : whole,
    );
    writeFileSync(join(folder, file), located);
  }
  const imports = [...places].map(([namespace, file]) => `<xs:import namespace="${namespace}" schemaLocation="${file}"/>`);
  writeFileSync(
    join(folder, "driver.xsd"),
    `<xs:schema xmlns:xs="${SCHEMA}" targetNamespace="urn:darsena:driver">${imports.join("")}</xs:schema>`,
  );
  return join(folder, "driver.xsd");
}

function writeInline(folder: string, name: string, schema: string): string {
  writeFileSync(join(folder, name), schema);
  return name;
}

/** The schemas in a WSDL's text, each with the prefixes that the WSDL declares for it. */
function schemasWithin(text: string): [string | undefined, string][] {
  const head = /<[\w:]*definitions[^>]*>/.exec(text)?.[0] ?? "";
  return [...text.matchAll(/<(\w+:)?schema\b[^]*?<\/\1schema>/g)].map(([schema]) => {
    const start = schema.slice(0, schema.indexOf(">"));
    const inherited = [...head.matchAll(/(xmlns(?::\w+)?)\s*=\s*("[^"]*"|'[^']*')/g)].filter(([, name]) => !start.includes(`${name}=`));
    const whole = schema.replace(/schema\b/, () => `schema ${inherited.map(([declaration]) => declaration).join(" ")}`);
    return [/targetNamespace\s*=\s*["']([^"']*)/.exec(start)?.[1], whole];
  });
}

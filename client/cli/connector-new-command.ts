/** `darsena connector new`: a connector from a WSDL or an OpenAPI document. */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { type ConnectorNames, connectorNames, isConnectorName } from "../../connectors/authoring/connector-names.ts";
import { isUrl } from "../../connectors/authoring/documents.ts";
import { format, type Generated, kitFrom, openWsdl, soapConnector, writeFiles } from "../../connectors/authoring/new-connector.ts";
import { NoOperations } from "../../connectors/authoring/no-operations.ts";
import { noteLine, type Note } from "../../connectors/authoring/notes.ts";
import { openApiConnector, openOpenApi } from "../../connectors/authoring/openapi-connector.ts";
import { register, type Registration } from "../../connectors/authoring/registration.ts";
import type { SoapAuth } from "../../connectors/authoring/soap-files.ts";
import { FileRefused } from "../../connectors/authoring/xml-tree.ts";
import { CallFailure } from "../../connectors/failure.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { plain } from "./paint.ts";
import { rootOf } from "./project.ts";
import { type CommandDeps, type SharedOptions, type Shell, shellFor } from "./shell.ts";

interface NewOptions extends SharedOptions {
  wsdl?: string;
  openapi?: string;
  operations?: string;
  read?: string;
  all?: boolean;
  yes?: boolean;
  port?: string;
  adapter?: string;
  auth: SoapAuth;
  out?: string;
  force?: boolean;
}

const EXAMPLES = [
  "darsena connector new parking-permits --wsdl permits.wsdl",
  "darsena connector new parking-permits --wsdl https://permits.example/service?wsdl --operations FindPermit,IssuePermit --yes",
  "darsena connector new debt-positions --openapi openapi.json --all --yes",
];

/** Adds the command to `darsena connector`. */
export function addConnectorNew(connector: Command, deps: CommandDeps): void {
  connector
    .command("new <name>")
    .description(
      "write a connector: contract, adapter, simulator, golden cases and test; it compiles and passes before you have written a line",
    )
    .option("--wsdl <file|url>", "the WSDL; what it imports is read too, and all of it is kept with the connector")
    .option("--openapi <file|url>", "an OpenAPI 3 or Swagger 2 document in place of a WSDL")
    .option("--operations <names>", "the operations, by commas; otherwise you are asked")
    .option("--all", "all operations")
    .option("--read <names>", "operations that change nothing, by commas; without it their names are judged")
    .option("--port <name>", "the WSDL's port, where it has several")
    .option("--adapter <name>", "name of the adapter (soap or rest unless told)")
    .option("--auth <kind>", "none, basic or username-token (WS-Security)", authOf, "none")
    .option("--out <folder>", "write there and not into the project, and register nothing")
    .option("--force", "write over files that exist")
    .option("--yes", "ask nothing")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText("after", `\nSee docs/tutorial-connector.md.\nExamples:\n${EXAMPLES.map((line) => `  ${line}`).join("\n")}`)
    .action(async (name: string, options: NewOptions) => {
      const shell = shellFor(deps, options);
      const { generated, names } = await generate(name, options, shell);
      const place = placeOf(options, deps.cwd);
      const { written, inTheWay } = writeFiles(place.folder, generated.files, options.force);
      if (inTheWay.length > 0)
        throw new UsageError(`${relative(deps.cwd, inTheWay[0] ?? "")} exists; give another name, or --force to write over it`);
      const registration =
        options.out === undefined ? register(place.root, names, options.auth) : { changed: [], byHand: handLines(names) };
      format(place.root, [...written, ...registration.changed.map((file) => join(place.root, file))]);
      const report = {
        contract: names.contract,
        operations: generated.operations,
        files: written.map((path) => relative(deps.cwd, path)),
        ...registration,
        notes: generated.notes,
      };
      shell.show(report, () => page(report, shell, names, options.out !== undefined));
    });
}

function authOf(value: string): SoapAuth {
  if (value === "none" || value === "basic" || value === "username-token") return value;
  throw new UsageError("--auth is none, basic or username-token");
}

async function generate(name: string, options: NewOptions, shell: Shell): Promise<{ generated: Generated; names: ConnectorNames }> {
  const { wsdl, openapi, auth } = options;
  if (!isConnectorName(name)) throw new UsageError(`"${name}" is no name for a connector; it is like parking-permits`);
  if ((wsdl === undefined) === (openapi === undefined)) throw new UsageError("give either --wsdl or --openapi");
  const names = connectorNames(name, options.adapter ?? (wsdl === undefined ? "rest" : "soap"));
  if (!isConnectorName(names.adapter)) throw new UsageError(`"${names.adapter}" is no name for an adapter; it is like soap`);
  const given = wsdl ?? openapi ?? "";
  const address = isUrl(given) ? given : resolve(shell.cwd, given);
  const place = placeOf(options, shell.cwd);
  const kit = options.out === undefined ? {} : { kit: kitFrom(place.folder, names, join(place.root, "connectors")) };
  const reads = options.read === undefined ? undefined : list(options.read);
  try {
    const opened = wsdl === undefined ? await openOpenApi(address) : await openWsdl(address, options.port);
    const operations = await chosen(opened.operations, options, shell);
    const wish = {
      names,
      auth,
      ...kit,
      ...(operations ? { operations } : {}),
      ...(reads ? { reads } : {}),
      ...(options.port ? { port: options.port } : {}),
    };
    return { names, generated: "document" in opened ? openApiConnector(opened, wish) : soapConnector(opened, wish) };
  } catch (error) {
    if (error instanceof FileRefused || error instanceof NoOperations || error instanceof CallFailure) throw new UsageError(error.message);
    throw error;
  }
}

const list = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

/** The operations by name, or undefined for all. */
async function chosen(
  offered: readonly { name: string; documentation: string }[],
  options: NewOptions,
  shell: Shell,
): Promise<string[] | undefined> {
  if (options.all) return undefined;
  const known = new Set(offered.map(({ name }) => name));
  if (options.operations !== undefined) {
    const wanted = list(options.operations);
    const unknown = wanted.filter((one) => !known.has(one));
    if (unknown.length > 0) throw new UsageError(`there is no operation ${unknown.join(", ")}; there are ${[...known].join(", ")}`);
    return wanted;
  }
  const lines = offered.map(
    ({ name, documentation }, index) =>
      `${String(index + 1).padStart(3)}  ${plain(name)}${documentation ? `  ${plain(documentation)}` : ""}`,
  );
  if (options.yes || !(shell.stdin as { isTTY?: boolean }).isTTY)
    throw new UsageError(`choose with --operations or --all; there are:\n${lines.join("\n")}`);
  shell.stderr.write(`${lines.join("\n")}\n`);
  const asking = createInterface({ input: shell.stdin, output: shell.stderr });
  try {
    const answer = await asking.question("Which ones (1,3-5, or all)? ");
    const numbers = numbersIn(answer, offered.length);
    if (numbers.length === 0) throw new AnswerIsNo("nothing chosen");
    return numbers.flatMap((number) => offered[number - 1]?.name ?? []);
  } finally {
    asking.close();
  }
}

/** `1,3-5` or `all`, as numbers up to `count`. */
export function numbersIn(answer: string, count: number): number[] {
  if (/^\s*(all|tutte)\s*$/i.test(answer)) return Array.from({ length: count }, (_, index) => index + 1);
  const numbers = answer.split(",").flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) return [];
    const last = Math.min(Number(to ?? from), count);
    return Array.from({ length: Math.max(0, last - Number(from) + 1) }, (_, index) => Number(from) + index);
  });
  return [...new Set(numbers)].filter((number) => number >= 1 && number <= count);
}

function placeOf(options: NewOptions, cwd: string): { root: string; folder: string } {
  const root = options.out === undefined ? rootOf(cwd) : projectAbove(cwd);
  if (!existsSync(join(root, "connectors", "contracts.ts"))) throw new UsageError("this is no folder of Darsena's sources; stand in one");
  return { root, folder: options.out === undefined ? join(root, "connectors") : resolve(cwd, options.out) };
}

/** The project that we stand in, else the one that this command belongs to. */
function projectAbove(cwd: string): string {
  try {
    return rootOf(cwd);
  } catch (error) {
    const own = resolve(import.meta.dirname, "../../..");
    if (existsSync(join(own, "connectors", "contracts.ts"))) return own;
    throw error;
  }
}

const handLines = ({ contract, folder, adapter, adapterVariable }: ConnectorNames): string[] => [
  `connectors/contracts.ts: import { ${contract} } from ".../${folder}/contract.ts" and list it`,
  `connectors/adapters.ts: import { ${adapterVariable} } from ".../${folder}/${adapter}/adapter.ts" and list it`,
];

interface Report extends Registration {
  contract: string;
  operations: Generated["operations"];
  files: string[];
  notes: Note[];
}

function page(report: Report, { paint }: Shell, names: ConnectorNames, outside: boolean): string {
  const { contract, operations, files, changed, byHand, notes } = report;
  const folder = files[0]?.replace(/\/contract\.ts$/, "") ?? "";
  return [
    `${folder}: ${files.length} files`,
    ...operations.map(
      ({ name, wsdlName, effect }) => `  ${contract}.${name}  ${effect}${name === wsdlName ? "" : `  (${plain(wsdlName)})`}`,
    ),
    ...(changed.length > 0 ? [`registered in ${changed.join(", ")}`] : []),
    ...byHand.map((line) => paint.warn(`by hand: ${line}`)),
    ...(notes.length > 0
      ? ["", `notes (explained in ${folder}/${names.adapter}/notes.md):`, ...notes.map((one) => `  ${plain(noteLine(one))}`)]
      : []),
    ...(outside
      ? []
      : ["", "Next:", `  npm run build && npm run docs`, `  npx tsc --noEmit && node scripts/jest.mjs connectors/${names.folder}`]),
  ].join("\n");
}

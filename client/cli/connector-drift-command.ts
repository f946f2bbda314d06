/** `darsena connector drift`: what changed between the WSDL that a connector was written for and another one. */
import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { readCatalogue } from "../../catalogue/check.ts";
import { isUrl, loadDocuments } from "../../connectors/authoring/documents.ts";
import { type Change, compareServices } from "../../connectors/authoring/drift.ts";
import { Notes } from "../../connectors/authoring/notes.ts";
import { soapModel } from "../../connectors/authoring/soap-model.ts";
import { FileRefused } from "../../connectors/authoring/xml-tree.ts";
import { connectorNames } from "../../connectors/authoring/connector-names.ts";
import { nameOf, operationsOf } from "../../connectors/contract.ts";
import { contracts } from "../../connectors/contracts.ts";
import { CallFailure } from "../../connectors/failure.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { type Paint, plain } from "./paint.ts";
import { rootOf } from "./project.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "./shell.ts";

interface DriftOptions extends SharedOptions {
  wsdl: string;
  against?: string;
  port?: string;
}

const EXAMPLES = [
  "darsena connector drift parking-permits --wsdl new-permits.wsdl",
  "darsena connector drift parking-permits --wsdl https://permits.example/service?wsdl --json",
  "darsena connector drift registry --against connectors/registry/anpr/anpr-3000.wsdl --wsdl 3000serviziConsultazione.wsdl",
];

/** Adds the command to `darsena connector`. */
export function addConnectorDrift(connector: Command, deps: CommandDeps): void {
  connector
    .command("drift <name>")
    .description(
      "compare the WSDL kept with a connector with another one: what changed, and which operations and services it breaks; exit code 1 when it breaks any",
    )
    .requiredOption("--wsdl <file|url>", "the WSDL as it is now")
    .option("--against <file>", "the WSDL kept with the connector, where there are several")
    .option("--port <name>", "the WSDL's port, where it has several")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText("after", `\nExamples:\n${EXAMPLES.map((line) => `  ${line}`).join("\n")}`)
    .action(async (name: string, options: DriftOptions) => {
      const shell = shellFor(deps, options);
      const root = rootOf(deps.cwd);
      const kept = options.against === undefined ? keptWsdl(root, name) : resolve(deps.cwd, options.against);
      const given = isUrl(options.wsdl) ? options.wsdl : resolve(deps.cwd, options.wsdl);
      const report = await compare(root, name, { kept, given, ...(options.port ? { port: options.port } : {}) });
      shell.show({ kept: relative(deps.cwd, kept), ...report }, () => page(report, shell.paint));
      if (report.changes.some(({ breaks }) => breaks)) throw new AnswerIsNo("drift");
    });
}

/** The WSDL that lies with the connector: `connectors/<name>/...`. */
function keptWsdl(root: string, name: string): string {
  const folder = join(root, "connectors", name);
  if (!existsSync(folder)) throw new UsageError(`there is no connector ${name}`);
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".wsdl"));
  const generated = found.find((file) => file.endsWith(join("wsdl", "service.wsdl")));
  const kept = generated ?? (found.length === 1 ? found[0] : undefined);
  if (kept !== undefined) return join(folder, kept);
  if (found.length === 0) throw new UsageError(`the connector ${name} keeps no WSDL`);
  throw new UsageError(
    `the connector ${name} keeps several; give one with --against: ${found.map((file) => join("connectors", name, file)).join(", ")}`,
  );
}

interface Broken {
  operation: string;
  services: string[];
}

interface DriftReport {
  changes: Change[];
  /** Operations of the contract that no longer work, with the services that call them. */
  broken: Broken[];
}

async function compare(
  root: string,
  name: string,
  { kept, given, port }: { kept: string; given: string; port?: string },
): Promise<DriftReport> {
  try {
    const choice = port === undefined ? {} : { port };
    const [before, after] = await Promise.all(
      [kept, given].map(async (address) => {
        const notes = new Notes();
        return soapModel(await loadDocuments(address, notes), choice, notes);
      }),
    );
    if (!before || !after) throw new UsageError("a WSDL is missing");
    const contract = contracts.find((one) => nameOf(one) === connectorNames(name, "x").contract);
    const offered = new Set(contract ? operationsOf(contract).map((one) => one.name) : []);
    // A connector written by hand has names of its own: all operations of its WSDL count.
    const named = before.operations.filter((one) => offered.has(one.name));
    const used = named.length > 0 ? new Set(named.map(({ wsdlName }) => wsdlName)) : undefined;
    const changes = compareServices(before, after, used);
    const operations = [...new Set(changes.filter(({ breaks }) => breaks).map(({ operation }) => operation))];
    const ids = operations.map((wsdlName) => {
      const own = before.operations.find((one) => one.wsdlName === wsdlName);
      return contract && own && offered.has(own.name) ? `${nameOf(contract)}.${own.name}` : contract ? nameOf(contract) : wsdlName;
    });
    return { changes, broken: [...new Set(ids)].map((operation) => ({ operation, services: servicesWith(root, operation) })) };
  } catch (error) {
    if (error instanceof FileRefused || error instanceof CallFailure) throw new UsageError(error.message);
    throw error;
  }
}

/** Services that call an operation (or any of a contract), by their ids. */
function servicesWith(root: string, operation: string): string[] {
  const call = operation.includes(".") ? `"${operation}"` : `"${operation}.`;
  const { services } = readCatalogue(root);
  return services.filter((one) => JSON.stringify(one).includes(call)).map(({ service }) => service);
}

function page({ changes, broken }: DriftReport, paint: Paint): string {
  if (changes.length === 0) return "nothing changed";
  const lines = changes.map(
    ({ operation, breaks, text }) => `${breaks ? paint.bad("breaks") : "fine  "}  ${plain(operation)}: ${plain(text)}`,
  );
  const told = broken.map(
    ({ operation, services }) =>
      `${operation} is broken; ${services.length > 0 ? `services that call it: ${services.join(", ")}` : "no service calls it"}`,
  );
  return [...lines, "", ...(told.length > 0 ? told : ["nothing breaks"])].join("\n");
}

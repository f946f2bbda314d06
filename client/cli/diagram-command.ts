/** `darsena diagram`: a service as a picture, and where one case stands in it. */
import { resolve } from "node:path";
import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import type { Service } from "../../catalogue/definition.ts";
import { drawingOf } from "../../catalogue/diagram/drawing.ts";
import { mermaid } from "../../catalogue/diagram/mermaid.ts";
import { progressOf } from "../../catalogue/diagram/progress.ts";
import { svg } from "../../catalogue/diagram/svg.ts";
import type { Language } from "../../catalogue/diagram/words.ts";
import { DarsenaError } from "../errors.ts";
import { UsageError } from "./exit-codes.ts";
import { projectServices } from "./project.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";
import { wholeVersion } from "./version-commands.ts";

interface Options extends SharedOptions {
  svg?: boolean;
  case?: string;
  version?: string;
  language: Language;
  output?: string;
}

/** Adds the command. */
export function addDiagram(parent: Command, deps: CommandDeps): void {
  const command = parent
    .command("diagram [service]")
    .description(
      "draw a service of this project as a Mermaid flowchart or an SVG; with --case, the definition that the case has pinned, with its progress",
    )
    .option("--svg", "an SVG in place of Mermaid's text")
    .option("--case <id>", "draw this case's progress into it (asks the gateway)")
    .option("--version <version>", "a published version in place of this project's file (asks the gateway)")
    .option("--language <language>", "en or it", language, "en")
    .option("--output <file>", "write to this file in place of stdout");
  equip(
    command,
    "darsena diagram disabled-parking-pass --svg --output pass.svg",
    "darsena diagram --case disabled-parking-pass-20261122-0123456789 --svg --language it",
  );
  command.action((service: string | undefined, options: Options) => draw(deps, service, options));
}

function language(text: string): Language {
  if (text !== "en" && text !== "it") throw new InvalidArgumentError("It is en or it.");
  return text;
}

async function draw(deps: CommandDeps, wanted: string | undefined, options: Options): Promise<void> {
  const shell = shellFor(deps, options);
  const { case: caseId } = options;
  if (caseId !== undefined && options.version !== undefined)
    throw new UsageError("--case draws the version that the case has pinned: leave --version");
  const status = caseId === undefined ? undefined : await shell.client.status(caseId, { view: "operator" });
  const id = wanted ?? status?.service;
  if (id === undefined) throw new UsageError("name a service, or a case with --case");
  if (status && status.service !== id) throw new UsageError(`${caseId} is a case of ${status.service}, not of ${id}`);
  const service = await definitionOf(deps, shell, id, options.version, status?.version);
  const drawing = drawingOf(service, options.language);
  const progress = status && progressOf(status);
  const text = options.svg ? svg(drawing, progress, caseId) : mermaid(drawing, progress);
  if (options.output !== undefined) writeFileSync(resolve(deps.cwd, options.output), text);
  else if (!shell.json) deps.stdout.write(text);
  if (shell.json || options.output !== undefined) {
    const format = options.svg ? "svg" : "mermaid";
    const { output } = options;
    shell.show({ service: id, format, ...(output === undefined ? { text } : { output }) }, () => `${output ?? ""} written`);
  }
}

/** The case's own definition, the version asked for, or this project's file. */
async function definitionOf(
  deps: CommandDeps,
  shell: Shell,
  id: string,
  version: string | undefined,
  pinned: string | undefined,
): Promise<Service> {
  const { definitions } = shell.client;
  if (version !== undefined) return (await definitions.definition(id, await wholeVersion(shell, id, version))).service;
  if (pinned !== undefined && pinned !== "") return (await definitions.definition(id, pinned)).service;
  const found = projectServices(deps.cwd, (text) => void deps.stderr.write(text)).services.find(({ service }) => service === id);
  if (!found) throw new DarsenaError("UNKNOWN_SERVICE", { detail: `There is no ${id} in this project's services.` });
  return found;
}

/** `darsena publish`, `darsena versions`, `darsena rollback`, `darsena alias`: which version of a service new cases take, and names for versions. */
import type { Command } from "commander";
import { versionOf } from "../../catalogue/catalogue.ts";
import { difference, sentence } from "../../catalogue/difference.ts";
import type { CurrentVersion, ServiceVersions, SetAlias } from "../definitions-client.ts";
import { DarsenaError } from "../errors.ts";
import { UsageError } from "./exit-codes.ts";
import { type Paint, plain, table, when } from "./paint.ts";
import { projectServices } from "./project.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";

interface Signed extends SharedOptions {
  as: string;
  reason: string;
}

interface PublishOptions extends Signed {
  municipality: string;
}

/** How much of a version is shown; a prefix of at least four digits names it. */
export const SHORT = 12;
const PREFIX = /^[0-9a-f]{4,64}$/;
const ALIAS = /^(?![0-9a-f]+$)[a-z][a-z0-9-]{0,39}$/;

/** Adds the four commands. */
export function addVersions(parent: Command, deps: CommandDeps): void {
  const publish = parent
    .command("publish [service...]")
    .description("check the services of this project, then let new cases take them (all unless told); open cases stay as they are")
    .requiredOption("--as <name>", "who publishes; recorded as unverified")
    .requiredOption("--reason <text>", "why; recorded")
    .option("--municipality <name>", "whose overlay goes with them (DARSENA_MUNICIPALITY)", deps.env["DARSENA_MUNICIPALITY"] || "milano");
  equip(publish, "darsena publish disabled-parking-pass --as 'A. Bianchi' --reason 'the fee rises on 1 January'");
  publish.action((services: string[], options: PublishOptions) => publishServices(deps, services, options));

  const versions = parent
    .command("versions <service>")
    .description("list the versions of a service: which one new cases take, who published each, how many open cases stand on it");
  equip(versions, "darsena versions disabled-parking-pass");
  versions.action(async (service: string, options: SharedOptions) => {
    const shell = shellFor(deps, options);
    const found = await shell.client.definitions.versions(service);
    shell.show(found, () => versionsPage(found, shell.paint));
  });

  const rollback = parent
    .command("rollback <service>")
    .description("let new cases take a version that was published before; open cases stay as they are")
    .requiredOption("--to <version>", "the version, its first digits, or an alias")
    .requiredOption("--as <name>", "who does it; recorded as unverified")
    .requiredOption("--reason <text>", "why; recorded");
  equip(rollback, "darsena rollback disabled-parking-pass --to 3f9a12c0 --as 'A. Bianchi' --reason 'the new fee is wrong'");
  rollback.action(async (service: string, { to, as, reason, ...shared }: Signed & { to: string }) => {
    const shell = shellFor(deps, shared);
    const version = await wholeVersion(shell, service, to);
    const answer = await shell.client.definitions.setCurrent(service, { version, by: as, reason });
    shell.show(answer, () => changeLine(answer));
  });

  const alias = parent
    .command("alias <service> <name>")
    .description("give a version a name of your own, to be used wherever a version is named; what new cases take stays as it is")
    .requiredOption("--to <version>", "the version, its first digits, or another alias")
    .requiredOption("--as <name>", "who does it; recorded as unverified")
    .requiredOption("--reason <text>", "why; recorded");
  equip(alias, "darsena alias disabled-parking-pass approved --to 3f9a12c0 --as 'A. Bianchi' --reason 'approved by the council'");
  alias.action(async (service: string, name: string, { to, as, reason, ...shared }: Signed & { to: string }) => {
    const shell = shellFor(deps, shared);
    const version = await wholeVersion(shell, service, to);
    const answer = await shell.client.definitions.setAlias(service, { alias: name, version, by: as, reason });
    shell.show(answer, () => aliasLine(answer));
  });
}

async function publishServices(
  deps: CommandDeps,
  wanted: string[],
  { as, reason, municipality, ...shared }: PublishOptions,
): Promise<void> {
  const shell = shellFor(deps, shared);
  const project = projectServices(deps.cwd, (text) => void deps.stderr.write(text));
  const ids = wanted.length > 0 ? wanted : project.services.map(({ service }) => service);
  const definitions = ids.map((id) => project.pinned(id, municipality));
  const published: (CurrentVersion & { changes: string[] })[] = [];
  for (const { service, overlay } of definitions) {
    const before = await currentDefinition(shell, service.service);
    const answer = await shell.client.definitions.publish(service.service, { definition: { service, overlay }, by: as, reason });
    const changes = before && answer.changed ? difference(before, { service, overlay }).map(sentence) : [];
    published.push({ ...answer, changes });
    if (!shell.json) deps.stdout.write(`${[changeLine(answer), ...changes.map((one) => `  ${plain(one)}`)].join("\n")}\n`);
  }
  if (shell.json) shell.show({ items: published }, () => "");
}

/** What new cases take now; undefined for a service that is new. */
async function currentDefinition({ client }: Shell, service: string) {
  try {
    const { current } = await client.definitions.versions(service);
    return current === undefined ? undefined : await client.definitions.definition(service, current);
  } catch (error) {
    if (error instanceof DarsenaError && error.code === "UNKNOWN_SERVICE") return undefined;
    throw error;
  }
}

function aliasLine({ service, alias, version, before, changed }: SetAlias): string {
  const now = `${service}: ${alias} is ${version.slice(0, SHORT)}`;
  if (!changed) return `${now} already`;
  return before === undefined ? now : `${now}; before ${before.slice(0, SHORT)}`;
}

function changeLine({ service, version, before, changed }: CurrentVersion): string {
  const now = version.slice(0, SHORT);
  if (!changed) return `${service}: new cases take ${now} already`;
  return `${service}: new cases take ${now}${before === undefined ? "" : `; before ${before.slice(0, SHORT)}`}`;
}

function versionsPage({ service, current, compiled, items }: ServiceVersions, paint: Paint): string {
  const rows = items.map(({ version, publishedAt, publishedBy, reason, openCases, keptAt, aliases }) => [
    `${version === current ? "→" : " "} ${version.slice(0, SHORT)}`,
    openCases === 1 ? "1 open case" : `${openCases} open cases`,
    publishedAt ? `published ${when(publishedAt)}` : version === compiled ? "of this build" : keptAt ? `kept ${when(keptAt)}` : "",
    [publishedBy && plain(publishedBy), reason && plain(reason)].filter(Boolean).join(": "),
    aliases
      .filter(({ alias }) => alias !== "current")
      .map(({ alias }) => alias)
      .join(", "),
  ]);
  const pointed = items
    .flatMap(({ aliases, version }) => aliases.map((one) => ({ ...one, version })))
    .find(({ alias }) => alias === "current");
  const since = pointed
    ? `new cases take ${pointed.version.slice(0, SHORT)} since ${when(pointed.setAt)}, set by ${plain(pointed.setBy)}${pointed.reason ? `: ${plain(pointed.reason)}` : ""}`
    : "nothing is published: new cases take the version of the build";
  const differs =
    compiled !== undefined && current !== undefined && compiled !== current
      ? [`the gateway's build holds ${compiled.slice(0, SHORT)}`]
      : [];
  return [paint.strong(service), ...table(rows), "", since, ...differs].join("\n");
}

/** The one version that begins with these digits, or that this alias points to. */
export async function wholeVersion({ client }: Pick<Shell, "client">, service: string, prefix: string): Promise<string> {
  if (!PREFIX.test(prefix) && !ALIAS.test(prefix))
    throw new UsageError(`"${prefix}" is neither a version (at least four of its hexadecimal digits) nor an alias`);
  const { items } = await client.definitions.versions(service);
  const found = items.filter(({ version, aliases }) =>
    PREFIX.test(prefix) ? version.startsWith(prefix) : aliases.some(({ alias }) => alias === prefix),
  );
  if (found.length > 1) throw new UsageError(`${found.length} versions begin with ${prefix}; give more digits`);
  const [only] = found;
  if (!only)
    throw new DarsenaError("VERSION_NOT_FOUND", {
      detail: `No version of ${service} ${PREFIX.test(prefix) ? "begins with" : "is called"} ${prefix}: see darsena versions ${service}.`,
    });
  return only.version;
}

/** The version of a definition that stands in this project's files. */
export const versionOfProject = (deps: CommandDeps, service: string, municipality: string) => {
  const pinned = projectServices(deps.cwd, (text) => void deps.stderr.write(text)).pinned(service, municipality);
  return { service: pinned.service, overlay: pinned.overlay, version: versionOf(pinned) };
};

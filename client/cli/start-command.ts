/** `darsena start`: uploads the files, then starts the case. */
import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { JsonObject } from "../../connectors/json.ts";
import { DarsenaError } from "../errors.ts";
import { attachAll, collect, objectFrom, setField } from "./given.ts";
import { type CommandDeps, equip, type SharedOptions, shellFor } from "./shell.ts";

interface Options extends SharedOptions {
  request?: string;
  field?: string[];
  attach?: string[];
  channel: string;
  key?: string;
  presentedAt?: string;
}

/** Adds the command. */
export function addStart(parent: Command, deps: CommandDeps): void {
  const command = parent
    .command("start <service>")
    .description("start a case")
    .option("--request <file>", "the request as JSON; - reads it from stdin")
    .option("--field <field=text>", "a field of the request; field:=json for numbers, lists and objects; may be repeated", collect)
    .option("--attach <field=file>", "uploads the file and puts its reference into the field; may be repeated", collect)
    .option("--channel <name>", "where the request came from", "counter")
    .option("--key <key>", "idempotency key: the same key and request always mean the same case (a new one unless told)")
    .option("--presented-at <instant>", "when it was presented, if that was before now");
  equip(
    command,
    "darsena start disabled-parking-pass --request request.json --attach medicalCertificate=certificate.pdf",
    "darsena start residence-certificate --field applicant.taxCode=CODE --field applicant.givenName=NAME ... --json",
  );
  command.action((service: string, options: Options) => start(deps, service, options));
}

async function start(deps: CommandDeps, service: string, options: Options): Promise<void> {
  const shell = shellFor(deps, options);
  const request: JsonObject = options.request === undefined ? {} : await objectFrom(options.request, deps.stdin, deps.cwd);
  for (const assignment of options.field ?? []) setField(request, assignment);
  await attachAll(shell.client, options.attach ?? [], request, deps.cwd);
  const idempotencyKey = options.key ?? randomUUID();
  try {
    const { channel, presentedAt } = options;
    const started = await shell.client.startCase({
      service,
      request,
      channel,
      idempotencyKey,
      ...(presentedAt === undefined ? {} : { presentedAt }),
    });
    shell.show(started, () =>
      [
        `${started.created ? "Started" : "Was started before:"} ${shell.paint.strong(started.case)}`,
        `  darsena case show ${started.case} --watch`,
      ].join("\n"),
    );
  } catch (error) {
    if (!(error instanceof DarsenaError) || error.status !== 503) throw error;
    // The files are stored again, with other ids, unless the request is repeated as it was sent.
    const again = options.attach === undefined ? `Repeat it with --key ${idempotencyKey}: it is started once at most.` : undefined;
    throw new DarsenaError(error.code, { detail: [error.detail, again].filter(Boolean).join(" ") || undefined, cause: error });
  }
}

/** `darsena services`. */
import type { Command } from "commander";
import type { JsonObject } from "../../connectors/json.ts";
import type { ServiceDescription } from "../cases-client.ts";
import { table } from "./paint.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";

const BY_REQUEST = "(by request)";

/** Adds the command. */
export function addServices(parent: Command, deps: CommandDeps): void {
  const command = parent.command("services [id]").description("list the services, or show one with what a request to it must hold");
  equip(command, "darsena services", "darsena services disabled-parking-pass --json | jq .requestSchema");
  command.action(async (id: string | undefined, options: SharedOptions) => {
    const shell = shellFor(deps, options);
    if (id !== undefined) {
      const service = await shell.client.service(id);
      return shell.show(service, () => page(service, shell));
    }
    const items = await shell.client.services();
    shell.show({ items }, () =>
      table(items.map(({ service, title, area, office = BY_REQUEST, term = "" }) => [service, title.en, area, office, term])).join("\n"),
    );
  });
}

function page(service: ServiceDescription, { paint }: Shell): string {
  const { title, area, office = BY_REQUEST, legal, requestSchema } = service;
  const law = ["basis", "term"].map((name) => legal?.[name]).filter((one) => typeof one === "string");
  return [
    `${paint.strong(title.en)}  ${paint.faint(service.service)}`,
    `${title.it}`,
    "",
    ...table([
      ["  area", area],
      ["  office", office],
      ["  law", law.join(", term ")],
    ]),
    "",
    paint.strong("Request"),
    ...table(fields(requestSchema, "", true)),
  ].join("\n");
}

/** The schema's fields as rows: path, type, whether it may be absent. */
function fields(schema: JsonObject, path: string, required: boolean): string[][] {
  const properties = schema["properties"] as Record<string, JsonObject> | undefined;
  const own = path === "" ? [] : [[`  ${path}`, typeOf(schema), required ? "" : "optional"]];
  const needed = (schema["required"] as string[] | undefined) ?? [];
  const inner = Object.entries(properties ?? {}).flatMap(([name, one]) =>
    fields(one, path === "" ? name : `${path}.${name}`, needed.includes(name)),
  );
  return [...own, ...inner];
}

function typeOf(schema: JsonObject): string {
  if (Array.isArray(schema["enum"])) return schema["enum"].join(" | ");
  return [schema["type"] ?? (schema["anyOf"] ? "one of several" : "any"), schema["format"]]
    .filter((one) => typeof one === "string")
    .join(", ");
}

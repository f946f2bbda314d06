/** `darsena connector`: for those who write connectors. */
import type { Command } from "commander";
import { addConnectorDrift } from "./connector-drift-command.ts";
import { addConnectorNew } from "./connector-new-command.ts";
import type { CommandDeps } from "./shell.ts";

/** Adds the commands that need no adapter; `try` and `check` come from the worker, which alone knows adapters. */
export function addConnectors(parent: Command, deps: CommandDeps): Command {
  const connector = parent.command("connector").description("write, try and watch connectors to legacy systems");
  connector.addHelpText(
    "after",
    "\nExamples:\n  darsena connector new parking-permits --wsdl permits.wsdl\n  darsena connector drift parking-permits --wsdl new-permits.wsdl",
  );
  addConnectorNew(connector, deps);
  addConnectorDrift(connector, deps);
  return connector;
}

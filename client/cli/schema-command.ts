/** `darsena schema`: the language as JSON Schema, for editors. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { editorSchema } from "../../catalogue/editor-schema.ts";
import type { CommandDeps } from "./shell.ts";

/** Adds the command. */
export function addSchema(parent: Command, deps: CommandDeps): void {
  parent
    .command("schema")
    .description(
      "write the JSON Schema of services, fragments and overlays, with the operations that exist; for editors, see docs/editor.md",
    )
    .option("--out <file>", "write it to this file instead of stdout")
    .option("--json", "on one line")
    .addHelpText("after", "\nExamples:\n  darsena schema --out .vscode/darsena.schema.json\n  darsena schema --json | jq '.title'")
    .action(({ out, json }: { out?: string; json?: boolean }) => {
      const text = `${JSON.stringify(editorSchema(), undefined, json ? 0 : 2)}\n`;
      if (out === undefined) return void deps.stdout.write(text);
      const file = resolve(deps.cwd, out);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    });
}

/** What every command shares: its streams, its client, how it prints, and the options that all commands have. */
import type { Readable, Writable } from "node:stream";
import type { Command } from "commander";
import type { Way } from "../../cases/life.ts";
import type { Strand } from "../../cases/strand.ts";
import type { CasesClient } from "../cases-client.ts";
import { httpClient } from "../http-client.ts";
import { type Paint, paintFor } from "./paint.ts";
import type { Simulator } from "./simulate-report.ts";

/** What the composition root gives. */
export interface CommandDeps {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
  /** Where relative paths start. */
  cwd: string;
  /** Has this called at Ctrl-C, once, in place of ending the process; for commands that can stop cleanly. */
  onInterrupt?(stop: () => void): void;
  /** How services written by hand run in `darsena try`. */
  written?: (strand: Strand) => Way | undefined;
  /** What `darsena simulate` runs. */
  simulator?(): Promise<Simulator>;
}

/** The options that every command has. */
export interface SharedOptions {
  json?: boolean;
  url?: string;
}

/** A command at work. */
export interface Shell extends CommandDeps {
  client: CasesClient;
  json: boolean;
  paint: Paint;
  /** One JSON document with `--json`, otherwise the text. */
  show(value: unknown, text: () => string): void;
}

/** The gateway's address unless told. */
export const DEFAULT_URL = "http://127.0.0.1:8080";

/** The shell of a command with these options. */
export function shellFor(deps: CommandDeps, options: SharedOptions): Shell {
  const json = options.json === true;
  return {
    ...deps,
    json,
    client: httpClient(options.url ?? (deps.env["DARSENA_URL"] || DEFAULT_URL)),
    paint: paintFor(deps.stdout, deps.env),
    show: (value, text) => void deps.stdout.write(`${json ? JSON.stringify(value) : text()}\n`),
  };
}

/** Gives a command its shared options and the examples under its help. */
export function equip(command: Command, ...examples: string[]): Command {
  return command
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .option("--url <address>", `the gateway's address (DARSENA_URL, ${DEFAULT_URL})`)
    .addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
}

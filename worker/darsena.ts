/** The whole `darsena` command: what the client offers, and `up`. */
import { type CommandDeps, program, runProgram } from "../client/cli/program.ts";
import { written } from "../workflows/by-hand/way.ts";
import { addConnectorCheck } from "./connector/check-command.ts";
import { addConnectorTry } from "./connector/try-command.ts";
import { upCommand } from "./up/command.ts";

// Who reads us may stop reading (`darsena case list | head`).
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const args = process.argv.slice(2);
const { stdin, stdout, stderr, env } = process;

if (args[0] === "up") process.exit(await upCommand(args.slice(1), env, process));

let interrupted = false;
const onInterrupt = (stop: () => void) =>
  process.once("SIGINT", () => {
    interrupted = true;
    stop();
  });
// Loaded when it is asked for: no other command needs the adapters.
const simulator = async () => (await import("./simulation/simulator.ts")).simulatorFor(env);
const deps: CommandDeps = { stdin, stdout, stderr, env, cwd: process.cwd(), onInterrupt, written, simulator };
const darsena = program(deps);
// Adapters are the worker's to know.
const connector = darsena.commands.find((one) => one.name() === "connector");
if (connector) {
  addConnectorTry(connector, deps);
  addConnectorCheck(connector, deps);
}
// Listed in the help; it parses its own arguments and runs until it is stopped, so it never comes this way.
darsena.command("up").description("run all of Darsena on this machine: Temporal, PostgreSQL, simulators, worker and gateway");
process.exitCode = await runProgram(darsena, args, deps);
// A command that stopped cleanly may have left an answer that it waits for no more.
if (interrupted) stdout.write("", () => process.exit());

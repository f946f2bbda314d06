/** `darsena connector try`: one call of one operation, with all that went over the wire. */
import type { Command } from "commander";
import { AnswerIsNo, UsageError } from "../../client/cli/exit-codes.ts";
import { objectFrom } from "../../client/cli/given.ts";
import { type Paint, plain } from "../../client/cli/paint.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "../../client/cli/shell.ts";
import { milliseconds, type Operation } from "../../connectors/contract.ts";
import { operationById, operationIds } from "../../connectors/contracts.ts";
import { memoryPorts, onTrial, type Trial } from "../../connectors/trial.ts";
import { watchExchanges } from "../../connectors/transport/exchange.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { adapterOf, settingsFromEnvironment, simulated } from "./chosen-adapter.ts";
import { mask, shown, type ShownExchange } from "./redact.ts";

interface TryOptions extends SharedOptions {
  input: string;
  adapter?: string;
  simulated?: boolean;
  values?: boolean;
  send?: boolean;
}

const EXAMPLES = [
  "darsena connector try parkingPermits.findPermit --input permit.json --simulated",
  "darsena connector try registry.findResident --input person.json --values",
];

/** Adds the command to `darsena connector`. */
export function addConnectorTry(connector: Command, deps: CommandDeps): void {
  connector
    .command("try <operation>")
    .description("call one operation, <contract>.<operation>, and show request, answer, times and outcome; exit code 1 unless it is done")
    .requiredOption("--input <file>", "the operation's input as JSON; - for stdin")
    .option("--adapter <name>", "the adapter; otherwise the municipality's")
    .option("--simulated", "against the system's own simulator, started for this call")
    .option("--values", "show values too, which may be personal data; credentials stay hidden")
    .option("--send", "send a write to the real system, once, outside every case: nothing keeps it from being done twice")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText(
      "after",
      `\nSettings come from the environment, as the worker's do (docs/settings.md). Numbers and attachments that an operation\ndraws are kept in memory only.\nExamples:\n${EXAMPLES.map((line) => `  ${line}`).join("\n")}`,
    )
    .action(async (id: string, options: TryOptions) => {
      const shell = shellFor(deps, options);
      const operation = operationById(id);
      if (!operation) throw new UsageError(`there is no operation ${id}; there are ${operationIds().join(", ")}`);
      const input = await objectFrom(options.input, deps.stdin, deps.cwd);
      const wrong = operation.input
        .safeParse(input)
        .error?.issues.map(({ path, message }) => `  ${path.join(".") || "the input"}: ${message}`);
      if (wrong) throw new UsageError(`the input does not fit ${id}:\n${wrong.join("\n")}`);
      if (operation.effect !== "read" && !options.simulated && !options.send)
        throw new UsageError(`${id} is a ${operation.effect}: give --simulated, or --send to send it once to the real system`);
      const report = await tryOnce(operation, input, options, deps.env);
      shell.show(report, () => page(report, shell.paint));
      if (report.outcome.kind !== "done") throw new AnswerIsNo("not done");
    });
}

interface TryReport {
  operation: string;
  adapter: string;
  exchanges: ShownExchange[];
  outcome: { kind: string; code?: string; message?: string; output?: unknown; warnings?: string[] };
  ms: number;
}

async function tryOnce(operation: Operation, input: JsonObject, options: TryOptions, env: NodeJS.ProcessEnv): Promise<TryReport> {
  const adapter = adapterOf(operation.contract, options.adapter, env);
  const prepared = options.simulated
    ? await simulated(adapter, operation.contract)
    : { simulator: undefined, settings: settingsFromEnvironment(adapter, operation.contract, env) };
  const exchanges: ShownExchange[] = [];
  const began = performance.now();
  try {
    const values = options.values === true;
    const trial = onTrial(adapter, prepared.settings, memoryPorts());
    const run = () => trial.call(operation.name, input, { deadlineMs: milliseconds(operation.deadline), key: "case-tried/step" });
    const result = await watchExchanges((seen) => void exchanges.push(shown(seen, values)), run);
    return {
      operation: operation.id,
      adapter: adapter.name,
      exchanges,
      outcome: outcomeOf(result, values),
      ms: Math.round(performance.now() - began),
    };
  } finally {
    await prepared.simulator?.close();
  }
}

const hide = (_key: string, value: unknown): unknown =>
  typeof value === "string" ? mask(value) : typeof value === "number" ? Number(mask(String(Math.abs(value)))) : value;

function outcomeOf({ output, warnings, failure }: Trial, values: boolean): TryReport["outcome"] {
  if (failure) return { kind: failure.kind, code: failure.detail.code, message: failure.message };
  const told = values ? output : (JSON.parse(JSON.stringify(output ?? {}, hide)) as unknown);
  return { kind: "done", output: told, ...(warnings ? { warnings } : {}) };
}

/** What each kind means to the author. */
const MEANINGS: Readonly<Record<string, string>> = {
  rejected: "the system said no: a branch of the service where the contract declares the code, otherwise the case parks",
  "not-sent": "nothing was sent, or the system took nothing: it would be repeated",
  misconfigured: "a setting of ours is refused: the gate would close",
  "contract-broken": "the answer cannot be read or does not fit the contract",
  unknown: "maybe an effect, maybe none: settled by the operation's recovery",
};

function page({ operation, adapter, exchanges, outcome, ms }: TryReport, paint: Paint): string {
  const parts = exchanges.flatMap(({ request, answer, ms: took }) => [
    paint.faint(`→ ${request.line}`),
    ...headerLines(request.headers, paint),
    plainLines(request.body),
    paint.faint(answer ? `← ${answer.status} after ${took} ms` : `← no answer after ${took} ms`),
    ...(answer ? [...headerLines(answer.headers, paint), plainLines(answer.body)] : []),
    "",
  ]);
  const said =
    outcome.kind === "done"
      ? `${operation} by ${adapter}: done in ${ms} ms\n${JSON.stringify(outcome.output, undefined, 2)}`
      : `${operation} by ${adapter}: ${paint.bad(outcome.kind)} (${outcome.code}) in ${ms} ms\n  ${plain(outcome.message ?? "")}\n  ${MEANINGS[outcome.kind] ?? ""}`;
  return [
    ...parts.filter((one, index) => one !== "" || parts[index - 1] !== ""),
    said,
    ...(outcome.warnings ?? []).map((one) => `warning: ${plain(one)}`),
  ].join("\n");
}

const headerLines = (headers: Readonly<Record<string, string>>, paint: Paint): string[] =>
  Object.entries(headers).map(([name, value]) => paint.faint(`  ${name}: ${plain(value)}`));

const plainLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${/^ */.exec(line)?.[0] ?? ""}${plain(line)}`)
    .join("\n");

/** `npm run chaos`: real processes killed and ways poisoned under load, and what must hold all the same. `--help` says the rest. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findTemporal } from "../../worker/embedded/temporal-binary.ts";
import { type ChaosResult, intoPage, sumOf } from "./page.ts";
import { type RoundResult, runRound } from "./run.ts";
import { findToxiproxy } from "./toxiproxy-binary.ts";

const HELP = `npm run chaos -- [options]

Workers, gateway, Temporal, PostgreSQL and simulators are killed with SIGKILL under load; connections are cut and slowed by Toxiproxy; the
gateway's clock is wrong. Then all faults end, an operator repairs what is parked, and the systems' own ledgers are compared with what was
answered. Exit code 0: every guarantee held. 1: one was broken; the last lines name it with case and key, and say where the logs are kept.

  --minutes <n>     minutes of faults of a round (usually 4)
  --kills <n>       kills of a round, spread over its minutes (usually 11 a minute)
  --rounds <n>      rounds, each on a new installation with a seed of its own (usually 1)
  --seed <text>     what is done, to whom and when, follows from it (a new one unless told, and shown)
  --rate <n>        requests per second (usually 1)
  --open <n>        cases open at one time, at most (usually 60)
  --settle <n>      minutes that everything may take to come to rest after a round (usually 5)
  --results <file>  keep each finished round there; rounds that stand there already are not run again, so an interrupted run goes on
  --page <file>     write the figures of all rounds into the section of this page
  --sabotage <name> let the workers break a guarantee on purpose: the run must then fail
  --keep            keep the folder of a good run, too
  --json            the result as one last line of JSON on stdout; all else goes to stderr`;

const { values } = parseArgs({
  strict: true,
  options: {
    minutes: { type: "string", default: "4" },
    kills: { type: "string" },
    rounds: { type: "string", default: "1" },
    seed: { type: "string" },
    rate: { type: "string", default: "1" },
    open: { type: "string", default: "60" },
    settle: { type: "string", default: "5" },
    results: { type: "string" },
    page: { type: "string" },
    sabotage: { type: "string" },
    keep: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

let shown = 0;
const terminal = process.stderr.isTTY;
const say = (line: string) => process.stderr.write(`${terminal && shown > 0 ? "\r\x1b[K" : ""}${line}\n`);

/** One line that changes; where nobody sees it change, one every ten seconds. */
function progress(line: string): void {
  if (terminal) process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns || 120) - 1)}`);
  else if (Date.now() - shown > 10_000) process.stderr.write(`${line}\n`);
  else return;
  shown = Date.now();
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${name} must be a positive number`);
  return value;
}

async function main(): Promise<number> {
  const { rounds: roundsText, results, page, sabotage, keep } = values;
  const minutes = positive("minutes", values.minutes);
  const kills = Math.round(positive("kills", values.kills ?? String(11 * minutes)));
  const [rate, open, settleMinutes] = [positive("rate", values.rate), positive("open", values.open), positive("settle", values.settle)];
  const rounds = Math.round(positive("rounds", roundsText));
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  const interrupted = new AbortController();
  const stop = () => {
    // A second Ctrl-C does not wait: what runs is then ended by force as this process ends.
    if (interrupted.signal.aborted) process.exit(130);
    say("stopping everything");
    interrupted.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  process.setMaxListeners(50);
  const binaries = { temporal: await findTemporal({ progress }), toxiproxy: await findToxiproxy({ progress }) };
  const done = results === undefined ? [] : readResults(results);
  say(`chaos with seed ${seed}: ${rounds} x ${minutes} min, ${kills} kills each`);
  for (let round = 1; round <= rounds && !interrupted.signal.aborted; round++) {
    const name = rounds === 1 ? seed : `${seed}.${round}`;
    if (done.some((one) => one.seed === name)) {
      say(`round ${name} stands in ${results}`);
      continue;
    }
    const folder = mkdtempSync(join(tmpdir(), "darsena-chaos-"));
    const told = (line: string) => progress(rounds === 1 ? line : `round ${round} of ${rounds}: ${line}`);
    try {
      const base = { folder, seed: name, minutes, kills, rate, open, settleMinutes, binaries, signal: interrupted.signal, progress: told };
      const result = await runRound({ ...base, ...(sabotage === undefined ? {} : { sabotage }) });
      done.push(result);
      if (results !== undefined) writeResults(results, done);
      writeFileSync(join(folder, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
      tell(result, result.breaches.length > 0 || keep ? folder : undefined);
      if (result.breaches.length === 0 && !keep) rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (interrupted.signal.aborted) rmSync(folder, { recursive: true, force: true });
      else {
        say(`the round could not be finished; its logs are in ${join(folder, "logs")}`);
        throw error;
      }
    }
  }
  const sum = sumOf(done);
  if (page !== undefined && done.length > 0) writeFileSync(page, intoPage(readFileSync(page, "utf8"), sum));
  if (values.json) process.stdout.write(`${JSON.stringify({ ...sum, seed, interrupted: interrupted.signal.aborted })}\n`);
  if (interrupted.signal.aborted) return 130;
  return sum.breaches.length === 0 ? 0 : 1;
}

function readResults(file: string): RoundResult[] {
  return existsSync(file) ? ((JSON.parse(readFileSync(file, "utf8")) as { rounds: RoundResult[] }).rounds ?? []) : [];
}

function writeResults(file: string, rounds: readonly RoundResult[]): void {
  writeFileSync(`${file}.new`, `${JSON.stringify({ rounds }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function tell(result: RoundResult, folder: string | undefined): void {
  const sum: ChaosResult = sumOf([result]);
  say(
    `round ${result.seed}: ${sum.kills} kills, ${sum.poisoned} poisoned ways, ${sum.cases} cases, ${sum.parked} parked, at rest after ${result.settleSeconds} s, ${result.breaches.length} breaches`,
  );
  for (const { invariant, case: caseId, key, what } of result.breaches)
    say(
      `  BREACH of ${invariant}: ${[caseId && `case ${caseId}`, key && `key ${key}`].filter(Boolean).join(", ")}${caseId || key ? ": " : ""}${what}`,
    );
  if (folder !== undefined) say(`  everything of this round is kept in ${folder} (logs of each process in logs/)`);
}

if (values.help) process.stdout.write(`${HELP}\n`);
else process.exitCode = await main();

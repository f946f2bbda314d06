/**
 * How long does `darsena check` take? Services like the shipped ones, each with ids, texts and steps of its own, are checked in this process,
 * and by the command on files. The goal: 2,000 services in under 10 s on 2 cores, judged by
 * CPU time, since other work on the machine does not count.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSources } from "../catalogue/check.ts";
import { parseSource, type SourceText } from "../catalogue/source.ts";
import { helpText, readArguments } from "./measure/arguments.ts";
import { generatedServices, sharedSources } from "./measure/generated-services.ts";
import { cpuMs } from "./measure/process-cpu.ts";
import { median } from "./measure/ratio.ts";
import { type CheckResult, checkTable } from "./page/check.ts";
import { inWords, thisMachine } from "./page/machine.ts";
import { keepResult } from "./page/sections.ts";

const numbers = {
  services: { usual: 2_000, help: "services that are checked" },
  rounds: { usual: 3, help: "rounds; the median counts" },
};
const GOAL_MS = 10_000;
const about = "How long the check of many services takes, and how much of it is reading YAML.";

/** One run of the command on the files, from its start to its end. */
function commanded(sources: readonly SourceText[]): { wall: number; cpu: number } {
  const folder = mkdtempSync(join(tmpdir(), "darsena-bench-"));
  try {
    for (const { file, text } of sources) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    // Compiled, this file is in dist/bench.
    const command = fileURLToPath(new URL("../../bin/darsena.js", import.meta.url));
    const cpu = cpuMs(process.pid);
    const since = performance.now();
    execFileSync(process.execPath, [command, "check", folder], { stdio: ["ignore", "ignore", "inherit"] });
    return { wall: performance.now() - since, cpu: cpuMs(process.pid) - cpu };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(services: number, rounds: number): CheckResult {
  const machine = thisMachine();
  const sources = [...sharedSources(), ...generatedServices(services)];
  const times: Record<"reading" | "checking" | "working", number[]> = { reading: [], checking: [], working: [] };
  const commands: { wall: number; cpu: number }[] = [];
  let findings = 0;
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    for (const source of sources) parseSource(source);
    const read = performance.now();
    const cpu = process.cpuUsage();
    findings = checkSources(sources).findings.length;
    times.reading.push(read - since);
    times.checking.push(performance.now() - read);
    const { user, system } = process.cpuUsage(cpu);
    times.working.push((user + system) / 1_000);
    commands.push(commanded(sources));
  }
  return {
    machine,
    services,
    lines: sources.reduce((sum, { text }) => sum + text.split("\n").length, 0),
    findings,
    rounds,
    checkMs: Math.round(median(times.checking)),
    readingMs: Math.round(median(times.reading)),
    cpuMs: Math.round(median(times.working)),
    commandMs: Math.round(median(commands.map(({ wall }) => wall))),
    commandCpuMs: Math.round(median(commands.map(({ cpu }) => cpu))),
    goalMs: GOAL_MS,
    memoryMb: Math.round(process.memoryUsage().rss / 1_048_576),
  };
}

const asked = readArguments(numbers, {});
if (asked.help) process.stdout.write(`${helpText("check", about, numbers, {})}\n`);
else {
  const result = measure(asked.numbers.services, asked.numbers.rounds);
  (asked.json ? process.stderr : process.stdout).write(`${checkTable(result)}\n\n${inWords(result.machine)}\n`);
  if (asked.json) process.stdout.write(`${JSON.stringify({ bench: "check", ...result })}\n`);
  if (asked.write) keepResult("check", result);
  if (result.services === numbers.services.usual && result.commandCpuMs > GOAL_MS) {
    process.stderr.write(`over the goal of ${GOAL_MS / 1_000} s\n`);
    process.exitCode = 1;
  }
}

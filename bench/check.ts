/**
 * How long does `darsena check` take? Writes services like the shipped parking pass, each with ids, texts and steps of its own,
 * into memory and checks them all, one overlay per municipality beside them. The goal: 2,000 services in under 10 s on 2 cores.
 */
import { cpus } from "node:os";
import { checkSources } from "../catalogue/check.ts";
import { parseSource } from "../catalogue/source.ts";
import { helpText, readArguments } from "./measure/arguments.ts";
import { generatedServices, sharedSources } from "./measure/generated-services.ts";

const numbers = {
  services: { usual: 2_000, help: "services that are checked" },
  rounds: { usual: 3, help: "rounds; the median counts" },
};
const GOAL_MS = 10_000;
const about = "How long the check of many services takes, and how much of it is reading YAML.";

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

function measure(services: number, rounds: number) {
  const sources = [...sharedSources(), ...generatedServices(services)];
  const reading: number[] = [];
  const checking: number[] = [];
  const working: number[] = [];
  let findings = 0;
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    for (const source of sources) parseSource(source);
    const read = performance.now();
    const cpu = process.cpuUsage();
    findings = checkSources(sources).findings.length;
    reading.push(read - since);
    checking.push(performance.now() - read);
    const { user, system } = process.cpuUsage(cpu);
    working.push((user + system) / 1_000);
  }
  const lines = sources.reduce((sum, { text }) => sum + text.split("\n").length, 0);
  const memory = Math.round(process.memoryUsage().rss / 1_048_576);
  return {
    services,
    lines,
    findings,
    checkMs: Math.round(median(checking)),
    readingMs: Math.round(median(reading)),
    cpuMs: Math.round(median(working)),
    memory,
  };
}

const asked = readArguments(numbers, {});
if (asked.help) process.stdout.write(`${helpText("check", about, numbers, {})}\n`);
else {
  const { services, lines, findings, checkMs, readingMs, cpuMs, memory } = measure(asked.numbers.services, asked.numbers.rounds);
  const text = [
    `services        ${services} (${lines} lines), ${findings} findings`,
    `check           ${seconds(checkMs)}, ${(checkMs / services).toFixed(2)} ms per service`,
    `  CPU time      ${seconds(cpuMs)}, with the garbage collector's threads`,
    `  reading YAML  ${seconds(readingMs)} of it`,
    `memory          ${memory} MB`,
    `machine         ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`,
  ].join("\n");
  (asked.json ? process.stderr : process.stdout).write(`${text}\n`);
  if (asked.json)
    process.stdout.write(`${JSON.stringify({ bench: "check", services, lines, findings, checkMs, readingMs, cpuMs, memory })}\n`);
  if (services === numbers.services.usual && checkMs > GOAL_MS) {
    process.stderr.write(`over the goal of ${seconds(GOAL_MS)}\n`);
    process.exitCode = 1;
  }
}

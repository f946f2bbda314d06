/** What docs/benchmarks.md says of a run of the check. */
import { table } from "../measure/table.ts";
import { inWords, type Machine } from "./machine.ts";

export interface CheckResult {
  machine: Machine;
  services: number;
  lines: number;
  findings: number;
  rounds: number;
  /** Median time of the check in one process. */
  checkMs: number;
  cpuMs: number;
  readingMs: number;
  /** `darsena check` on the files on disk, from its start to its end. */
  commandMs: number;
  /** User and system time of it, the garbage collector's threads included. */
  commandCpuMs: number;
  goalMs: number;
  memoryMb: number;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

/** The figures as rows. */
export const checkTable = ({
  services,
  lines,
  findings,
  checkMs,
  cpuMs,
  readingMs,
  commandMs,
  commandCpuMs,
  memoryMb,
}: CheckResult): string =>
  table(
    ["", "time", "CPU", "per service"],
    [
      ["`darsena check`, from its start to its end", seconds(commandMs), seconds(commandCpuMs), each(commandCpuMs, services)],
      ["the check itself, in a process that is warm", seconds(checkMs), seconds(cpuMs), each(cpuMs, services)],
      ["of it reading YAML", seconds(readingMs), "", each(readingMs, services)],
    ],
  ) +
  `\n\n${services} services, ${lines} lines, ${findings} findings; the bench's own process, which holds all texts, takes ${memoryMb} MB`;

const each = (ms: number, services: number): string => `${(ms / services).toFixed(2)} ms`;

/** The part of the page. */
export const checkSection = (result: CheckResult): string =>
  `${inWords(result.machine)} Medians over ${result.rounds} rounds; the goal is ${seconds(result.goalMs)} for 2,000 services on two cores.\n\n\`\`\`\n${checkTable(result)}\n\`\`\``;

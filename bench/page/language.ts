/** What docs/benchmarks.md says of a run of the language bench. */
import { table } from "../measure/table.ts";
import { inWords, type Machine } from "./machine.ts";

/** A process that has loaded so many services. */
export interface City {
  services: number;
  openMs: number;
  megabytes: number;
  caseCpuMs: number;
  caseMs: number;
}

/** Times in microseconds of CPU, unless their names say otherwise. */
export interface LanguageResult {
  machine: Machine;
  rounds: number;
  cases: number;
  resolve: number;
  expression: number;
  compiling: number;
  set: number;
  call: number;
  /** Steps of the case that is run. */
  steps: number;
  small: City;
  large: City;
  /** What a case costs more with the large number of services; 0.1 is a tenth. */
  growth: number;
  flat: boolean;
}

const us = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} µs`;
const cityRow = ({ services, openMs, megabytes, caseCpuMs }: City): string[] => [
  `${services} services`,
  `${Math.round(openMs)} ms`,
  `${megabytes.toFixed(1)} MB`,
  `${caseCpuMs.toFixed(2)} ms`,
  String(Math.round(1_000 / caseCpuMs)),
];

/** What each thing costs. */
export const costTable = ({ resolve, expression, compiling, set, call }: LanguageResult): string =>
  table(
    ["", "CPU"],
    [
      ["resolve a definition (overlay, canonical JSON, SHA-256); once per service and process", us(resolve)],
      ["one step, a set", us(set)],
      ["one step, a call answered in memory", us(call)],
      ["one expression", us(expression)],
      ["the same the first time in a process, more", us(compiling)],
    ],
  );

/** What the number of services costs. */
export const cityTable = ({ small, large }: LanguageResult): string =>
  table(["loaded", "start", "memory", "CPU per case", "cases/s on one core"], [cityRow(small), cityRow(large)]);

/** Growth in words: "+2.1% with 10 times the services". */
export const growthOf = ({ growth, small, large }: LanguageResult): string =>
  `${growth >= 0 ? "+" : ""}${(growth * 100).toFixed(1)}% with ${large.services / small.services} times the services`;

/** The part of the page. */
export const languageSection = (result: LanguageResult): string =>
  [
    `${inWords(result.machine)} Medians over ${result.rounds} rounds.`,
    `\`\`\`\n${costTable(result)}\n\`\`\``,
    `\`\`\`\n${cityTable(result)}\n\`\`\``,
    `A case has ${result.steps} steps and is opened, decided and closed in memory. What it costs: ${growthOf(result)}; at most +10% is the goal.`,
  ].join("\n\n");

/** What docs/benchmarks.md says of a run of the overhead bench. */
import { type Row, tableOf } from "../overhead/report.ts";
import { inWords, type Machine } from "./machine.ts";

export interface OverheadResult {
  machine: Machine;
  temporal: string;
  rounds: number;
  cases: number;
  clients: number;
  rows: Row[];
}

/** The part of the page. */
export const overheadSection = ({ machine, temporal, rounds, cases, clients, rows }: OverheadResult): string =>
  [
    `${inWords(machine)} Temporal ${temporal}.`,
    `\`\`\`\n${tableOf(rows)}\n\`\`\``,
    `Medians over ${rounds} rounds of ${cases} cases, ${clients} at a time; \`ratio\` with its interval.`,
  ].join("\n\n");

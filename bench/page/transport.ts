/** What docs/benchmarks.md says of a run of the transport. */
import type { Ratio } from "../measure/ratio.ts";
import { table } from "../measure/table.ts";
import { inWords, type Machine } from "./machine.ts";

export interface TransportResult {
  machine: Machine;
  rounds: number;
  calls: number;
  /** Of the answer. */
  bytes: number;
  rows: { client: "ours" | "plain" | "bare"; cpuMs: number; callsPerSecond: number; ratio: Ratio }[];
  /** Size of the large attachment. */
  megabytes: number;
  large: { direction: "down" | "up"; peakMb: number; ms: number }[];
  goal: number;
  goalMb: number;
}

const names = { ours: "Darsena's SOAP client", plain: "the `soap` library alone", bare: "a bare HTTP post of the same bytes" } as const;
const ways = { down: "from the system into the store", up: "from the store to the system" } as const;

/** The figures as rows. */
export const transportTable = ({ rows, bytes, large, megabytes }: TransportResult): string =>
  [
    table(
      [`calls with an answer of ${bytes} bytes`, "CPU per call", "calls/s", "ratio", "interval"],
      rows.map(({ client, cpuMs, callsPerSecond, ratio }) => [
        names[client],
        `${cpuMs.toFixed(2)} ms`,
        String(callsPerSecond),
        ratio.median.toFixed(2),
        client === "plain" ? "" : `${ratio.interval[0].toFixed(2)}-${ratio.interval[1].toFixed(2)}`,
      ]),
    ),
    table(
      [`an attachment of ${megabytes} MB by MTOM`, "peak memory of the process", "time"],
      large.map(({ direction, peakMb, ms }) => [ways[direction], `${peakMb} MB`, `${(ms / 1_000).toFixed(1)} s`]),
    ),
  ].join("\n\n");

/** The part of the page. */
export const transportSection = (result: TransportResult): string =>
  `${inWords(result.machine)} Medians over ${result.rounds} rounds of ${result.calls} calls each, one after the other; the ratio is to the library alone, its goal ${result.goal}; that of the memory is ${result.goalMb} MB.\n\n\`\`\`\n${transportTable(result)}\n\`\`\``;

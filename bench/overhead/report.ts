/** What the bench found, as rows for people and for programs. */
import { median, quantile, type Ratio, ratioOf } from "../measure/ratio.ts";
import { table } from "../measure/table.ts";
import type { Load } from "../measure/load.ts";
import type { Cpu } from "./stage.ts";
import { baseOf, targets, titles, type Variant, variants } from "./variants.ts";

/** One variant in one round. */
export interface Cell {
  load: Load;
  cpu: Cpu;
}

/** What a case of a variant leaves in Temporal. */
export interface HistorySize {
  events: number;
  workflowTasks: number;
  bytes: number;
}

/** Medians over the rounds; CPU in ms per case. */
export interface Row extends HistorySize {
  variant: Variant;
  title: string;
  cpuMs: number;
  workerCpuMs: number;
  serverCpuMs: number;
  databaseCpuMs: number;
  p50Ms: number;
  p95Ms: number;
  casesPerSecond: number;
  /** Whose CPU the ratios are over. */
  base: Variant;
  /** CPU over the base's, of all processes and of the worker alone. */
  ratio: Ratio;
  workerRatio: Ratio;
  target?: number;
}

/** The rows of all variants; `rounds` holds a cell of each variant per round. */
export function rowsOf(rounds: readonly Record<Variant, Cell>[], histories: Readonly<Record<Variant, HistorySize>>): Row[] {
  const total = ({ cpu }: Cell) => cpu.worker + cpu.server + cpu.database;
  return variants.map((variant) => {
    const cells = rounds.map((round) => round[variant]);
    const perCase = (pick: (cell: Cell) => number) => round2(median(cells.map((cell) => pick(cell) / cell.load.eachMs.length)));
    const over = (pick: (cell: Cell) => number) =>
      rounded(
        ratioOf(
          cells.map(pick),
          rounds.map((round) => pick(round[baseOf(variant)])),
        ),
      );
    const target = targets[variant];
    return {
      variant,
      title: titles[variant],
      cpuMs: perCase(total),
      workerCpuMs: perCase(({ cpu }) => cpu.worker),
      serverCpuMs: perCase(({ cpu }) => cpu.server),
      databaseCpuMs: perCase(({ cpu }) => cpu.database),
      p50Ms: round2(median(cells.map(({ load }) => quantile(load.eachMs, 0.5)))),
      p95Ms: round2(median(cells.map(({ load }) => quantile(load.eachMs, 0.95)))),
      casesPerSecond: round2(median(cells.map(({ load }) => load.eachMs.length / (load.wallMs / 1_000)))),
      base: baseOf(variant),
      ratio: over(total),
      workerRatio: over(({ cpu }) => cpu.worker),
      ...(target === undefined ? {} : { target }),
      ...histories[variant],
    };
  });
}

/** The rows for people. */
export function tableOf(rows: readonly Row[]): string {
  const head = [
    "",
    "CPU ms/case",
    "worker",
    "server",
    "database",
    "p50 ms",
    "p95 ms",
    "cases/s",
    "ratio",
    "interval",
    "target",
    "events",
    "tasks",
    "KB",
  ];
  return table(
    head,
    rows.map((row) => [
      row.title,
      ...[row.cpuMs, row.workerCpuMs, row.serverCpuMs, row.databaseCpuMs, row.p50Ms, row.p95Ms, row.casesPerSecond].map((one) =>
        one.toFixed(1),
      ),
      row.variant === "plain" ? "1" : row.ratio.median.toFixed(2),
      row.variant === "plain" ? "" : row.ratio.interval.map((one) => one.toFixed(2)).join("-"),
      row.target === undefined ? "" : `<= ${row.target.toFixed(2)}`,
      String(row.events),
      String(row.workflowTasks),
      (row.bytes / 1_024).toFixed(1),
    ]),
  );
}

const round2 = (value: number): number => Math.round(value * 100) / 100;
const round3 = (value: number): number => Math.round(value * 1_000) / 1_000;
const rounded = ({ median: value, interval: [low, high], pairs }: Ratio): Ratio => ({
  median: round3(value),
  interval: [round3(low), round3(high)],
  pairs,
});

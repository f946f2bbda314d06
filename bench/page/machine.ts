/** Where a figure was measured: without it the figure says nothing. */
import { cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  cores: number;
  processor: string;
  memoryGb: number;
  node: string;
  /** Processes that wanted to run, on average over the minute before; more than the cores means that the machine was shared. */
  load: number;
  /** The day of the run. */
  day: string;
}

/** This machine now; asked before the run begins. */
export const thisMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? "unknown",
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  day: new Date().toISOString().slice(0, 10),
});

/** The machine in one sentence. */
export const inWords = ({ cores, processor, memoryGb, node, load, day }: Machine): string =>
  `Measured on ${day} on ${cores} cores (${processor}, ${memoryGb} GB) with Node ${node.replace("v", "")}, the machine's load at the beginning ${load}` +
  `${load > cores ? ": shared with other work, so times are longer than on a quiet one" : ""}.`;

/** Colours of diagrams: dark text on each fill has a contrast of at least 7 : 1, and no meaning is told by colour alone. */
import type { Mark } from "./progress.ts";

interface Colours {
  fill: string;
  stroke: string;
  /** A dashed border. */
  dash?: true;
}

export const palette: Readonly<Record<Mark | "plain" | "system", Colours>> = {
  plain: { fill: "#ffffff", stroke: "#44596b" },
  system: { fill: "#e8eef4", stroke: "#6d8296" },
  done: { fill: "#cfead3", stroke: "#2c7a3f" },
  running: { fill: "#cfe3fb", stroke: "#1f62b0" },
  waiting: { fill: "#fdeebf", stroke: "#a67c00" },
  parked: { fill: "#f9d3d0", stroke: "#b3261e" },
  failed: { fill: "#fbe3e1", stroke: "#b3261e", dash: true },
  skipped: { fill: "#f4f4f4", stroke: "#8a949d", dash: true },
  undone: { fill: "#e6dcf3", stroke: "#6a4a9c", dash: true },
};

/** What a person sees while things start: one line per component with its state and time, redrawn on a terminal, plain lines elsewhere. */
import type { WriteStream } from "node:tty";

/** States of a component as shown. */
export type ComponentState = "waiting" | "starting" | "ready" | "failed" | "stopping" | "stopped";

/** Where the view writes: a terminal or a file. */
export type Output = Pick<WriteStream, "write"> & { readonly isTTY?: boolean; readonly columns?: number };

const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const COLOURS = { waiting: 90, starting: 33, ready: 32, failed: 31, stopping: 33, stopped: 90 } as const;
const SIGNS = { waiting: "·", starting: "…", ready: "✔", failed: "✘", stopping: "…", stopped: "·" } as const;

interface Line {
  state: ComponentState;
  since: number;
  ms?: number;
  detail: string;
}

/** The live view. */
export interface View {
  /** Shows the state of a component; `detail` says where it is, or what it does. */
  show(name: string, state: ComponentState, detail?: string): void;
  /** A sentence of its own, above the components on a terminal. */
  say(text: string): void;
  /** Draws the last picture and leaves it: what follows is written below. */
  settle(): void;
}

/** A view of these components on `out`. */
export function createView(out: Output, names: readonly string[]): View {
  const lines = new Map<string, Line>(names.map((name) => [name, { state: "waiting", since: performance.now(), detail: "" }]));
  const width = Math.max(...names.map((name) => name.length)) + 2;
  return out.isTTY ? drawn(out, lines, width) : plain(out, lines, width);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function update(lines: Map<string, Line>, name: string, state: ComponentState, detail: string | undefined): Line {
  const before = lines.get(name);
  const begins = (state === "starting" || state === "stopping") && before?.state !== state;
  const since = begins || !before ? performance.now() : before.since;
  const done = state === "ready" || state === "failed" || state === "stopped";
  const line = { state, since, detail: detail ?? "", ...(done ? { ms: performance.now() - since } : {}) };
  lines.set(name, line);
  return line;
}

function plain(out: Output, lines: Map<string, Line>, width: number): View {
  const told = new Map<string, number>();
  return {
    show: (name, state, detail) => {
      const repeated = lines.get(name)?.state === state;
      const line = update(lines, name, state, detail);
      // Progress of something slow: not every line of it.
      if (repeated && performance.now() - (told.get(name) ?? 0) < 10_000) return;
      told.set(name, performance.now());
      out.write(
        `${name.padEnd(width)}${state.padEnd(10)}${line.ms === undefined ? "" : seconds(line.ms).padEnd(8)}${line.detail}`.trimEnd() + "\n",
      );
    },
    say: (text) => void out.write(`${text}\n`),
    settle: () => {},
  };
}

function drawn(out: Output, lines: Map<string, Line>, width: number): View {
  let height = 0;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  const erased = () => {
    const text = height > 0 ? `\x1b[${height}A\x1b[0J` : "";
    height = 0;
    return text;
  };
  const draw = () => {
    const before = erased();
    const picture = [...lines].map(([name, line]) =>
      row(name.padEnd(width), line, SPINNER[turn % SPINNER.length] ?? "", out.columns || 100),
    );
    // One write, so that nothing flickers.
    out.write(before + picture.map((text) => `${text}\n`).join(""));
    height = picture.length;
  };
  const run = () => {
    timer ??= setInterval(() => {
      turn++;
      draw();
    }, 100);
    timer.unref();
  };
  return {
    show: (name, state, detail) => {
      update(lines, name, state, detail);
      run();
      draw();
    },
    say: (text) => {
      const wasDrawn = height > 0;
      out.write(`${erased()}${text}\n`);
      if (wasDrawn && timer) draw();
    },
    settle: () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      draw();
      height = 0;
    },
  };
}

function row(name: string, { state, since, ms, detail }: Line, spinner: string, columns: number): string {
  const moving = state === "starting" || state === "stopping";
  const time = state === "waiting" ? "" : seconds(ms ?? performance.now() - since);
  const text = `${name}${time.padStart(7)}  ${detail || (state === "ready" ? "" : state)}`;
  return ` \x1b[${COLOURS[state]}m${moving ? spinner : SIGNS[state]}\x1b[0m ${text.slice(0, Math.max(20, columns - 4))}`;
}

/** Colours for terminals: only on a TTY, and never with NO_COLOR. */
import type { Writable } from "node:stream";

/** Marks text by its meaning. */
export interface Paint {
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

/** Paints for this stream, or leaves text as it is. */
export function paintFor(stream: Writable & { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const coloured = stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const with_ = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { strong: with_(1), faint: with_(2), good: with_(32), warn: with_(33), bad: with_(31) };
}

/** Rows as a table: columns as wide as their widest cell, two spaces between, nothing after the last. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** An instant for people, to the second, in the terminal's time zone. */
export function when(instant: string): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? instant : date.toLocaleString("sv-SE");
}

/** A text of others (a system's reason, a note) on one line and without control characters, which a terminal would obey. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();

/** An argument as a shell takes it: bare where that is safe, otherwise in single quotes. */
export const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;

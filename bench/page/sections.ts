/**
 * The figures of docs/benchmarks.md. A run with `--write` keeps its result in bench/results/<bench>.json and puts what is made of it between
 * the page's marks; a test holds the two together.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSection } from "./check.ts";
import { gatesSection } from "./gates.ts";
import { languageSection } from "./language.ts";
import { overheadSection } from "./overhead.ts";
import { transportSection } from "./transport.ts";

/** Bench to what the page says of its result. */
export const sections = {
  check: checkSection,
  gates: gatesSection,
  language: languageSection,
  overhead: overheadSection,
  transport: transportSection,
} as const;
export type Bench = keyof typeof sections;
export type ResultOf<B extends Bench> = Parameters<(typeof sections)[B]>[0];

const marks = (bench: Bench): [begin: string, end: string] => [`<!-- figures of ${bench} -->`, `<!-- end of the figures of ${bench} -->`];

/** The page with a bench's figures in their place; throws when it has no marks for them. */
export function withFigures(page: string, bench: Bench, text: string): string {
  const [begin, end] = marks(bench);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new TypeError(`the page has no place for the figures of ${bench}`);
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

/** A kept result, or nothing when no run was kept. */
export function keptResult<B extends Bench>(root: string, bench: B): ResultOf<B> | undefined {
  const file = join(root, "bench", "results", `${bench}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ResultOf<B>) : undefined;
}

/** What the page says of a result. */
export const figuresOf = <B extends Bench>(bench: B, result: ResultOf<B>): string =>
  (sections[bench] as (result: ResultOf<B>) => string)(result);

/** Keeps the result of a run and writes its figures into docs/benchmarks.md. */
export function keepResult<B extends Bench>(bench: B, result: ResultOf<B>): void {
  // Compiled, this file is in dist/bench/page.
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
  const page = join(root, "docs", "benchmarks.md");
  mkdirSync(join(root, "bench", "results"), { recursive: true });
  writeFileSync(join(root, "bench", "results", `${bench}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(page, withFigures(readFileSync(page, "utf8"), bench, figuresOf(bench, result)));
  process.stderr.write(`bench/results/${bench}.json\ndocs/benchmarks.md\n`);
}

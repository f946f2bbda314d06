/** Arguments of a bench: numbers with a usual value, `--json`, `--write` and `--help`. */
import { parseArgs } from "node:util";

/** A number that a bench takes, `--rounds 9`. */
export interface NumberOption {
  usual: number;
  help: string;
}

/** Reads numbers, `--json`, `--write` and further texts; throws a readable error on anything else. */
export function readArguments<N extends string, T extends string>(
  numbers: Record<N, NumberOption>,
  texts: Record<T, string>,
  argv: readonly string[] = process.argv.slice(2),
): { numbers: Record<N, number>; texts: Partial<Record<T, string>>; json: boolean; write: boolean; help: boolean } {
  const named = Object.fromEntries([...Object.keys(numbers), ...Object.keys(texts)].map((name) => [name, { type: "string" as const }]));
  const { values } = parseArgs({
    args: [...argv],
    options: { ...named, json: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    strict: true,
  });
  const given = values as Record<string, string | boolean | undefined>;
  const read = (name: N): number => {
    const text = given[name];
    if (text === undefined) return numbers[name].usual;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a positive whole number`);
    return value;
  };
  return {
    numbers: Object.fromEntries(Object.keys(numbers).map((name) => [name, read(name as N)])) as Record<N, number>,
    texts: Object.fromEntries(Object.keys(texts).map((name) => [name, given[name]])) as Partial<Record<T, string>>,
    json: given["json"] === true,
    write: given["write"] === true,
    help: given["help"] === true,
  };
}

/** The lines of `--help`. */
export function helpText(
  name: string,
  about: string,
  numbers: Readonly<Record<string, NumberOption>>,
  texts: Readonly<Record<string, string>>,
): string {
  const options = [
    ...Object.entries(numbers).map(([option, { usual, help }]) => [`--${option} <n>`, `${help} (usually ${usual})`]),
    ...Object.entries(texts).map(([option, help]) => [`--${option} <text>`, help]),
    ["--json", "one last line of JSON on stdout, all else on stderr"],
    ["--write", "keep the result in bench/results and write its figures into docs/benchmarks.md"],
    ["--help", "this text"],
  ];
  const lines = options.map(([option, help]) => `  ${option?.padEnd(20)} ${help}`);
  return [`npm run bench -- ${name}`, "", about, "", ...lines].join("\n");
}

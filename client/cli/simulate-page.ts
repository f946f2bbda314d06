/** How `darsena simulate` tells what it found. */
import { type Paint, plain, table } from "./paint.ts";
import type { SimulationFigures, Simulator } from "./simulate-report.ts";

const counted = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, times]) => `${name} ${times}`)
    .join(", ") || "none";

/** The figures of a run, and how each breach is seen again. */
export function figuresInWords(figures: SimulationFigures, paint: Paint): string {
  const { cases, seed, breaches, breached, seconds } = figures;
  const verdict = breaches === 0 ? paint.good("no guarantee was broken") : paint.bad(`${breaches} breaches`);
  const rows = [
    ["outcomes", counted(figures.outcomes)],
    ["services", counted(figures.services)],
    ["faults", `${figures.faults}: ${counted(figures.faultsByKind)}`],
    ["work", `${figures.attempts} attempts at calls, ${figures.effects} effects, ${figures.simulatedDays} days of virtual time`],
    ["speed", `${figures.casesPerSecond} cases a second, ${figures.casesPerCpuSecond} a second of one processor, in ${seconds} s`],
  ];
  const breachLines = breached.flatMap(({ case: number, invariant, what }) => [
    `${paint.bad(invariant)} in case ${number}: ${plain(what)}`,
    paint.faint(`  darsena simulate --seed ${seed} --only ${number}`),
  ]);
  const untold = breaches > breached.length ? [paint.faint(`and ${breaches - breached.length} more`)] : [];
  return [...table(rows), ...breachLines, ...untold, `${cases} cases with seed ${seed}: ${verdict}`].join("\n");
}

/** One line that is written over and over. */
export const progressLine = ({ cases, casesPerSecond, faults, breaches }: SimulationFigures, of: number): string =>
  `${cases} of ${of} cases, ${casesPerSecond} a second, ${faults} faults, ${breaches} breaches`;

/** All faults, scenarios and invariants. */
export function faultList({ faults, scenarios, invariants }: Simulator, paint: Paint): string {
  const section = (title: string, rows: string[][]) => [paint.strong(title), ...table(rows).map((line) => `  ${line}`)];
  return [
    ...section(
      "Faults",
      faults.map(({ name, strikes, what }) => [name, strikes, what]),
    ),
    ...section(
      "Scenarios",
      scenarios.map(({ number, title, faults: made, elsewhere }) => [
        String(number),
        title,
        [made.join(", ") || (elsewhere ? "" : "all of them"), elsewhere ? `elsewhere: ${elsewhere}` : ""].filter(Boolean).join("; "),
      ]),
    ),
    ...section(
      "Invariants",
      invariants.map(({ name, says }) => [name, says]),
    ),
  ].join("\n");
}

/** The figures of chaos, summed over its rounds, and the section of docs/reliability.md that shows them. */
import type { Breach } from "./judge.ts";
import type { RoundResult } from "./run.ts";

/** What all rounds came to. */
export interface ChaosResult {
  readonly rounds: number;
  readonly minutes: number;
  readonly kills: number;
  readonly killsOf: Readonly<Record<string, number>>;
  readonly temporalStuck: number;
  readonly poisoned: number;
  readonly wire: Readonly<Record<string, number>>;
  readonly skewedClocks: number;
  readonly cases: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly repeatedCalls: number;
  readonly parked: number;
  readonly repairs: { readonly retry: number; readonly resolve: number };
  readonly effects: Readonly<Record<string, number>>;
  readonly entries: Readonly<Record<string, number>>;
  readonly longestSettleSeconds: number;
  readonly seeds: readonly string[];
  readonly breaches: readonly Breach[];
}

/** Adds the rounds up. */
export function sumOf(rounds: readonly RoundResult[]): ChaosResult {
  const total = (of: (round: RoundResult) => number) => rounds.reduce((sum, round) => sum + of(round), 0);
  const killsOf = together(rounds.map(({ kills }) => kills));
  const wire = together(rounds.map((round) => round.wire));
  return {
    rounds: rounds.length,
    minutes: total(({ minutes }) => minutes),
    kills: all(killsOf),
    killsOf,
    temporalStuck: total(({ temporalStuck }) => temporalStuck ?? 0),
    poisoned: all(wire),
    wire,
    skewedClocks: total(({ skewedClocks }) => skewedClocks),
    cases: total(({ cases }) => cases),
    outcomes: together(rounds.map(({ outcomes }) => outcomes)),
    repeatedCalls: total(({ repeatedCalls }) => repeatedCalls),
    parked: total(({ parked }) => parked),
    repairs: { retry: total(({ repairs }) => repairs.retry), resolve: total(({ repairs }) => repairs.resolve) },
    effects: together(rounds.map(({ effects }) => effects)),
    entries: together(rounds.map(({ entries }) => entries)),
    longestSettleSeconds: Math.max(0, ...rounds.map(({ settleSeconds }) => settleSeconds)),
    seeds: rounds.map(({ seed }) => seed),
    breaches: rounds.flatMap(({ breaches }) => breaches),
  };
}

function together(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of all) for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

const all = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

const BEGIN = "<!-- chaos figures: written by npm run chaos -- --page -->";
const END = "<!-- end of chaos figures -->";

/** The page with the figures between its marks; throws when it has no marks. */
export function intoPage(page: string, result: ChaosResult): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no place for the figures: ${BEGIN} ... ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${figures(result)}\n\n${page.slice(to)}`;
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");

/** The figures as a table. */
export function figures(result: ChaosResult): string {
  const rows: [string, string][] = [
    [
      "rounds",
      `${result.rounds} of ${result.minutes / Math.max(1, result.rounds)} minutes, each on a new installation (seeds ${result.seeds.join(", ")})`,
    ],
    ["processes killed", `**${result.kills}**: ${list(result.killsOf)}`],
    ["restarts of Temporal's development server, whose database was interrupted for good", String(result.temporalStuck)],
    ["ways cut, slowed or poisoned", `${result.poisoned}: ${list(result.wire)}`],
    ["lives of the gateway with a wrong clock", String(result.skewedClocks)],
    ["calls that clients had to repeat", String(result.repeatedCalls)],
    ["cases", `${result.cases}: ${list(result.outcomes)}`],
    [
      "parked at least once",
      `${result.parked}; repaired by \`retry\` ${result.repairs.retry} times, by \`resolve\` ${result.repairs.resolve} times`,
    ],
    ["effects in the systems' own ledgers", list(result.effects)],
    ["rows of the effect ledger", list(result.entries)],
    ["longest time from the last fault to the last case's end", `${result.longestSettleSeconds} s`],
    ["**guarantees broken**", `**${result.breaches.length}**`],
  ];
  return ["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
}

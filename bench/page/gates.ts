/** What docs/benchmarks.md says of a run of the bench of gates: what was found, against what is promised. */
import type { Outage } from "../gates/outage.ts";
import type { Drain } from "../gates/phases.ts";
import { CANARY_EVERY_S } from "../gates/canary.ts";
import { inWords, type Machine } from "./machine.ts";

/** Everything that was measured. */
export interface GatesResult {
  machine: Machine;
  cases: number;
  /** Calls that were done before an interruption, and are not measured. */
  before: number;
  saturation: Pick<Drain, "calls" | "perSecond" | "cpuMsPerCall">;
  rate: number;
  closedSeconds: number;
  callsWhileClosed: number;
  drain: Drain;
  /** At most in any second, as the server wrote down. */
  handedOutInASecond: number;
  furthestOutOfPlace: number;
  /** In one worker at one time. */
  inFlight: number;
  outage: Outage;
  breaches: string[];
  temporal: string;
  interrupted: boolean;
}

/** A promise, and whether it was kept. */
export interface Check {
  promise: string;
  found: string;
  kept: boolean;
}

/** How long the drain may take: a tenth more than what rate or machine allow. */
export const allowedSeconds = ({ drain: { calls }, rate, saturation }: Pick<GatesResult, "drain" | "rate" | "saturation">): number =>
  1.1 * Math.max(calls / rate, calls / saturation.perSecond);

/** The promises of docs/gates.md. */
export function checksOf(found: GatesResult): Check[] {
  const { drain, rate, outage, breaches } = found;
  const late = Math.ceil((rate * drain.lateMs) / 1_000);
  const most = rate + 1 + late;
  return [
    check("no call while closed", found.callsWhileClosed === 0, `${found.callsWhileClosed} in ${found.closedSeconds.toFixed(0)} s`),
    check(
      `drained within ${allowedSeconds(found).toFixed(0)} s`,
      drain.seconds <= allowedSeconds(found),
      `${drain.calls} calls in ${drain.seconds.toFixed(0)} s, ${drain.perSecond.toFixed(1)} a second`,
    ),
    check(
      `at most ${rate} + 1 at the system in any second (and ${late}, since server or system was late by up to ${drain.lateMs} ms)`,
      drain.mostInASecond <= most,
      `${drain.mostInASecond}; handed out, as the server writes it down, ${found.handedOutInASecond}`,
    ),
    check(
      `none more than ${found.inFlight} out of place`,
      found.furthestOutOfPlace <= found.inFlight,
      `furthest ${found.furthestOutOfPlace}`,
    ),
    check(
      `at most two canaries in ${CANARY_EVERY_S} s of an outage`,
      outage.mostCanariesInAnInterval <= 2,
      `${outage.canaries} in ${outage.seconds} s, at most ${outage.mostCanariesInAnInterval} in an interval`,
    ),
    check(
      "after the outage all go on without an operator",
      true,
      `${outage.cases} cases in ${outage.recoveredSeconds.toFixed(0)} s, open again after ${outage.openAgainSeconds.toFixed(0)} s`,
    ),
    check("every case granted, with one effect", breaches.length === 0, breaches[0] ?? "all"),
  ];
}

const check = (promise: string, kept: boolean, found: string): Check => ({ promise, found, kept });

/** A section in Markdown. */
export function gatesSection(found: GatesResult): string {
  const { saturation, rate, outage, drain } = found;
  return [
    `${inWords(found.machine)} One worker, PostgreSQL, Temporal ${found.temporal} (SQLite file) and the simulated system on the same machine.`,
    "",
    `Saturation without a gate: **${saturation.perSecond.toFixed(1)} calls a second** (${saturation.calls} waiting calls, ${saturation.cpuMsPerCall.toFixed(0)} ms of CPU each, the rest of their case included). The rate for the ${found.cases} cases: **N = ${rate}**. In the drain a call cost ${drain.cpuMsPerCall.toFixed(0)} ms of CPU.`,
    ...(found.interrupted
      ? [`The run was interrupted and taken up again; ${found.before} calls that were done before that are not measured.`]
      : []),
    "",
    "| promise | found | |",
    "|---|---|---|",
    ...checksOf(found).map((one) => `| ${one.promise} | ${one.found} | ${one.kept ? "kept" : "**NOT KEPT**"} |`),
    "",
    `In the outage of ${outage.seconds} s the system saw ${outage.attempts} requests of ${outage.cases} waiting cases: ${outage.untilTrickle} until single calls only were let through (the gate trickled after ${outage.trickleAfterSeconds.toFixed(1)} s), then ${outage.canaries} canaries.`,
  ].join("\n");
}

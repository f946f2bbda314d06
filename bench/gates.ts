/**
 * Do gates keep their promises with a backlog of thousands? Calls held by a closed gate, drained at half of what the machine can do; then an
 * outage that nobody announced. Interrupted by Ctrl-C, the same command goes on where it was.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { furthestOutOfPlace, inOrderOf, mostInASecond } from "../test/drain.ts";
import { outage } from "./gates/outage.ts";
import { breachesOf, closeGate, drain, idsOf, startCases, tasksOf, untilWaiting } from "./gates/phases.ts";
import { checksOf, gatesSection, type GatesResult } from "./page/gates.ts";
import { thisMachine } from "./page/machine.ts";
import { keepResult } from "./page/sections.ts";
import { SYSTEM } from "./gates/service.ts";
import { type GatesStage, openStage } from "./gates/stage.ts";
import { helpText, readArguments } from "./measure/arguments.ts";

const numbers = {
  cases: { usual: 10_000, help: "cases that wait at the closed gate" },
  batch: { usual: 500, help: "cases started before the next word of progress" },
  clients: { usual: 16, help: "cases started at the same time" },
  sample: { usual: 600, help: "calls by which the saturation is measured" },
  rate: { usual: 0, help: "calls a second when the gate opens; 0 is half of the saturation" },
  outageCases: { usual: 500, help: "cases of the outage" },
  outageSeconds: { usual: 90, help: "how long the system is away" },
};
const texts = {
  folder: "where the servers keep their files until the run is complete",
};
const about =
  "Holds calls of thousands of cases at a closed gate and drains them at half of the measured saturation, then an unannounced outage:\nzero calls while closed, rate, order, time of the drain, canaries. Ctrl-C interrupts; the same command goes on.";
/** Calls of one worker at one time (worker/system-workers.ts). */
const IN_FLIGHT = 20;

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const since = performance.now();
const say = (text: string): void =>
  void process.stderr.write(`${String(Math.round((performance.now() - since) / 1_000)).padStart(5)} s  ${text}\n`);

type Asked = ReturnType<typeof readArguments<keyof typeof numbers, keyof typeof texts>>["numbers"];

/** What an interruption leaves. */
interface Kept {
  cases: number;
  saturation?: GatesResult["saturation"];
  started: number;
  drained?: Pick<
    GatesResult,
    "drain" | "handedOutInASecond" | "furthestOutOfPlace" | "closedSeconds" | "callsWhileClosed" | "before" | "rate"
  >;
  interruptions: number;
}

async function measure(stage: GatesStage, asked: Asked, kept: Kept, keep: () => void): Promise<GatesResult> {
  const machine = thisMachine();
  if (!kept.saturation) {
    say(`measuring the saturation with ${asked.sample} calls`);
    const { calls, perSecond, cpuMsPerCall } = await saturation(stage, asked);
    kept.saturation = { calls, perSecond, cpuMsPerCall };
    keep();
  }
  const rate = asked.rate || Math.max(1, Math.round(kept.saturation.perSecond / 2));
  say(`saturation ${kept.saturation.perSecond.toFixed(1)} calls a second; the gate will open at ${rate}`);
  kept.drained ??= await held(stage, asked, rate, kept, keep);
  keep();
  await stage.systems.open(SYSTEM, { by: "bench" });
  say(`the system goes away for ${asked.outageSeconds} s while ${asked.outageCases} cases start`);
  const away = idsOf(`outage-${kept.interruptions}`, asked.outageCases);
  const found = await outage(stage, away, { seconds: asked.outageSeconds, clients: asked.clients, tell: say });
  say("looking at how every case ended");
  const breaches = await breachesOf(stage, away, asked.clients);
  return {
    machine,
    cases: asked.cases,
    saturation: kept.saturation,
    ...kept.drained,
    inFlight: IN_FLIGHT,
    outage: found,
    breaches,
    temporal: stage.serverVersion,
    interrupted: kept.interruptions > 0,
  };
}

async function saturation(stage: GatesStage, asked: Asked) {
  await closeGate(stage);
  const ids = idsOf(`sample-${Date.now()}`, asked.sample);
  await startCases(stage, ids, { from: 0, batch: asked.batch, clients: asked.clients, kept: () => undefined, tell: say });
  await untilWaiting(stage, ids.length, say);
  return drain(stage, ids, undefined, say);
}

/** The backlog at the closed gate, and its drain. */
async function held(stage: GatesStage, asked: Asked, rate: number, kept: Kept, keep: () => void): Promise<NonNullable<Kept["drained"]>> {
  const seen = await closeGate(stage);
  const closedAt = performance.now();
  const all = idsOf("held", asked.cases);
  await startCases(stage, all, {
    ...asked,
    from: kept.started,
    kept: (started) => {
      kept.started = started;
      keep();
    },
    tell: say,
  });
  const ids = kept.interruptions === 0 ? all : await open(stage, all, asked.clients);
  await untilWaiting(stage, ids.length, say);
  await pause(5_000);
  const callsWhileClosed = stage.simulator.requests().length - seen;
  const closedSeconds = (performance.now() - closedAt) / 1_000;
  say(`${callsWhileClosed} calls while closed, ${closedSeconds.toFixed(0)} s`);
  const drained = await drain(stage, ids, rate, say);
  say(`drained in ${drained.seconds.toFixed(0)} s; reading the order from the histories`);
  const tasks = await tasksOf(stage, ids, asked.clients, say);
  const cameIn = inOrderOf(tasks.map(({ id, scheduledAt }) => ({ id, at: scheduledAt })));
  const wentOut = inOrderOf(tasks.map(({ id, startedAt }) => ({ id, at: startedAt })));
  const breaches = await breachesOf(stage, ids, asked.clients);
  if (breaches.length > 0) throw new Error(`${breaches.length} breaches after the drain: ${breaches.slice(0, 3).join("; ")}`);
  return {
    drain: drained,
    handedOutInASecond: mostInASecond(tasks.map(({ startedAt }) => startedAt)),
    furthestOutOfPlace: furthestOutOfPlace(wentOut, cameIn),
    closedSeconds,
    callsWhileClosed,
    before: all.length - ids.length,
    rate,
  };
}

/** Cases whose call is still to come, after an interruption. */
async function open({ client }: GatesStage, ids: readonly string[], clients: number): Promise<string[]> {
  say("looking at which cases an interrupted drain has left");
  const waiting = new Set<string>();
  let next = 0;
  const looking = async () => {
    while (next < ids.length) {
      const id = ids[next++] as string;
      if ((await client.workflow.getHandle(id).describe()).status.name === "RUNNING") waiting.add(id);
    }
  };
  await Promise.all(Array.from({ length: clients }, looking));
  return ids.filter((id) => waiting.has(id));
}

function keptIn(file: string, cases: number): Kept {
  if (!existsSync(file)) return { cases, started: 0, interruptions: 0 };
  const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
  if (kept.cases !== cases)
    throw new TypeError(`${file} is of a run with ${kept.cases} cases: go on with --cases ${kept.cases}, or remove its folder`);
  say(`going on with an interrupted run: ${kept.started} of ${cases} cases are started`);
  return { ...kept, interruptions: kept.interruptions + 1 };
}

async function main(): Promise<void> {
  const asked = readArguments(numbers, texts);
  if (asked.help) return out(helpText("gates", about, numbers, texts));
  const folder = asked.texts.folder ?? join(tmpdir(), "darsena-bench-gates");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "run.json");
  const kept = keptIn(file, asked.numbers.cases);
  const keep = () => writeFileSync(file, JSON.stringify(kept));
  keep();
  const stage = await openStage(folder, say);
  const interrupt = () => {
    say(`interrupted; the same command goes on, or remove ${folder}`);
    void stage.close().then(() => process.exit(130));
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  let found: GatesResult;
  try {
    found = await measure(stage, asked.numbers, kept, keep);
  } finally {
    await stage.close();
  }
  const section = gatesSection(found);
  (asked.json ? say : out)(`\n${section}\n`);
  if (asked.write) keepResult("gates", found);
  if (asked.json) out(JSON.stringify({ bench: "gates", ...found, checks: checksOf(found) }));
  rmSync(folder, { recursive: true, force: true });
  if (checksOf(found).some(({ kept: isKept }) => !isKept)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench gates: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}

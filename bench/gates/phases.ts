/** What the bench of gates does and measures, phase by phase. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { load } from "../measure/load.ts";
import { aheadOfRate, mostInASecond, taskOf } from "../../test/drain.ts";
import { gateId } from "../../workflows/gates/messages.ts";
import { debtOf, request, SERVICE, SYSTEM } from "./service.ts";
import type { GatesStage } from "./stage.ts";

/** Says how far a phase is; the last line stands. */
export type Tell = (text: string) => void;

const BY = "bench";
const POLL_MS = 500;
const TOLD_EACH_MS = 10_000;

/** Ids of the cases of a phase: the same after an interruption. */
export const idsOf = (phase: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${SERVICE}-${phase}-${index}`);

/** Starts the cases from `from` on, in batches, and tells `kept` after each how many there are. Starting one twice does nothing. */
export async function startCases(
  { client }: GatesStage,
  ids: readonly string[],
  { from, batch, clients, kept, tell }: { from: number; batch: number; clients: number; kept: (started: number) => void; tell: Tell },
): Promise<void> {
  const began = performance.now();
  for (let done = from; done < ids.length; done = Math.min(done + batch, ids.length)) {
    const some = ids.slice(done, done + batch);
    await load(some.length, clients, async (index) => {
      await client.workflow.start(SERVICE, {
        taskQueue: "cases",
        workflowId: some[index] as string,
        args: [{ request, channel: "bench" }],
        workflowIdConflictPolicy: "USE_EXISTING",
        workflowIdReusePolicy: "REJECT_DUPLICATE",
      });
    });
    const started = done + some.length;
    kept(started);
    const perSecond = (started - from) / ((performance.now() - began) / 1_000);
    tell(`started ${started} of ${ids.length}, ${perSecond.toFixed(0)} a second, ${left((ids.length - started) / perSecond)}`);
  }
}

/** Closes the gate, and waits until the calls in flight have ended; resolves with how many requests the system has seen by then. */
export async function closeGate({ systems, simulator }: GatesStage): Promise<number> {
  await systems.close(SYSTEM, { reason: "the bench holds all calls", by: BY });
  for (let seen = -1; seen !== simulator.requests().length; await pause(2_000)) seen = simulator.requests().length;
  return simulator.requests().length;
}

/** Waits until so many calls wait at the gate; the server's count is approximate, so one that stands still for 20 s is enough when it is nearly that. */
export async function untilWaiting(stage: GatesStage, count: number, tell: Tell): Promise<void> {
  let last = -1;
  let stillSince = performance.now();
  for (let toldAt = performance.now(); ; await pause(POLL_MS)) {
    const { waiting = 0 } = await stage.gate();
    if (waiting >= count) return;
    if (waiting !== last) stillSince = performance.now();
    last = waiting;
    if (performance.now() - stillSince > 20_000) {
      if (waiting > count * 0.98) return;
      if (performance.now() - stillSince > 120_000) throw new Error(`only ${waiting} of ${count} calls wait at the gate`);
    }
    if (performance.now() - toldAt < TOLD_EACH_MS) continue;
    toldAt = performance.now();
    tell(`${waiting} of ${count} calls wait at the gate`);
  }
}

/** How a backlog went. */
export interface Drain {
  calls: number;
  /** From the opening to the last effect. */
  seconds: number;
  /** From the first effect to the last one. */
  perSecond: number;
  cpuMsPerCall: number;
  /** At the system. */
  mostInASecond: number;
  aheadOfRate: number;
  /** How late the Temporal server answered at worst, or this process, which is the system, was: that much of a rate may come together. */
  lateMs: number;
}

/** Opens the gate at a rate, or without one, and waits until every case has had its effect. */
export async function drain(stage: GatesStage, ids: readonly string[], rate: number | undefined, tell: Tell): Promise<Drain> {
  const { simulator, systems } = stage;
  const debts = new Set(ids.map(debtOf));
  const effects = () => simulator.ledger().filter(({ operation, key }) => operation === "create" && debts.has(key));
  const before = effects().length;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = stage.cpuMs();
  const opened = Date.now();
  await systems.open(SYSTEM, { by: BY, ...(rate === undefined ? {} : { rate }) });
  const giveUpAfterMs = 120_000 + (ids.length / (rate ?? 1)) * 3_000;
  let slowestMs = 0;
  for (let toldAt = opened; effects().length < ids.length; await pause(POLL_MS)) {
    const asked = performance.now();
    await stage.client.workflow.getHandle(gateId(SYSTEM)).describe();
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    const done = effects().length;
    if (Date.now() - opened > giveUpAfterMs) throw new Error(`${ids.length - done} of ${ids.length} calls never came`);
    if (Date.now() - toldAt < TOLD_EACH_MS) continue;
    toldAt = Date.now();
    const perSecond = (done - before) / ((toldAt - opened) / 1_000);
    tell(`${done} of ${ids.length} calls are done, ${perSecond.toFixed(1)} a second, ${left((ids.length - done) / perSecond)}`);
  }
  delay.disable();
  const mine = effects().slice(before);
  const at = mine.map((one) => Date.parse(one.at));
  const [first = 0, last = 0] = [at[0], at.at(-1)];
  return {
    calls: mine.length,
    seconds: (last - opened) / 1_000,
    perSecond: (mine.length - 1) / ((last - first) / 1_000),
    cpuMsPerCall: (stage.cpuMs() - cpu) / mine.length,
    mostInASecond: mostInASecond(at),
    aheadOfRate: rate === undefined ? 0 : aheadOfRate(at, rate),
    lateMs: Math.round(Math.max(delay.max / 1e6, slowestMs)),
  };
}

/** When the server put each case's call into its queue, and when it handed it out; read from the histories. */
export async function tasksOf(
  { client }: GatesStage,
  ids: readonly string[],
  clients: number,
  tell: Tell,
): Promise<{ id: string; scheduledAt: number; startedAt: number }[]> {
  const found: { id: string; scheduledAt: number; startedAt: number }[] = [];
  let toldAt = performance.now();
  await load(ids.length, clients, async (index) => {
    const id = ids[index] as string;
    const { scheduledAt, startedAt = 0 } = await taskOf({ handle: client.workflow.getHandle(id) }, "payments.createDebt");
    found.push({ id, scheduledAt, startedAt });
    if (performance.now() - toldAt < TOLD_EACH_MS) return;
    toldAt = performance.now();
    tell(`read ${found.length} of ${ids.length} histories`);
  });
  return found;
}

/** Waits until every case is closed, and says which is not granted or has more or less than one effect. */
export async function breachesOf({ client, simulator }: GatesStage, ids: readonly string[], clients: number): Promise<string[]> {
  const effects = new Map<string, number>();
  for (const { operation, key } of simulator.ledger()) if (operation === "create") effects.set(key, (effects.get(key) ?? 0) + 1);
  const breaches: string[] = [];
  await load(ids.length, clients, async (index) => {
    const id = ids[index] as string;
    const { outcome } = (await client.workflow.getHandle(id).result()) as { outcome?: string };
    if (outcome !== "granted") breaches.push(`${id} ended with ${outcome ?? "nothing"}`);
    const count = effects.get(debtOf(id)) ?? 0;
    if (count !== 1) breaches.push(`${id} has ${count} effects`);
  });
  return breaches;
}

/** "about 3 min left". */
export const left = (seconds: number): string =>
  seconds < 90 ? `about ${Math.round(seconds)} s left` : `about ${Math.round(seconds / 60)} min left`;

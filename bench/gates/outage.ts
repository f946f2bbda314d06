/** The system goes away unannounced, and comes back: what knocks meanwhile, counted at the system, and how the cases go on without an operator. */
import { setTimeout as pause } from "node:timers/promises";
import { CANARY_EVERY_S } from "./canary.ts";
import { debtOf } from "./service.ts";
import { startCases, type Tell } from "./phases.ts";
import type { GatesStage } from "./stage.ts";

const SAMPLED_MS = 20;

/** What an outage came to. */
export interface Outage {
  cases: number;
  seconds: number;
  /** Requests that the system saw while it was away. */
  attempts: number;
  /** Of them, those before the gate let single calls through only. */
  untilTrickle: number;
  trickleAfterSeconds: number;
  canaries: number;
  /** In any interval of `CANARY_EVERY_S`. */
  mostCanariesInAnInterval: number;
  /** From the system's return to the last effect, and to the open gate. */
  recoveredSeconds: number;
  openAgainSeconds: number;
}

/** Takes the system away while the cases are being started, gives it back after so many seconds, and waits until all have had their effect. */
export async function outage(
  stage: GatesStage,
  ids: readonly string[],
  { seconds, clients, tell }: { seconds: number; clients: number; tell: Tell },
): Promise<Outage> {
  const { simulator } = stage;
  const knocks: number[] = [];
  const seenBefore = simulator.requests().length;
  const sampling = setInterval(() => {
    while (knocks.length < simulator.requests().length - seenBefore) knocks.push(Date.now());
  }, SAMPLED_MS);
  try {
    simulator.inject({ kind: "unavailable", times: Number.MAX_SAFE_INTEGER });
    const began = Date.now();
    const starting = startCases(stage, ids, { from: 0, batch: Math.ceil(ids.length / 4), clients, kept: () => undefined, tell });
    const trickledAt = await untilGate(stage, "trickle");
    tell(`the gate trickles after ${((trickledAt - began) / 1_000).toFixed(1)} s`);
    await starting;
    // What had been handed out before ends.
    const canariesFrom = trickledAt + 2_000;
    while (Date.now() - began < seconds * 1_000) await pause(200);
    const away = knocks.filter((at) => at >= began);
    const canaries = away.filter((at) => at >= canariesFrom);
    await fetch(`${simulator.url}/_control/faults`, { method: "DELETE" });
    const back = Date.now();
    tell(`the system is back after ${away.length} requests, ${canaries.length} of them canaries`);
    await untilDone(stage, ids, tell);
    const done = Date.now();
    const openAt = await untilGate(stage, "open");
    return {
      cases: ids.length,
      seconds,
      attempts: away.length,
      untilTrickle: away.length - canaries.length,
      trickleAfterSeconds: (trickledAt - began) / 1_000,
      canaries: canaries.length,
      mostCanariesInAnInterval: Math.max(
        0,
        ...canaries.map((from) => canaries.filter((at) => at >= from && at < from + CANARY_EVERY_S * 1_000 - SAMPLED_MS).length),
      ),
      recoveredSeconds: (done - back) / 1_000,
      openAgainSeconds: (openAt - back) / 1_000,
    };
  } finally {
    clearInterval(sampling);
  }
}

async function untilGate(stage: GatesStage, state: "trickle" | "open"): Promise<number> {
  for (const giveUpAt = Date.now() + 180_000; ; await pause(100)) {
    const { gate } = await stage.gate();
    if (gate === state) return Date.now();
    if (Date.now() > giveUpAt) throw new Error(`the gate is ${gate}, and never came to ${state}`);
  }
}

async function untilDone({ simulator }: GatesStage, ids: readonly string[], tell: Tell): Promise<void> {
  const wanted = new Set(ids.map(debtOf));
  let toldAt = Date.now();
  for (const giveUpAt = Date.now() + 300_000 + ids.length * 500; ; await pause(200)) {
    const done = simulator.ledger().filter(({ key }) => wanted.has(key)).length;
    if (done >= ids.length) return;
    if (Date.now() > giveUpAt) throw new Error(`${ids.length - done} cases did not go on after the outage`);
    if (Date.now() - toldAt < 10_000) continue;
    toldAt = Date.now();
    tell(`${done} of ${ids.length} have gone on`);
  }
}

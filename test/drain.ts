/** Measures how the calls that waited at a gate went on: when, how fast, and in which order. */
import { setTimeout as pause } from "node:timers/promises";
import type { Rig, TestCase } from "./rig.ts";

export interface Task {
  scheduledAt: number;
  /** The attempt that was the last, and when the server gave it to a worker. */
  startedAt?: number;
  attempt: number;
}

const ms = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
  Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1e6);

/** What the server's history says of the call of the protocol of each case. */
export async function taskOf(c: TestCase): Promise<Task> {
  const { events = [] } = await c.handle.fetchHistory();
  const scheduled = events?.find((one) => one.activityTaskScheduledEventAttributes?.activityType?.name === "protocol.register");
  const started = events?.find((one) => String(one.activityTaskStartedEventAttributes?.scheduledEventId) === String(scheduled?.eventId));
  return {
    scheduledAt: ms(scheduled?.eventTime),
    ...(started ? { startedAt: ms(started.eventTime) } : {}),
    attempt: started?.activityTaskStartedEventAttributes?.attempt ?? 0,
  };
}

/** The most events within any second. */
export function mostInASecond(instants: readonly number[]): number {
  const sorted = [...instants].toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + 1_000).length));
}

/** How late the server answers at worst, in ms, until it is stopped: what a busy machine adds to every instant. */
export function measureLateness(rig: Rig): { stop(): Promise<number> } {
  const stopped = new AbortController();
  let worst = 0;
  const measuring = (async () => {
    while (!stopped.signal.aborted) {
      const asked = performance.now();
      await rig.client.workflow.getHandle("gate.protocol").describe();
      worst = Math.max(worst, performance.now() - asked);
      await pause(50);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await measuring;
      return Math.round(worst);
    },
  };
}

/** By how many calls the rate was exceeded at most, counted from the first one; unlike bursts this shows no lateness of the clock. */
export function aheadOfRate(instants: readonly number[], rate: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  const [first = 0] = sorted;
  return Math.max(0, ...sorted.map((at, index) => Math.round((index - (rate * (at - first)) / 1_000) * 10) / 10));
}

/** How far the one that was furthest out of its place stands from it. */
export function furthestOutOfPlace(order: readonly string[], cameIn: readonly string[]): number {
  const place = new Map(cameIn.map((id, index) => [id, index]));
  return Math.max(0, ...order.map((id, index) => Math.abs(index - (place.get(id) ?? 0))));
}

export const inOrderOf = (pairs: readonly { id: string; at: number }[]): string[] =>
  pairs.toSorted((a, b) => a.at - b.at).map(({ id }) => id);

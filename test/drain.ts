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

/** What the server's history says of a case's call: of its registration, unless another operation is asked for. */
export async function taskOf({ handle }: Pick<TestCase, "handle">, operation = "protocol.register"): Promise<Task> {
  const { events = [] } = await handle.fetchHistory();
  const scheduled = events?.find((one) => one.activityTaskScheduledEventAttributes?.activityType?.name === operation);
  const started = events?.find((one) => String(one.activityTaskStartedEventAttributes?.scheduledEventId) === String(scheduled?.eventId));
  return {
    scheduledAt: ms(scheduled?.eventTime),
    ...(started ? { startedAt: ms(started.eventTime) } : {}),
    attempt: started?.activityTaskStartedEventAttributes?.attempt ?? 0,
  };
}

/** The most events within any second. */
export function mostInASecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[from] as number) <= at - 1_000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
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
  return sorted.reduce((most, at, index) => Math.max(most, Math.round((index - (rate * (at - first)) / 1_000) * 10) / 10), 0);
}

/** How far the one that was furthest out of its place stands from it. */
export function furthestOutOfPlace(order: readonly string[], cameIn: readonly string[]): number {
  const place = new Map(cameIn.map((id, index) => [id, index]));
  return order.reduce((furthest, id, index) => Math.max(furthest, Math.abs(index - (place.get(id) ?? 0))), 0);
}

export const inOrderOf = (pairs: readonly { id: string; at: number }[]): string[] =>
  pairs.toSorted((a, b) => a.at - b.at).map(({ id }) => id);

const textOf = (payload: { data?: Uint8Array | null } | undefined) => JSON.parse(Buffer.from(payload?.data ?? []).toString());

/** What the workers told the supervisor of a system, and how the supervisor set the gate, in order. */
export async function toldToSupervisor({ client }: Rig, system: string): Promise<{ worker?: string; failing?: boolean; gate?: string }[]> {
  const { events } = await client.workflow.getHandle(`gate.${system}`).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName === "health") return [textOf(signal.input?.payloads?.[0])];
    const task = event.activityTaskScheduledEventAttributes;
    return task?.activityType?.name === "gate.apply" ? [{ gate: textOf(task.input?.payloads?.[0]).desired.gate }] : [];
  });
}

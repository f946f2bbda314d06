/**
 * The trace of a case: per step path what became of it and with which result. Attempts, ways, times and the numbers that systems
 * drew are not part of it, so that two cases of one scenario leave the same trace.
 */
import type { Client } from "@temporalio/client";
import type { TestCase } from "./rig.ts";

export interface Trace {
  outcome: string | undefined;
  steps: { id: string; state: string; note?: string; operation?: string }[];
  /** By operation: every outcome, in order, whichever way the call took. */
  calls: Record<string, unknown[]>;
  history: { path?: string; event: string; text: string; by?: string }[];
  documents: number;
}

/** One run of the case and its history; continue-as-new begins another. */
type Event = NonNullable<Awaited<ReturnType<TestCase["handle"]["fetchHistory"]>>["events"]>[number];

/** The histories of all runs of the case, the first one first. */
export async function runsOf(client: Client, c: TestCase): Promise<Event[][]> {
  const { raw } = await c.handle.describe();
  const runs: Event[][] = [];
  for (let runId = raw.workflowExtendedInfo ? raw.workflowExecutionInfo?.firstRunId : undefined; runId; ) {
    const { events } = await client.workflow.getHandle(c.id, runId).fetchHistory();
    runs.push(events ?? []);
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

export async function traceOf(client: Client, c: TestCase): Promise<Trace> {
  const status = await c.status();
  const calls: Record<string, unknown[]> = {};
  for (const run of await runsOf(client, c)) collectCalls(run, calls);
  const trace: Trace = {
    outcome: status.outcome,
    steps: status.steps.map(({ id, state, note, operation }) => ({
      id,
      state,
      ...(note === undefined ? {} : { note }),
      ...(operation === undefined ? {} : { operation }),
    })),
    calls,
    history: status.history.map(({ path, event, text, by }) => ({
      event,
      text: text.en,
      ...(path === undefined ? {} : { path }),
      ...(by === undefined ? {} : { by }),
    })),
    documents: status.documents.length,
  };
  return impersonal(trace, c.id);
}

function collectCalls(events: Event[], calls: Record<string, unknown[]>): void {
  const keep = (operation: string | undefined, result: unknown) => {
    // How often the payment system was asked depends on the time.
    if (operation === undefined || operation.startsWith("case.") || operation === "payments.debtStatus") return;
    // What the short way did not take is answered by the queued way.
    if (!notTaken.has((result as { kind: string } | null)?.kind ?? "")) (calls[operation] ??= []).push(result);
  };
  const scheduled = new Map<string, string>();
  for (const event of events) {
    const {
      activityTaskScheduledEventAttributes: begun,
      activityTaskCompletedEventAttributes: ended,
      markerRecordedEventAttributes: marker,
    } = event;
    if (begun) scheduled.set(String(event.eventId), begun.activityType?.name ?? "");
    if (ended) keep(scheduled.get(String(ended.scheduledEventId)), decoded(ended.result));
    const { data, result } = marker?.details ?? {};
    if (data && result) keep((decoded(data) as { activity_type?: string }).activity_type, decoded(result));
  }
}

const notTaken = new Set(["deferred", "not-sent", "under-way"]);

const decoded = (from: { payloads?: { data?: Uint8Array | null }[] | null } | null | undefined): unknown =>
  JSON.parse(Buffer.from(from?.payloads?.[0]?.data ?? []).toString() || "null");

/** What differs between two cases of one scenario is replaced by what it is. */
function impersonal(trace: Trace, id: string): Trace {
  const general = (part: unknown) =>
    JSON.stringify(part)
      .replaceAll(id, "<case>")
      .replace(/MILANO-[\w/-]+/g, "<receipt>")
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<instant>")
      .replace(/"\d{7}\/\d{4}"/g, '"<number>"')
      .replace(/"\d{18}"/g, '"<notice>"');
  const calls = general(trace.calls).replace(/"(id|sha256|bytes)":("[^"]*"|\d+)/g, '"$1":"<$1>"');
  return { ...(JSON.parse(general(trace)) as Trace), calls: JSON.parse(calls) as Trace["calls"] };
}

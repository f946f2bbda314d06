/**
 * The trace of a trial (DESIGN section 3): per step path what became of it and with which result, and the effect of each message.
 * Attempts, ways and times are not part of it; order counts only where one thing depends on another.
 */
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { SimulatedSystems } from "../simulation/systems.ts";
import type { CaseState } from "../state.ts";
import type { CaseStatus } from "../status.ts";
import type { ActEffect } from "./play.ts";

export interface CaseTrace {
  outcome: string;
  steps: Record<string, { state: string; operation?: string; note?: string; result?: Json }>;
  history: string[];
  documents: Json[];
}

export interface Trace {
  cases: Record<string, CaseTrace>;
  /** By key: what was asked, and what it came to in the end. */
  calls: Record<string, { operation: string; input: Json; outcome: Json; effects: number }>;
  messages: ActEffect[];
}

/** How often a system is asked whether something has come to pass depends on the time. */
const isPolling = (key: string): boolean => /\/confirm\.\d+$/.test(key);

/** `results`: step results by case, where the state is known. */
export function traceOf(
  statuses: readonly CaseStatus[],
  systems: SimulatedSystems,
  messages: readonly ActEffect[],
  results: Readonly<Record<string, CaseState["steps"]>> = {},
): Trace {
  const cases = Object.fromEntries(statuses.map((status) => [status.case, caseTrace(status, results[status.case])]));
  return withoutTimes({ cases, calls: callsOf(systems), messages: [...messages] });
}

function caseTrace(status: CaseStatus, results: CaseState["steps"] | undefined): CaseTrace {
  const steps = Object.fromEntries(
    status.steps
      .toSorted((a, b) => a.id.localeCompare(b.id))
      .map(({ id, state, operation, note }) => {
        const result = results?.[id]?.result;
        const told = { state, ...(operation === undefined ? {} : { operation }), ...(note === undefined ? {} : { note }) };
        return [id, result === undefined ? told : { ...told, result }];
      }),
  );
  const history = status.history.map(({ event, path = "", text, by = "" }) => [event, path, text.en, by].join(" | ")).toSorted();
  return { outcome: status.outcome ?? status.state, steps, history, documents: status.documents };
}

function callsOf(systems: SimulatedSystems): Trace["calls"] {
  const calls: Trace["calls"] = {};
  for (const { key, operation, input, verb, outcome } of systems.calls) {
    // A call that expired was never sent.
    if (isPolling(key) || outcome.kind === "expired") continue;
    const effects = systems.effectOf(key)?.effects ?? 0;
    if (verb === "send") calls[key] = { operation, input, outcome: settled(outcome as unknown as JsonObject), effects };
    else if (calls[key] && outcome.kind === "found") calls[key] = { ...calls[key], outcome: settled(outcome as unknown as JsonObject) };
  }
  return Object.fromEntries(Object.entries(calls).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** When a held request can no longer arrive is a time. */
const settled = ({ settleUntil: _settleUntil, ...outcome }: JsonObject): Json => outcome;

/** Instants are times, and which of two children drew its receipt first means nothing. */
const withoutTimes = (trace: Trace): Trace =>
  JSON.parse(
    JSON.stringify(trace)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, "<instant>")
      .replaceAll(/[A-Z]+-\d{4}-\d{6}/g, "<receipt>"),
  ) as Trace;

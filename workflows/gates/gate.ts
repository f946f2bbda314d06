/**
 * What a system's gate ought to be: a pure function of calendar, health and operators' words (DESIGN section 6). What weighs more comes first:
 * an operator's closing, wrong credentials, the calendar, failures in a row. Whatever is over is forgotten.
 */
import { durationMs } from "../../cases/duration.ts";
import type { CloseGate, Desired, GateSettings, HealthReport, OpenGate } from "./messages.ts";
import { openedAt } from "./opening.ts";

/** Without a rate of its own a system that recovers is limited until it takes this many calls a second. */
const RAMP_ENDS_AT = 64;

/** A worker's row of failures that has not grown for so long says nothing of the system any more; the worker may be dead. */
const RUN_FORGOTTEN_MS = 60_000;

/** The last instant that a date can hold. */
const LAST_INSTANT = 8.64e15;

export type Health =
  | { mode: "well" }
  /** Single canaries go through until one succeeds. */
  | { mode: "failing"; since: string; code?: string }
  /** One has succeeded, or an operator (`by`) opens slowly: the rate doubles at each step. */
  | { mode: "recovering"; since: string; by?: string };

/** A worker's failures in a row, as it told them at an instant. */
interface Run {
  failures: number;
  at: string;
}

/** All that a supervisor remembers; plain JSON. */
export interface GateState extends GateSettings {
  closed?: CloseGate & { at: string };
  /** `over`: an operator opened although the calendar said closed, which counts again from that instant on. */
  opened?: OpenGate & { at: string; over?: string };
  misconfigured?: { reason: string; at: string };
  health: Health;
  /** Failures in a row by worker; together they count against `trickle.after`. */
  runs?: Readonly<Record<string, Run>>;
}

export const newGate = (settings: GateSettings): GateState => ({ ...settings, health: { mode: "well" } });

const iso = (instant: number): string => new Date(instant).toISOString();

/** An operator closes the gate; calls in flight finish. */
export const close = (state: GateState, command: CloseGate, now: number): GateState => ({ ...state, closed: { ...command, at: iso(now) } });

/**
 * An operator opens the gate: that ends a closing, a misconfiguration and caution, and a closed calendar until its next change.
 * With `ramp` the rate begins as after an outage, and rises.
 */
export function open(state: GateState, { ramp, ...command }: OpenGate, now: number): GateState {
  const { closed: _closed, misconfigured: _misconfigured, runs: _runs, ...rest } = state;
  const calendar = openedAt(now, state.settings, state.calendar);
  const over = calendar.open ? {} : { over: iso(calendar.until ?? LAST_INSTANT) };
  const health: Health = ramp ? { mode: "recovering", since: iso(now), by: command.by } : { mode: "well" };
  return { ...rest, opened: { ...command, at: iso(now), ...over }, health };
}

/** A system refused our credentials, certificate or envelope: only an operator opens again. */
export const misconfigured = (state: GateState, reason: string, now: number): GateState => ({
  ...state,
  misconfigured: { reason, at: iso(now) },
});

/** A worker's view has changed. Failures in a row count over all workers together; a success that any of them sees ends the row. */
export function heard(state: GateState, report: HealthReport, now: number): GateState {
  const { failing, failures, code } = report;
  const { mode } = state.health;
  if (failures === 0) {
    const { runs: _runs, ...rest } = state;
    return mode === "failing" ? { ...rest, health: { mode: "recovering", since: iso(now) } } : state.runs ? rest : state;
  }
  if (mode === "failing") return state;
  const runs = { ...freshRuns(state, now), [report.worker]: { failures, at: iso(now) } };
  const together = Object.values(runs).reduce((sum, run) => sum + run.failures, 0);
  if (!failing && together < state.settings.trickle.after) return { ...state, runs };
  const { runs: _runs, ...rest } = state;
  return { ...rest, health: { mode: "failing", since: iso(now), ...(code === undefined ? {} : { code }) } };
}

const freshRuns = ({ runs = {} }: GateState, now: number): Record<string, Run> =>
  Object.fromEntries(Object.entries(runs).filter(([, { at }]) => now - Date.parse(at) < RUN_FORGOTTEN_MS));

/** The state without what is over, what the gate ought to be, and the instant (ms) at which to look again. */
export interface Decision {
  state: GateState;
  desired: Desired;
  nextAt?: number;
}

/** Decides at `now` (ms). */
export function decide(before: GateState, now: number): Decision {
  const state = withoutWhatIsOver(before, now);
  const { closed, misconfigured: wrong, opened } = state;
  if (closed) {
    const { by, reason, until } = closed;
    return decided(
      state,
      { gate: "closed", rate: 0, reason: `closed by ${by}: ${reason}` },
      until === undefined ? undefined : Date.parse(until),
    );
  }
  if (wrong) return { state, desired: { gate: "closed", rate: 0, reason: `misconfigured: ${wrong.reason}` } };
  const calendar = openedAt(now, state.settings, state.calendar);
  if (!calendar.open && opened?.over === undefined)
    return decided(state, { gate: "closed", rate: 0, reason: calendar.reason }, calendar.until);
  const decision = byHealth(state, now);
  const next = [decision.nextAt, calendar.until].filter((instant) => instant !== undefined);
  return next.length === 0 ? decision : { ...decision, nextAt: Math.min(...next) };
}

function decided(state: GateState, desired: Desired, until?: number): Decision {
  return until === undefined ? { state, desired } : { state, desired: { ...desired, until: iso(until) }, nextAt: until };
}

function withoutWhatIsOver(before: GateState, now: number): GateState {
  const state = { ...before };
  if (state.closed?.until !== undefined && Date.parse(state.closed.until) <= now) delete state.closed;
  if (state.opened?.over !== undefined && Date.parse(state.opened.over) <= now) {
    const { over: _over, ...rest } = state.opened;
    state.opened = rest;
  }
  if (state.health.mode === "recovering" && rampRate(state, now) >= (limitOf(state) ?? RAMP_ENDS_AT)) state.health = { mode: "well" };
  return state;
}

const limitOf = ({ opened, settings }: GateState): number | undefined => opened?.rate ?? settings.rate;

function rampStep({ settings, health }: GateState, now: number): number {
  const since = health.mode === "well" ? now : Date.parse(health.since);
  return Math.max(0, Math.floor((now - since) / durationMs(settings.trickle.step)));
}

const rampRate = (state: GateState, now: number): number => state.settings.trickle.rampFrom * 2 ** Math.min(30, rampStep(state, now));

function byHealth(state: GateState, now: number): Decision {
  const { health, settings, opened } = state;
  const limit = limitOf(state);
  switch (health.mode) {
    case "failing": {
      const seconds = durationMs(settings.trickle.every) / 1_000;
      const reason = `failing${health.code === undefined ? "" : ` (${health.code})`}: one call each ${seconds} s until one succeeds`;
      return { state, desired: { gate: "trickle", rate: Math.min(1 / seconds, limit ?? 1 / seconds), reason } };
    }
    case "recovering": {
      const rate = rampRate(state, now);
      const nextAt = Date.parse(health.since) + (rampStep(state, now) + 1) * durationMs(settings.trickle.step);
      const why = health.by === undefined ? "recovering" : `opened slowly by ${health.by}`;
      return { state, desired: { gate: "open", rate, reason: `${why}: the rate doubles at each step` }, nextAt };
    }
    case "well":
      if (limit === undefined) return { state, desired: { gate: "open" } };
      return {
        state,
        desired: { gate: "open", rate: limit, reason: opened?.rate === undefined ? "the system's rate" : `rate set by ${opened.by}` },
      };
  }
}

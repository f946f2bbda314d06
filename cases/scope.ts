/** What expressions may name where they stand. */
import { isHandWritten, type Step } from "../catalogue/definition.ts";
import { fill, type Scope } from "../catalogue/expressions.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import type { CaseState } from "./state.ts";

/** A list of steps whose results may be named, with the path that they stand under. */
export interface Frame {
  steps: readonly Step[];
  prefix: string;
}

/** Where the interpreter stands: inside a fragment only its own steps are seen, inside a `forEach` also what is outside. */
export interface Place {
  frames: readonly Frame[];
  /** The item of a `forEach`, the inputs of a fragment. */
  names: Scope;
  /** Path of the fragment whose variables `set` writes; absent for the service's own. */
  block?: string;
  /** False inside a fragment: it sees its inputs, not the request. */
  seesRequest: boolean;
}

export function scopeOf(state: CaseState, place: Place): Scope {
  const steps: JsonObject = {};
  for (const frame of place.frames) collect(state, frame.steps, frame.prefix, steps);
  const { fees, tables, offices, municipality } = state.overlay;
  return {
    ...(place.seesRequest ? { request: state.request } : {}),
    ...place.names,
    steps,
    vars: variables(state, place.block),
    case: {
      id: state.id,
      receipt: state.receipt.number,
      receivedAt: state.receipt.at,
      channel: state.channel,
      service: state.service.service,
    },
    overlay: { municipality, fees, tables, offices },
  };
}

/** The variables that `set` writes at a place. */
export function variables(state: CaseState, block: string | undefined): JsonObject {
  if (block === undefined) return state.vars;
  const progress = (state.progress[block] ??= { round: 1, stage: "block" });
  return (progress.vars ??= {});
}

/** Results by step id; inside `choose` and `parallel` they are seen from outside, inside `forEach` and fragments they are not. */
function collect(state: CaseState, steps: readonly Step[], prefix: string, into: JsonObject): void {
  for (const step of steps) {
    const path = `${prefix}${step.id}`;
    const result = state.steps[path]?.result;
    if (result !== undefined) into[step.id] = result;
    if ("choose" in step) for (const branch of step.choose) collect(state, branch.steps, `${path}/`, into);
    if ("parallel" in step)
      for (const [name, branch] of Object.entries(step.parallel.branches)) collect(state, branch, `${path}/${name}/`, into);
  }
}

/** Fills a template; the service's texts that it names are filled first. */
export function fillAt(state: CaseState, place: Place, template: Json, more: Scope = {}): Json | undefined {
  const scope = { ...scopeOf(state, place), ...more };
  const named = isHandWritten(state.service)
    ? []
    : [...JSON.stringify(template).matchAll(/\btexts\.([A-Za-z0-9]+)/g)].map((match) => match[1] as string);
  if (named.length === 0) return fill(template, scope);
  const texts: JsonObject = {};
  for (const name of named) {
    const text = state.service.texts[name];
    if (text) texts[name] = fill({ ...text }, scope) as JsonObject;
  }
  return fill(template, { ...scope, texts });
}

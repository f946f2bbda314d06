/** What a municipality changes in services that it shares with others: terms, texts, single steps, and which it offers. */
import type { Json, JsonObject } from "../connectors/json.ts";
import { isHandWritten, type Overlay, type Service } from "./definition.ts";
import { Step } from "./steps.ts";

/** Why a patch does not fit: there is no such step, or what it makes is no step. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly step: string;
  readonly code: "unknown-step" | "not-a-step";
  constructor(step: string, code: "unknown-step" | "not-a-step", message: string) {
    super(message);
    this.step = step;
    this.code = code;
  }
}

/** Whether the municipality offers the service; one that lists none offers all. */
export const offers = (overlay: Overlay, service: string): boolean => overlay.offers?.includes(service) ?? true;

/**
 * The service (fragments expanded) as this municipality offers it: its own term and texts, and its patches of single steps.
 * Offices, fees, tables and durations are read while a case runs. Throws `PatchError`.
 */
export function applyOverlay<S extends Service>(service: S, overlay: Overlay): S {
  const term = overlay.terms?.[service.service];
  const texts = overlay.texts?.[service.service];
  const changed: S = {
    ...service,
    ...(term === undefined ? {} : { legal: { ...service.legal, term } }),
    ...(texts === undefined ? {} : { texts: { ...service.texts, ...texts } }),
  };
  if (isHandWritten(changed)) return changed;
  let { steps, withdrawn } = changed;
  for (const [step, patch] of Object.entries(overlay.patches?.[service.service] ?? {})) {
    const found = { count: 0 };
    steps = patched(steps, step, patch, "", found);
    withdrawn = patched(withdrawn, step, patch, "", found);
    if (found.count === 0) throw new PatchError(step, "unknown-step", `${service.service} has no step "${step}"`);
  }
  return { ...changed, steps, withdrawn };
}

/** The overlay as a case pins it: only what is read at run time, so that a patch of another service leaves this version alone. */
export function runtimeOverlay(overlay: Overlay): Overlay {
  const { offers: _offers, terms: _terms, texts: _texts, patches: _patches, ...kept } = overlay;
  return kept;
}

type Found = { count: number };

/** Steps are named by id, or by path where they stand inside a fragment: `decision/notice`. */
function patched(steps: readonly Step[], name: string, patch: Json, prefix: string, found: Found, inBlock = false): Step[] {
  return steps.flatMap((step) => {
    const path = `${prefix}${step.id}`;
    if (path === name || (!inBlock && step.id === name)) {
      found.count += 1;
      return patch === null ? [] : [asStep(mergePatch(step as unknown as Json, patch), name, step.id)];
    }
    return [inside(step, name, patch, path, found, inBlock)];
  });
}

function inside(step: Step, name: string, patch: Json, path: string, found: Found, inBlock: boolean): Step {
  const on = (steps: readonly Step[], prefix: string, block = inBlock) => patched(steps, name, patch, prefix, found, block);
  if ("choose" in step) return { ...step, choose: step.choose.map((one) => ({ ...one, steps: on(one.steps, `${path}/`) })) };
  if ("parallel" in step) {
    const branches = Object.entries(step.parallel.branches).map(([branch, steps]) => [branch, on(steps, `${path}/${branch}/`)]);
    return { ...step, parallel: { ...step.parallel, branches: Object.fromEntries(branches) } };
  }
  if ("forEach" in step) return { ...step, forEach: { ...step.forEach, steps: on(step.forEach.steps, `${path}/`) } };
  if ("block" in step) return { ...step, block: { ...step.block, steps: on(step.block.steps, `${path}/`, true) } };
  return step;
}

function asStep(value: Json, name: string, id: string): Step {
  const parsed = Step.safeParse(value);
  if (!parsed.success) throw new PatchError(name, "not-a-step", `with this patch "${name}" is no step any more`);
  if (parsed.data.id !== id) throw new PatchError(name, "not-a-step", `a patch may not change the id of "${name}"`);
  return parsed.data;
}

/** JSON merge patch (RFC 7396): members replace, objects merge, null removes. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key] ?? null, value);
  }
  return merged;
}

const isObject = (value: Json): value is JsonObject => value !== null && typeof value === "object" && !Array.isArray(value);

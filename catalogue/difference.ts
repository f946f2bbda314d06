/** What changed from one definition of a service to another, in sentences for people. */
import type { Json } from "../connectors/json.ts";
import type { Overlay, Service, Step } from "./definition.ts";
import { isHandWritten } from "./definition.ts";
import { canonicalJson } from "./json-value.ts";
import { kindOf, type PlacedStep, stepsByPath } from "./step-index.ts";

/** What a change concerns. `behaviour`: conditions, branches, rejections, offices, undos. */
export type Concern = "step" | "input" | "term" | "form" | "text" | "request" | "behaviour" | "overlay";

/** One change. */
export interface Change {
  kind: "added" | "removed" | "moved" | "changed";
  concern: Concern;
  /** The step's path; absent for what concerns the service as a whole. */
  path?: string;
  /** Where in the step, or in the service: `with.subject`, `legal.term`. */
  member?: string;
  before?: Json;
  after?: Json;
}

/** A definition as it is pinned; hand-written services have no steps to compare. */
export interface Compared {
  service: Service;
  overlay?: Overlay;
}

/** Every difference, steps first, in the order of the newer definition. Empty when both are the same. */
export function difference(from: Compared, to: Compared): Change[] {
  return [
    ...stepChanges(from.service, to.service),
    ...headerChanges(from.service, to.service),
    ...overlayChanges(from.overlay, to.overlay),
  ];
}

function stepChanges(from: Service, to: Service): Change[] {
  if (isHandWritten(from) || isHandWritten(to)) return [];
  const [before, after] = [stepsByPath(from), stepsByPath(to)];
  const renamed = carriedOver(before, after);
  const stayed = unmoved([...before.keys()], [...after.keys()], before, after);
  const changes: Change[] = [];
  for (const [path, is] of after) {
    const old = before.get(path) ?? before.get(renamed.get(path) ?? "");
    if (!old) changes.push({ kind: "added", concern: "step", path, after: kindOf(is.step) });
    else {
      if (old.path !== path) changes.push({ kind: "moved", concern: "step", path, before: old.path, after: path });
      else if (!stayed.has(path) || old.branch !== is.branch) changes.push({ kind: "moved", concern: "step", path });
      changes.push(...inside(path, old.step, is.step));
    }
  }
  const carried = new Set(renamed.values());
  for (const [path, was] of before)
    if (!after.has(path) && !carried.has(path)) changes.push({ kind: "removed", concern: "step", path, before: kindOf(was.step) });
  return changes;
}

/** New path to old path of steps that kept id and kind and went into, or out of, another step. */
function carriedOver(before: ReadonlyMap<string, PlacedStep>, after: ReadonlyMap<string, PlacedStep>): Map<string, string> {
  const lost = [...before.values()].filter(({ path }) => !after.has(path));
  const found = new Map<string, string>();
  for (const { path, step } of after.values()) {
    if (before.has(path)) continue;
    const at = lost.findIndex((old) => old.step.id === step.id && kindOf(old.step) === kindOf(step));
    const [old] = at < 0 ? [] : lost.splice(at, 1);
    if (old) found.set(path, old.path);
  }
  return found;
}

/** Paths in both that kept their order among their neighbours: the longest common run of each list, so that one moved step is one change. */
function unmoved(
  was: readonly string[],
  is: readonly string[],
  before: ReadonlyMap<string, PlacedStep>,
  after: ReadonlyMap<string, PlacedStep>,
): Set<string> {
  const stayed = new Set<string>();
  for (const parent of new Set([...after.values()].map((one) => one.parent))) {
    const old = was.filter((path) => before.get(path)?.parent === parent && after.has(path));
    const now = is.filter((path) => after.get(path)?.parent === parent && before.has(path));
    for (const path of longestCommon(old, now)) stayed.add(path);
  }
  return stayed;
}

function longestCommon(a: readonly string[], b: readonly string[]): string[] {
  const best: number[][] = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      (best[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const common: string[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) {
      common.push(a[i] as string);
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  return common;
}

const innerLists = new Set(["choose", "parallel", "forEach", "block"]);

/** Changes of a step's own members; the steps inside it are compared by themselves. */
function inside(path: string, was: Step, is: Step): Change[] {
  if (kindOf(was) !== kindOf(is))
    return [{ kind: "changed", concern: "step", path, member: "kind", before: kindOf(was), after: kindOf(is) }];
  return leaves(own(was), own(is)).map((leaf) => ({ ...leaf, concern: concernOf(leaf.member ?? ""), path }));
}

/** A step without the steps inside it; ids stand for them, since which they are is told elsewhere. */
function own(step: Step): Json {
  const bare = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bare);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).flatMap(([name, item]) => (name === "steps" ? [] : [[name, bare(item)]])));
  };
  const { id: _id, ...rest } = step;
  const members = Object.entries(rest).map(([name, value]) => {
    if (!innerLists.has(name)) return [name, value];
    if (name === "parallel") return [name, { wait: (value as { wait: unknown }).wait }];
    return [name, bare(value)];
  });
  return Object.fromEntries(members) as Json;
}

function concernOf(member: string): Concern {
  const parts = member.split(".");
  const last = parts.at(-1) ?? "";
  if (parts.includes("form")) return "form";
  if (parts.includes("with") || parts.includes("inputs") || parts.includes("request")) return "input";
  if (["within", "every", "after", "clock"].includes(last) || parts.some((part) => part.startsWith("reminders"))) return "term";
  if (parts.includes("title") || parts.includes("public") || parts.includes("reason")) return "text";
  return "behaviour";
}

/** Everything but the steps. */
function headerOf(service: Service): Json {
  const { steps: _steps, withdrawn: _withdrawn, ...rest } = service as Service & { steps?: unknown; withdrawn?: unknown };
  return rest as unknown as Json;
}

function headerChanges(from: Service, to: Service): Change[] {
  return leaves(headerOf(from), headerOf(to)).map((leaf) => ({ ...leaf, concern: concernOfHeader(leaf.member ?? "") }));
}

function concernOfHeader(member: string): Concern {
  const [head = ""] = member.split(".");
  if (head === "legal") return "term";
  if (head === "request") return "request";
  return ["title", "texts", "outcomes", "labels"].includes(head) ? "text" : "behaviour";
}

const overlayChanges = (from: Overlay | undefined, to: Overlay | undefined): Change[] =>
  from && to ? leaves(from as unknown as Json, to as unknown as Json).map((leaf) => ({ ...leaf, concern: "overlay" })) : [];

type Leaf = Omit<Change, "concern" | "path">;

/** The smallest parts that differ, each with its path. Lists of different length differ as a whole. */
function leaves(was: Json | undefined, is: Json | undefined, member = ""): Leaf[] {
  if (was === undefined || is === undefined) {
    if (was === undefined && is === undefined) return [];
    return [was === undefined ? { kind: "added", member, after: is as Json } : { kind: "removed", member, before: was }];
  }
  if (canonicalJson(was) === canonicalJson(is)) return [];
  const [old, now] = [membersOf(was), membersOf(is)];
  if (!old || !now || Array.isArray(was) !== Array.isArray(is) || (Array.isArray(was) && was.length !== (is as Json[]).length))
    return [{ kind: "changed", member, before: was, after: is }];
  return [...new Set([...Object.keys(now), ...Object.keys(old)])].flatMap((name) =>
    leaves(old[name], now[name], member === "" ? name : `${member}.${name}`),
  );
}

const membersOf = (value: Json): Record<string, Json> | undefined =>
  value !== null && typeof value === "object" ? (value as Record<string, Json>) : undefined;

/** A change as one line: `decision  term changed  decide.within: "P20D" → "P30D"`. */
export function sentence(change: Change): string {
  const { kind, concern, path, member, before, after } = change;
  const where = path ?? (concern === "overlay" ? "the municipality" : "the service");
  if (concern === "step" && member === undefined) {
    if (kind === "moved") return `${where}: step moved${before === undefined ? "" : ` from ${String(before)}`}`;
    return `${where}: step ${kind} (${String(after ?? before)})`;
  }
  const values = [before, after].map((value) => (value === undefined ? undefined : short(value)));
  const told = kind === "changed" ? `${values[0]} → ${values[1]}` : (values[1] ?? values[0] ?? "");
  return `${where}: ${concern === "step" ? "kind" : concern} ${kind}, ${member}: ${told}`;
}

const LONG = 100;
const short = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > LONG ? `${text.slice(0, LONG - 1)}…` : text;
};

/** What expressions may name at a place of a service, and what of it is certainly there. */
import { covers, type Facts, noFacts } from "./facts.ts";
import type { ValueType } from "./value-type.ts";

/** A step's result or a variable. */
export interface Entry {
  /** Undefined for a step without a result, such as `set`. */
  type: ValueType | undefined;
  certain: boolean;
  /** It is there where these facts hold. */
  guards?: Facts;
  /** Forms of a decision by outcome: the form that was filled in follows from the outcome. */
  forms?: Record<string, ValueType>;
}

export class Scope {
  /** `request`, `case`, `overlay`, `texts`, `inputs`; in their places `error`, `result`, an item and `index`. */
  readonly roots: Readonly<Record<string, ValueType>>;
  readonly steps: ReadonlyMap<string, Entry>;
  readonly vars: ReadonlyMap<string, Entry>;
  readonly facts: Facts;
  /** Every step id of this scope, with what to say of one that has not run: "runs later", "stands in another branch". */
  readonly declared: ReadonlyMap<string, string>;

  constructor(parts: Pick<Scope, "roots" | "declared"> & Partial<Pick<Scope, "steps" | "vars" | "facts">>) {
    this.roots = parts.roots;
    this.declared = parts.declared;
    this.steps = parts.steps ?? new Map();
    this.vars = parts.vars ?? new Map();
    this.facts = parts.facts ?? noFacts;
  }

  with(parts: Partial<Pick<Scope, "roots" | "steps" | "vars" | "facts">>): Scope {
    return new Scope({ ...this, ...parts });
  }

  /** With more names, such as `error`. */
  naming(roots: Record<string, ValueType>): Scope {
    return this.with({ roots: { ...this.roots, ...roots } });
  }

  /** Whether the entry under this path is certainly there, given the facts. */
  has(path: string, entry: Entry, facts: Facts): boolean {
    if (entry.certain || facts.present.has(path)) return true;
    return entry.guards !== undefined && covers(this.implied(facts), entry.guards);
  }

  /** The facts with those that follow from a step's result being there: the conditions under which it ran. */
  implied(facts: Facts): Facts {
    const texts = new Set(facts.texts);
    const is = new Map(facts.is);
    for (const path of facts.present) {
      const guards = path.startsWith("steps.") ? this.steps.get(path.slice("steps.".length))?.guards : undefined;
      if (!guards) continue;
      for (const one of guards.texts) texts.add(one);
      for (const [key, words] of guards.is) is.set(key, words);
    }
    return { ...facts, texts, is };
  }
}

/** The entries after one of several ways was taken: certain is what each of them made so. */
export function join(ways: readonly ReadonlyMap<string, Entry>[]): Map<string, Entry> {
  const [first] = ways;
  const joined = new Map<string, Entry>();
  for (const name of new Set(ways.flatMap((one) => [...one.keys()]))) {
    const entries = ways.map((one) => one.get(name));
    const found = entries.find((one) => one !== undefined) as Entry;
    const certain = entries.every((one) => one?.certain);
    const same = entries.every((one) => one === first?.get(name));
    joined.set(name, same ? found : certain ? { ...found, certain } : { ...withoutGuards(found), certain: false, ...onlyGuard(entries) });
  }
  return joined;
}

/** An entry of one way only keeps the condition under which that way is taken. */
function onlyGuard(entries: readonly (Entry | undefined)[]): Pick<Entry, "guards"> {
  const there = entries.filter((one) => one !== undefined);
  const guards = there.length === 1 ? there[0]?.guards : undefined;
  return guards ? { guards } : {};
}

/** The entry without the conditions under which it is there. */
export const withoutGuards = ({ guards: _guards, ...entry }: Entry): Entry => entry;

/**
 * cel-js tells the type of an object by its property `constructor`, so JSON with a key of that name is refused, or silently taken for
 * absent by `.?` (cel-js 8.0.0, lib/operators.js and lib/registry.js). Such objects are handed to it as Maps, which it reads alike.
 */
import type { Json } from "../connectors/json.ts";

type Scope = Record<string, Json>;

/** What was looked through before: parts of a scope are never changed, only replaced. */
const looked = new WeakMap<object, boolean>();

/** The scope itself, or a copy where something in it has a key `constructor`. */
export function safeScope(scope: Scope): Scope {
  let safe: Scope | undefined;
  for (const [name, value] of Object.entries(scope)) {
    if (!isObject(value) || !holdsTrap(value)) continue;
    safe ??= { ...scope };
    safe[name] = mapped(value) as Json;
  }
  return safe ?? scope;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether it, or one of its members, is trapped. The members of a scope's part (`vars`, `steps`) come and go; what they hold does not. */
function holdsTrap(part: object): boolean {
  if (Object.hasOwn(part, "constructor")) return true;
  for (const key in part) {
    const member = (part as Record<string, unknown>)[key];
    if (isObject(member) && isTrapped(member)) return true;
  }
  return false;
}

function isTrapped(value: object): boolean {
  const known = looked.get(value);
  if (known !== undefined) return known;
  const trapped = holdsTrap(value);
  looked.set(value, trapped);
  return trapped;
}

function mapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapped);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [key, mapped(member)]);
  return Object.hasOwn(value, "constructor") ? new Map(entries) : Object.fromEntries(entries);
}

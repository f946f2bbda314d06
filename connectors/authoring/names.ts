/** Names in the contract: identifiers made from whatever a WSDL or OpenAPI calls things. */

/** Words that no variable may be called. */
const RESERVED = new Set(
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await async of contract read write z".split(
    " ",
  ),
);
/** Members that every object inherits: a property of such a name would be found where none was given. */
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

/** Whether an object has a member of this name without being given one. */
export const isInherited = (name: string): boolean => INHERITED.has(name);

const joined = (name: string): string =>
  name
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9_$]+([A-Za-z0-9]?)/g, (_, next: string) => next.toUpperCase())
    .replaceAll("$", "")
    .replace(/^(?=\d)/, "n");

/** A property's name: kept when it is an identifier, otherwise in camelCase. */
export function propertyName(name: string): string {
  const made = joined(name) || "value";
  return INHERITED.has(made) ? `${made}Element` : made;
}

/** The name of a schema in the contract, in PascalCase. */
export const typeName = (name: string): string => {
  const made = joined(name)
    .replace(/^_+/, "")
    .replace(/^[a-z]/, (first) => first.toUpperCase());
  return made === "" || /^\d/.test(made) ? `Type${made}` : made;
};

/** The name of an operation, in camelCase. */
export function operationName(name: string): string {
  const made = joined(name.replaceAll("_", " ").trim()) || "call";
  const lower = made.replace(/^[A-Z]+(?=[A-Z][a-z]|$|[0-9_])|^[A-Z]/, (head) => head.toLowerCase());
  return RESERVED.has(lower) || INHERITED.has(lower) ? `${lower}Operation` : lower;
}

/** `NOT_FOUND_FAULT` from `NotFoundFault` or `not-found_fault`. */
export const codeName = (name: string): string =>
  joined(name)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toUpperCase()
    .replace(/^_+/, "") || "FAULT";

/** Hands out names once each: the second of a name gets a 2. */
export class Unique {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#taken.has(name); n += 1) name = `${wanted}${n}`;
    this.#taken.add(name);
    return name;
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }
}

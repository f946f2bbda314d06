/** What changed between two versions of a WSDL, operation by operation, and whether a connector written for the first still works. */
import { wireLeaf } from "./leaf-texts.ts";
import type { ElementPart, LeafFacets, Message, Model, ModelOperation, ModelType, Part, TypeRef } from "./model.ts";

export interface Change {
  /** The operation's name in the WSDL. */
  operation: string;
  breaks: boolean;
  /** In plain words: what, where, and why it matters. */
  text: string;
}

/** All changes; `used` are the operations that the connector has (their names in the WSDL), all when absent. */
export function compareServices(before: Model, after: Model, used?: ReadonlySet<string>): Change[] {
  const isUsed = (name: string) => used?.has(name) ?? true;
  const changes: Change[] = [];
  if (before.version !== after.version)
    changes.push({ operation: "*", breaks: true, text: `the service speaks SOAP ${after.version} and no longer SOAP ${before.version}` });
  const later = new Map(after.operations.map((one) => [one.wsdlName, one]));
  const earlier = new Set(before.operations.map(({ wsdlName }) => wsdlName));
  for (const one of before.operations) {
    const other = later.get(one.wsdlName);
    const mine = other
      ? compareOperation(before, one, after, other)
      : [{ operation: one.wsdlName, breaks: true, text: "the operation is gone" }];
    changes.push(...mine.map((change) => (isUsed(one.wsdlName) ? change : { ...change, breaks: false })));
  }
  for (const { wsdlName } of after.operations)
    if (!earlier.has(wsdlName)) changes.push({ operation: wsdlName, breaks: false, text: "the operation is new" });
  return changes;
}

function compareOperation(before: Model, one: ModelOperation, after: Model, other: ModelOperation): Change[] {
  const found: Omit<Change, "operation">[] = [];
  if (one.action !== other.action) found.push({ breaks: true, text: `its action is "${other.action}" and no longer "${one.action}"` });
  if (one.encoded !== other.encoded) found.push({ breaks: true, text: "it changed between encoded and literal" });
  if (!one.answer !== !other.answer)
    found.push({ breaks: true, text: other.answer ? "it has an answer now" : "it has no answer any more" });
  const comparison = new Comparison(before, after);
  comparison.message("request", one.request, other.request);
  if (one.answer && other.answer) comparison.message("answer", one.answer, other.answer);
  for (const fault of Object.keys(other.faults))
    if (!fullNames(before, Object.keys(one.faults)).includes(fullName(after, fault)))
      found.push({ breaks: false, text: `it may answer with the fault ${local(fault)}, which no service expects: a case would park` });
  return [...found, ...comparison.found].map((change) => ({ operation: one.wsdlName, ...change }));
}

const local = (name: string): string => name.replace(/^.*:/, "");
/** Prefixes are drawn anew for each version: names are compared with their namespaces. */
const fullName = ({ namespaces }: Model, name: string): string =>
  name.includes(":") ? `{${namespaces[name.replace(/:.*$/, "")] ?? name}}${local(name)}` : name;
const fullNames = (model: Model, names: readonly string[]): string[] => names.map((name) => fullName(model, name));

type Side = "request" | "answer";

class Comparison {
  readonly found: { breaks: boolean; text: string }[] = [];
  readonly #before: Model;
  readonly #after: Model;
  readonly #types: [Map<string, ModelType>, Map<string, ModelType>];
  readonly #seen = new Set<string>();

  constructor(before: Model, after: Model) {
    this.#before = before;
    this.#after = after;
    this.#types = [typesOf(before), typesOf(after)];
  }

  message(side: Side, one: Message, other: Message): void {
    if (fullName(this.#before, one.element) !== fullName(this.#after, other.element))
      this.#add(true, `its ${side} is the element ${other.element} and no longer ${one.element}, or of another namespace`);
    this.#type(side, side, one.type, other.type);
  }

  #add(breaks: boolean, text: string): void {
    this.found.push({ breaks, text });
  }

  #type(side: Side, path: string, one: TypeRef, other: TypeRef): void {
    if (one.kind === "leaf" && other.kind === "leaf") return this.#leaf(side, path, one.leaf, other.leaf);
    if (one.kind === "complex" && other.kind === "complex") {
      const [before, after] = [this.#types[0].get(one.name), this.#types[1].get(other.name)];
      const key = `${side} ${one.name} ${other.name}`;
      if (!before || !after || this.#seen.has(key)) return;
      this.#seen.add(key);
      return this.#complex(side, path, before, after);
    }
    if (one.kind !== other.kind) this.#add(true, `${path} is ${kindWords[other.kind]} and no longer ${kindWords[one.kind]}`);
  }

  #complex(side: Side, path: string, one: ModelType, other: ModelType): void {
    const [earlier, later] = [fieldsOf(one), fieldsOf(other)];
    const byName = new Map(later.map((field) => [fullName(this.#after, field.name), field]));
    const known = new Set(earlier.map((field) => fullName(this.#before, field.name)));
    for (const field of earlier) {
      const match = byName.get(fullName(this.#before, field.name));
      if (match) this.#field(side, `${path}.${local(field.name)}`, field, match);
      else this.#gone(side, path, field);
    }
    for (const field of later.filter((one) => !known.has(fullName(this.#after, one.name)))) this.#added(side, path, field);
    this.#order(side, path, earlier, later);
    if (one.text && other.text) this.#leaf(side, `${path}.value`, one.text.leaf, other.text.leaf);
  }

  #gone(side: Side, path: string, field: Field): void {
    const where = `${path}.${local(field.name)}`;
    if (side === "request") this.#add(true, `${where} is gone: a request that has it is refused`);
    else if (field.required) this.#add(true, `${where} is gone, and the contract demands it in each answer`);
    else this.#add(false, `${where} is gone: answers hold it no more`);
  }

  #added(side: Side, path: string, field: Field): void {
    const where = `${path}.${local(field.name)}`;
    if (side === "answer") this.#add(false, `${where} is new: it is left out of what services see`);
    else if (field.required) this.#add(true, `${where} is new and required: requests without it are refused`);
    else this.#add(false, `${where} is new and optional`);
  }

  #field(side: Side, path: string, one: Field, other: Field): void {
    if (one.many !== other.many) this.#add(true, `${path} ${other.many ? "may occur several times now" : "may occur only once now"}`);
    if (one.required !== other.required) {
      const breaks = side === "request" ? other.required : !other.required;
      const why = !breaks ? "" : side === "request" ? ": requests without it are refused" : ", and the contract demands it in each answer";
      this.#add(breaks, `${path} is ${other.required ? "required" : "optional"} now${why}`);
    }
    this.#type(side, path, one.type, other.type);
  }

  /** Requests keep the order of the schema that they were written for. */
  #order(side: Side, path: string, earlier: readonly Field[], later: readonly Field[]): void {
    const names = (model: Model, fields: readonly Field[]) =>
      fields.filter(({ attribute }) => !attribute).map(({ name }) => fullName(model, name));
    const [first, second] = [names(this.#before, earlier), names(this.#after, later)];
    if (shared(first, second) !== shared(second, first)) this.#add(side === "request", `the elements of ${path} have another order`);
  }

  #leaf(side: Side, path: string, one: LeafFacets, other: LeafFacets): void {
    const [before, after] = [formOf(one), formOf(other)];
    if (before !== after) return this.#add(true, `${path} is ${after} and no longer ${before}`);
    this.#values(side, path, one, other);
    // What is allowed may become less for what we send, and more for what we receive.
    for (const [facet, words, tighter] of FACETS) {
      const [was, is] = [one[facet], other[facet]];
      if (was === is) continue;
      const narrower =
        is !== undefined && (was === undefined || (tighter === "smaller" ? Number(is) < Number(was) : Number(is) > Number(was)));
      this.#add(side === "request" ? narrower : !narrower, `${path} has ${words} ${is ?? "no more"}, before ${was ?? "none"}`);
    }
    if (JSON.stringify(one.patterns ?? []) !== JSON.stringify(other.patterns ?? [])) this.#add(true, `${path} has another pattern`);
  }

  #values(side: Side, path: string, one: LeafFacets, other: LeafFacets): void {
    if (!one.enumeration && !other.enumeration) return;
    const [earlier, later] = [one.enumeration, other.enumeration];
    if (!earlier || !later) {
      const narrower = later !== undefined;
      return this.#add(
        side === "request" ? narrower : !narrower,
        `${path} ${narrower ? "has a list of values now" : "has no list of values any more"}`,
      );
    }
    const gone = earlier.filter((value) => !later.includes(value));
    const added = later.filter((value) => !earlier.includes(value));
    if (gone.length > 0) this.#add(side === "request", `${path} may no longer be ${gone.join(", ")}`);
    if (added.length > 0)
      this.#add(side === "answer", `${path} may also be ${added.join(", ")}${side === "answer" ? ", which the contract refuses" : ""}`);
  }
}

const shared = (list: readonly string[], other: readonly string[]): string => list.filter((name) => other.includes(name)).join(" ");

const FACETS = [
  ["length", "the length", "smaller"],
  ["maxLength", "the greatest length", "smaller"],
  ["minLength", "the least length", "greater"],
  ["maxInclusive", "the greatest value", "smaller"],
  ["minInclusive", "the least value", "greater"],
  ["totalDigits", "the number of digits", "smaller"],
  ["fractionDigits", "the number of decimals", "smaller"],
] as const;

const kindWords = { leaf: "a simple value", complex: "an element with others inside", xml: "any XML" } as const;
const formOf = (leaf: LeafFacets): string => `${leaf.base} (${wireLeaf(leaf)})`;
const typesOf = (model: Model): Map<string, ModelType> => new Map(model.types.map((type) => [type.name, type]));

interface Field {
  name: string;
  required: boolean;
  many: boolean;
  attribute: boolean;
  type: TypeRef;
}

function fieldsOf(type: ModelType): Field[] {
  const attributes = type.attributes.map(
    (one): Field => ({ name: `@${one.name}`, required: one.required, many: false, attribute: true, type: one.type }),
  );
  return [...attributes, ...elementsOf(type.parts, true, false)];
}

function elementsOf(parts: readonly Part[], required: boolean, many: boolean): Field[] {
  return parts.flatMap((part) => {
    const must = required && part.min > 0;
    if (part.kind === "any") return [];
    if (part.kind === "group") return elementsOf(part.of, must && part.group !== "choice", many || part.max > 1);
    return [fieldOf(part, must, many)];
  });
}

const fieldOf = (part: ElementPart, must: boolean, many: boolean): Field => ({
  name: part.name,
  required: must && !part.nillable,
  many: many || part.max > 1,
  attribute: false,
  type: part.type,
});

/** What an expression gives, found by walking it: names, absent values, words that cannot be. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { both, type Facts, factsOf, pathOf, remaining } from "./facts.ts";
import {
  maybeAbsent,
  mayNotBe,
  narrowed,
  noEntry,
  noMember,
  noName,
  noResult,
  noWord,
  type Problem,
  refusedMatches,
  typeOfLiteral,
} from "./problems.ts";
import type { Scope } from "./scope.ts";
import { declare } from "./typed-environment.ts";
import { any, boolean, either, isPersonal, list, number, object, text, type ValueType } from "./value-type.ts";

/** A value and whether it is a CEL optional, as `.?` gives it. */
export interface Inferred {
  type: ValueType;
  optional: boolean;
}
/** A look into the municipality's overlay: `overlay.fees.x`, or a table with the words that it is asked for. */
export interface OverlayRead {
  kind: "fees" | "tables";
  name: string;
  keys: readonly string[];
}

const plain = (type: ValueType): Inferred => ({ type, optional: false });
const macros = new Set(["all", "exists", "exists_one", "map", "filter"]);
const isOutcome = /^steps\.[A-Za-z0-9]+\.outcome$/;
const comparisons = new Set(["==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "!_"]);

/** Walks one expression in a scope; collects what is wrong and what it reads. */
export class Inference {
  readonly problems: Problem[] = [];
  readonly overlayReads: OverlayRead[] = [];
  /** Outcomes of decisions that are used as a value, not compared with a word: `steps.decision.outcome`. */
  readonly values: string[] = [];
  /** Names of the service's texts. */
  readonly texts: string[] = [];
  /** Paths and the words that they are compared with. */
  readonly compared: { path: string; word: string }[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  infer(node: ASTNode, facts: Facts, names: Record<string, ValueType> = {}): Inferred {
    const found = this.#infer(node, facts, names);
    if (node.op === "id" || node.op === "." || node.op === ".?" || node.op === "[]" || node.op === "[?]")
      declare(node, found.type, found.optional);
    return found;
  }

  #infer(node: ASTNode, facts: Facts, names: Record<string, ValueType>): Inferred {
    const of = (one: ASTNode, more: Facts = facts) => this.infer(one, more, names);
    switch (node.op) {
      case "value":
        return plain(typeOfLiteral(node.args));
      case "id":
        return plain(this.#root(node.args, names));
      case ".":
      case ".?":
        return this.#member(node, node.args[0], node.args[1], node.op === ".?", facts, names);
      case "[]":
      case "[?]":
        return this.#index(node, facts, names);
      case "list":
        return plain(
          list(node.args.map((one) => of(one).type).reduce(either, node.args.length > 0 ? of(node.args[0] as ASTNode).type : any)),
        );
      case "map":
        return plain(this.#map(node.args, (one) => of(one).type));
      case "?:": {
        const [condition, yes, no] = node.args;
        of(condition);
        const one = of(yes, both(facts, factsOf(condition)));
        const other = of(no, both(facts, factsOf(condition, false)));
        return { type: either(one.type, other.type), optional: one.optional || other.optional };
      }
      case "&&":
      case "||":
        of(node.args[0]);
        of(node.args[1], both(facts, factsOf(node.args[0], node.op === "&&")));
        return plain(boolean);
      case "call":
        return this.#call(node.args[0], node.args[1], facts, names);
      case "rcall":
        return this.#method(node.args[0], node.args[1], node.args[2], facts, names);
      case "!_":
      case "-_":
        return of(node.args);
      default: {
        const [left, right] = node.args;
        return this.#operator(node.op, left, right, of(left), of(right));
      }
    }
  }

  #root(name: string, names: Record<string, ValueType>): ValueType {
    const found = names[name] ?? this.#scope.roots[name];
    if (found) return found;
    if (name === "steps" || name === "vars" || name === "cel" || name === "optional") return any;
    this.problems.push(noName(name, [...Object.keys(this.#scope.roots), "steps", "vars", ...Object.keys(names)]));
    return any;
  }

  /** `left.name`, and with `optionally` `left.?name`. */
  #member(node: ASTNode, left: ASTNode, name: string, optionally: boolean, facts: Facts, names: Record<string, ValueType>): Inferred {
    if (left.op === "id" && (left.args === "steps" || left.args === "vars") && !(left.args in names))
      return this.#entry(left.args, name, optionally, facts);
    const base = this.infer(left, facts, names);
    const path = pathOf(node);
    const held = this.#field(base.type, name, path, facts);
    if (!held) return { type: any, optional: optionally || base.optional };
    const { optional } = held;
    if (optional && !optionally && !base.optional && !(path !== undefined && facts.present.has(path)))
      this.problems.push(maybeAbsent(path ?? name, name));
    const type = narrowed(held.type, path, facts);
    if (path !== undefined && isOutcome.test(path)) this.values.push(path);
    if (path?.startsWith("texts.") && base.type.kind === "object" && name in base.type.fields && left.op === "id") this.texts.push(name);
    if (path?.startsWith("overlay.fees.")) this.overlayReads.push({ kind: "fees", name, keys: [] });
    if (path?.startsWith("overlay.tables.")) this.overlayReads.push({ kind: "tables", name, keys: [] });
    return { type, optional: optionally || base.optional };
  }

  #field(type: ValueType, name: string, path: string | undefined, facts: Facts): { type: ValueType; optional: boolean } | undefined {
    if (type.kind === "any") return { type: any, optional: false };
    const form = path === undefined ? undefined : this.#formOf(path, facts);
    const object = form ?? type;
    if (object.kind === "object") {
      const field = object.fields[name];
      if (field) return { type: field.type, optional: field.optional ?? false };
      if (object.rest) return { type: object.rest, optional: false };
    }
    this.problems.push(noMember(object, name, path));
    return undefined;
  }

  /** The form of a decision is that of its outcome, where the outcome is known: for the path `steps.<id>.form.<field>`. */
  #formOf(path: string, facts: Facts): ValueType | undefined {
    const [root, id, form, ...more] = path.split(".");
    const forms = root === "steps" && form === "form" && more.length === 1 ? this.#scope.steps.get(id ?? "")?.forms : undefined;
    if (!forms) return undefined;
    const left = remaining(this.#scope.implied(facts), `steps.${id}.outcome`, Object.keys(forms));
    return left.length === 1 ? forms[left[0] as string] : undefined;
  }

  #entry(root: "steps" | "vars", name: string, optionally: boolean, facts: Facts): Inferred {
    const path = `${root}.${name}`;
    const entry = this.#scope[root].get(name);
    if (!entry) {
      this.problems.push(noEntry(this.#scope, root, name));
      return { type: any, optional: optionally };
    }
    if (!entry.type) this.problems.push(noResult(name));
    else if (!optionally && !this.#scope.has(path, entry, facts)) this.problems.push(mayNotBe(root, name, path));
    return { type: entry.type ?? any, optional: optionally };
  }

  #index(node: Extract<ASTNode, { op: "[]" | "[?]" }>, facts: Facts, names: Record<string, ValueType>): Inferred {
    const [left, key] = node.args;
    const optionally = node.op === "[?]";
    if (key.op === "value" && typeof key.args === "string") return this.#member(node, left, key.args, optionally, facts, names);
    const base = this.infer(left, facts, names);
    const by = this.infer(key, facts, names).type;
    const optional = optionally || base.optional;
    const table = /^overlay\.tables\.([A-Za-z0-9]+)$/.exec(pathOf(left) ?? "")?.[1];
    if (table !== undefined) this.overlayReads.push({ kind: "tables", name: table, keys: by.kind === "text" ? (by.words ?? []) : [] });
    if (base.type.kind === "list") return { type: base.type.of, optional };
    if (base.type.kind !== "object") return { type: any, optional };
    const types = Object.values(base.type.fields).map((field) => field.type);
    return { type: [...types, ...(base.type.rest ? [base.type.rest] : [])].reduce(either, types[0] ?? base.type.rest ?? any), optional };
  }

  #map(entries: readonly (readonly [ASTNode, ASTNode])[], typeOf: (node: ASTNode) => ValueType): ValueType {
    const fields: Record<string, ValueType> = {};
    for (const [key, value] of entries) {
      if (key.op !== "value" || typeof key.args !== "string") return { kind: "object", fields: {}, rest: any };
      fields[key.args] = typeOf(value);
    }
    return object(fields);
  }

  #call(name: string, args: readonly ASTNode[], facts: Facts, names: Record<string, ValueType>): Inferred {
    const [first] = args;
    if (name === "has" && first) {
      this.#has(first, facts, names);
      return plain(boolean);
    }
    if (name === "matches") this.problems.push(refusedMatches);
    const given = args.map((one) => this.infer(one, facts, names).type);
    if (name === "size" || name === "int" || name === "double") return plain(number);
    return plain(given.some(isPersonal) ? { kind: "any", personal: true } : any);
  }

  /** `has(a.b.c)`: all but the last must be there. */
  #has(node: ASTNode, facts: Facts, names: Record<string, ValueType>): void {
    if (node.op !== "." && node.op !== ".?") return void this.infer(node, facts, names);
    const path = pathOf(node);
    const [left, name] = node.args;
    if (left.op === "id" && (left.args === "steps" || left.args === "vars")) {
      const entry = this.#scope[left.args].get(name);
      if (!entry) this.problems.push(noEntry(this.#scope, left.args, name));
      return;
    }
    this.#field(this.infer(left, facts, names).type, name, path, facts);
  }

  #method(name: string, receiver: ASTNode, args: readonly ASTNode[], facts: Facts, names: Record<string, ValueType>): Inferred {
    if (receiver.op === "id" && receiver.args === "cel" && name === "bind") return this.#bind(args, facts, names);
    const base = this.infer(receiver, facts, names);
    const [first, second, third] = args;
    if (macros.has(name) && first?.op === "id" && second) {
      const item = base.type.kind === "list" ? base.type.of : base.type.kind === "object" ? text : any;
      const inner = { ...names, [first.args]: item };
      const results = [second, third].filter((one) => one !== undefined).map((one) => this.infer(one, facts, inner).type);
      if (name === "map") return plain(list(results.at(-1) ?? any));
      return plain(name === "filter" ? base.type : boolean);
    }
    if (name === "matches") this.problems.push(refusedMatches);
    const given = args.map((one) => this.infer(one, facts, names));
    if (name === "orValue") return plain(given[0] ? either(base.type, given[0].type) : base.type);
    if (name === "value") return plain(base.type);
    if (name === "or") return { type: given[0] ? either(base.type, given[0].type) : base.type, optional: true };
    if (name === "hasValue") return plain(boolean);
    return plain(isPersonal(base.type) ? { kind: "any", personal: true } : any);
  }

  #bind(args: readonly ASTNode[], facts: Facts, names: Record<string, ValueType>): Inferred {
    const [variable, value, expression] = args;
    if (variable?.op !== "id" || !value || !expression) return plain(any);
    return this.infer(expression, facts, { ...names, [variable.args]: this.infer(value, facts, names).type });
  }

  #operator(op: string, leftNode: ASTNode, rightNode: ASTNode, left: Inferred, right: Inferred): Inferred {
    if (op === "==" || op === "!=" || op === "in") {
      this.#comparable(leftNode, left, right);
      if (op !== "in") this.#comparable(rightNode, right, left);
    }
    if (comparisons.has(op)) return plain(boolean);
    const personal = isPersonal(left.type) || isPersonal(right.type) ? { personal: true } : {};
    if (left.type.kind === "text" && right.type.kind === "text") return plain({ kind: "text", ...personal });
    return plain(left.type.kind === "number" || right.type.kind === "number" ? number : { kind: "any", ...personal });
  }

  /** A text that is one of some words is compared with one of these. */
  #comparable(node: ASTNode, left: Inferred, right: Inferred): void {
    const path = pathOf(node);
    const other = right.type.kind === "list" ? right.type.of : right.type;
    if (other.kind !== "text" || !other.words) return;
    if (path !== undefined) {
      this.compared.push(...other.words.map((word) => ({ path, word })));
      if (isOutcome.test(path)) this.values.pop();
    }
    if (left.type.kind !== "text" || !left.type.words || path === undefined) return;
    const known = left.type.words;
    for (const word of other.words) if (!known.includes(word)) this.problems.push(noWord(path, word, known));
  }
}

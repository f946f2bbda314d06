/** Samples of messages: values that the schemas accept, without meaning. */
import type { Json, JsonObject } from "../json.ts";
import { sampleLeaf } from "./leaf-texts.ts";
import type { GroupPart, Message, Model, ModelType, Part, TypeRef } from "./model.ts";

/** `full` has everything that may be there, `minimal` only what must, `other` everything with the last branch of each choice. */
export type SampleKind = "full" | "minimal" | "other";

/** No value was found for a type; the message names it. */
export class NoSample extends Error {
  override readonly name = "NoSample";
}

const DEEPEST = 16;

/** The sample of a message; throws `NoSample`. */
export function sampleMessage(model: Model, message: Message, kind: SampleKind): JsonObject {
  const sampler = new Sampler(model, kind);
  const body =
    message.type.kind === "complex" ? (sampler.value(message.type, []) as JsonObject) : { value: sampler.value(message.type, []) };
  if (message.headers.length === 0 || kind === "minimal") return body;
  return { ...body, headers: Object.fromEntries(message.headers.map((one) => [one.property, sampler.value(one.type, [])])) };
}

class Sampler {
  readonly #types: Map<string, ModelType>;
  readonly #kind: SampleKind;

  constructor(model: Model, kind: SampleKind) {
    this.#types = new Map(model.types.map((type) => [type.name, type]));
    this.#kind = kind;
  }

  value(ref: TypeRef, above: readonly string[]): Json {
    if (ref.kind === "xml") return above.length === 0 ? "" : "text";
    if (ref.kind === "complex") return this.#object(ref.name, above);
    const value = sampleLeaf(ref.leaf);
    if (value === undefined) throw new NoSample(ref.name ?? above.at(-1) ?? "a simple type");
    return value as Json;
  }

  #object(name: string, above: readonly string[]): JsonObject {
    const type = this.#types.get(name);
    if (!type || above.length > DEEPEST || above.filter((one) => one === name).length > 1) throw new NoSample(name);
    if (type.derived) {
      const chosen = this.#kind === "other" ? type.derived.at(-1) : type.derived[0];
      return { xsiType: chosen?.kind ?? "", ...this.#object(chosen?.type ?? "", [...above, name]) };
    }
    const made: JsonObject = {};
    const here = [...above, name];
    for (const one of type.attributes)
      if (one.required || (this.#kind !== "minimal" && one.fixed === undefined)) made[one.property] = this.value(one.type, here);
    if (type.text) made["value"] = this.value(type.text, here);
    else this.#parts(type.parts, here, made);
    return made;
  }

  #parts(parts: readonly Part[], above: readonly string[], made: JsonObject): void {
    for (const part of parts) {
      if (part.kind === "any" && part.min === 0) continue;
      if (part.min === 0 && this.#kind === "minimal") continue;
      if (part.kind === "element" && part.nillable && this.#kind === "minimal" && part.max === 1) continue;
      const attempt: JsonObject = {};
      try {
        this.#part(part, above, attempt);
        Object.assign(made, attempt);
      } catch (error) {
        // What is optional and cannot be made, as in a type that holds itself, is left out.
        if (!(error instanceof NoSample) || part.min > 0) throw error;
      }
    }
  }

  #part(part: Part, above: readonly string[], made: JsonObject): void {
    const count = Math.max(1, part.min);
    if (part.kind === "any") {
      const element = '<sample xmlns="urn:sample"/>';
      made[part.property] = part.max > 1 ? Array.from({ length: count }, () => element) : element;
    } else if (part.kind === "element") {
      const one = this.value(part.type, above);
      made[part.property] = part.max > 1 ? Array.from({ length: count }, () => structuredClone(one)) : one;
    } else if (part.property === undefined) this.#group(part, above, made);
    else {
      const one: JsonObject = {};
      this.#group(part, above, one);
      made[part.property] = Array.from({ length: count }, () => structuredClone(one));
    }
  }

  #group(part: GroupPart, above: readonly string[], made: JsonObject): void {
    if (part.group !== "choice") return this.#parts(part.of, above, made);
    const branches = this.#kind === "other" ? part.of.toReversed() : part.of;
    let last: unknown;
    for (const branch of branches) {
      const attempt: JsonObject = {};
      try {
        this.#part(branch, above, attempt);
        if (Object.keys(attempt).length === 0 && branch !== branches.at(-1)) continue;
        return void Object.assign(made, attempt);
      } catch (error) {
        if (!(error instanceof NoSample)) throw error;
        last = error;
      }
    }
    throw last ?? new NoSample("a choice");
  }
}

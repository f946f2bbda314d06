/** Makes a value that a schema accepts: answers of simulated systems, and bodies of messages in property tests. */
import type { z } from "zod";
import { addDays } from "../calendar.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import { Iban, NoticeNumber, TaxCode, VatNumber } from "../../connectors/shared-types.ts";
import { checkCharacter } from "../../connectors/tax-code.ts";
import { sampleText } from "./sample-text.ts";
import type { Random } from "./random.ts";

export interface SampleOptions {
  /** `least`: optional parts are left out, lists are short, the first word of a list of words is taken. `any`: chance decides. */
  parts: "least" | "any";
  /** The day from which dates are reckoned, `2026-03-02`. */
  today: string;
  /** Values by name that a system repeats from what it was asked: taken where the name and the schema fit. */
  echo?: JsonObject;
}

type Schema = z.core.$ZodType;
interface Def {
  type: string;
  checks?: { _zod: { def: { check: string; pattern?: RegExp; minimum?: number; maximum?: number; value?: number; format?: string } } }[];
  [part: string]: unknown;
}

/** Schemas whose check digits no pattern tells. */
const known: ReadonlyMap<Schema, (random: Random) => string> = new Map<Schema, (random: Random) => string>([
  [TaxCode, (random) => taxCode(random)],
  [VatNumber, () => "01234567897"],
  [Iban, () => "IT60X0542811101000000123456"],
  [NoticeNumber, (random) => `0${digits(random, 17)}`],
]);

const digits = (random: Random, count: number): string => Array.from({ length: count }, () => random.int(0, 9)).join("");

/** Well formed, and with the place of birth X001, which no municipality has. */
function taxCode(random: Random): string {
  const letters = Array.from({ length: 6 }, () => random.pick([..."BCDFGLMNPRST"])).join("");
  const first = `${letters}${random.int(40, 99)}${random.pick([..."ABCDEHLMPRST"])}${random.int(10, 28)}X001`;
  return first + checkCharacter(first);
}

/** A value of the schema; throws `TypeError` for a kind of schema that contracts and forms do not use. */
export function sample(schema: Schema, random: Random, options: SampleOptions, name = ""): Json | undefined {
  const echoed = options.echo?.[name];
  if (echoed !== undefined && (schema as z.ZodType).safeParse(echoed).success) return echoed;
  const made = known.get(schema);
  if (made) return made(random);
  const def = schema._zod.def as unknown as Def;
  const inner = (part: unknown, as = name) => sample(part as Schema, random, options, as);
  switch (def.type) {
    case "string":
      return sampleString(def, random, options, name);
    case "number":
      return sampleNumber(def, random, options);
    case "boolean":
      return options.parts === "any" && random.chance(0.5);
    case "null":
      return null;
    case "literal":
      return (def["values"] as Json[])[0];
    case "enum":
      return one(Object.values(def["entries"] as Record<string, string>), random, options);
    case "optional":
      return options.parts === "least" || random.chance(0.5) ? undefined : inner(def["innerType"]);
    case "default":
    case "nullable":
    case "readonly":
    case "nonoptional":
      return inner(def["innerType"]);
    case "pipe":
      return inner(def["in"]);
    case "lazy":
      return random.pick<Json>(["uno", 2, true]);
    case "union":
      return inner(one(def["options"] as Schema[], random, options));
    case "array":
      return sampleList(def, random, options, name);
    case "object":
      return sampleObject(def["shape"] as Record<string, Schema>, inner);
    case "record":
      return {};
    default:
      throw new TypeError(`no sample can be made of a "${def.type}"`);
  }
}

const one = <T>(from: readonly T[], random: Random, options: SampleOptions): T =>
  options.parts === "least" ? (from[0] as T) : random.pick(from);

function sampleObject(shape: Record<string, Schema>, inner: (part: unknown, as: string) => Json | undefined): JsonObject {
  const object: JsonObject = {};
  for (const [name, part] of Object.entries(shape)) {
    const value = inner(part, name);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

function sampleList(def: Def, random: Random, options: SampleOptions, name: string): Json[] {
  const { least, most } = bounds(def, 0, 3);
  const length = options.parts === "least" ? least : random.int(least, Math.min(most, least + 3));
  return Array.from({ length }, () => sample(def["element"] as Schema, random, options, name) ?? null);
}

function sampleNumber(def: Def, random: Random, options: SampleOptions): number {
  const { least, most } = bounds(def, 0, 10_000);
  if (options.parts === "least") return least;
  return random.int(least, Math.min(most, least + 10_000));
}

function sampleString(def: Def, random: Random, options: SampleOptions, name: string): string {
  const checks = (def.checks ?? []).map((check) => check._zod.def);
  const format = (def["format"] as string | undefined) ?? checks.find((check) => check.format !== undefined)?.format;
  if (format === "date") return addDays(options.today, options.parts === "least" ? 30 : random.int(0, 60));
  if (format === "datetime") return `${addDays(options.today, 30)}T12:00:00Z`;
  if (format === "email") return "prova@example.org";
  if (format === "url") return "https://example.org/";
  const pattern = checks.find((check) => check.pattern !== undefined)?.pattern;
  if (pattern) return sampleText(pattern, random);
  const { least, most } = bounds(def, 0, 40);
  return textOf(name, random, least, most);
}

const words = ["Abete", "Betulla", "Cedro", "Faggio", "Larice", "Ontano", "Pioppo", "Quercia", "Salice", "Tiglio"];

/** A word that belongs to nobody; a number where the field is a number, as those of a protocol are. */
function textOf(name: string, random: Random, least: number, most: number): string {
  const text =
    name === "number" ? `${digits(random, 7)}/${2026}` : `${random.pick(words)}${least > 12 ? ` ${"di prova ".repeat(20)}` : ""}`;
  return text.padEnd(least, " e così via").slice(0, most);
}

function bounds(def: Def, least: number, most: number): { least: number; most: number } {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const check of def.checks ?? []) {
    const {
      check: kind,
      minimum,
      maximum,
      value,
    } = check._zod.def as { check: string; minimum?: number; maximum?: number; value?: unknown };
    if (kind === "min_length") low = Math.max(low, minimum ?? low);
    if (kind === "max_length") high = Math.min(high, maximum ?? high);
    if (kind === "greater_than") low = Math.max(low, Number(value));
    if (kind === "less_than") high = Math.min(high, Number(value));
  }
  const least_ = low === Number.NEGATIVE_INFINITY ? Math.min(least, high) : low;
  return { least: least_, most: high === Number.POSITIVE_INFINITY ? Math.max(most, least_) : high };
}

/** Simple types in the contract (zod code), on the wire (leaf), and as samples. */
import { compareDecimals } from "../xsd-texts.ts";
import type { Leaf } from "../transport/typed-xml.ts";
import type { LeafFacets } from "./model.ts";
import type { Notes } from "./notes.ts";
import { isAmbiguous, parsePattern, PatternRefused, sampleOf, toJavaScript, toLinear } from "./xsd-pattern.ts";

/** Integers that JavaScript counts exactly, with their bounds. */
const SMALL: Readonly<Record<string, [number, number]>> = {
  int: [-2_147_483_648, 2_147_483_647],
  short: [-32_768, 32_767],
  byte: [-128, 127],
  unsignedInt: [0, 4_294_967_295],
  unsignedShort: [0, 65_535],
  unsignedByte: [0, 255],
};
/** Integers without such bounds, with their least value. */
const LARGE: Readonly<Record<string, string | undefined>> = {
  integer: undefined,
  long: undefined,
  unsignedLong: "0",
  nonNegativeInteger: "0",
  positiveInteger: "1",
  negativeInteger: undefined,
  nonPositiveInteger: undefined,
};
const GREATEST: Readonly<Record<string, string | undefined>> = { negativeInteger: "-1", nonPositiveInteger: "0" };

/** Texts with a schema of their own in xsd-texts.ts, and a sample. */
const TEXTS: Readonly<Record<string, [schema: string, sample: string]>> = {
  date: ["XsdDate", "2026-03-05"],
  dateTime: ["XsdDateTime", "2026-03-05T09:30:00+01:00"],
  time: ["XsdTime", "09:30:00"],
  gYear: ["XsdYear", "2026"],
  gYearMonth: ["XsdYearMonth", "2026-03"],
  gMonthDay: ["XsdMonthDay", "--03-05"],
  gMonth: ["XsdMonth", "--03"],
  gDay: ["XsdDay", "---05"],
  duration: ["XsdDuration", "P3D"],
  decimal: ["XsdDecimal", "12.50"],
  base64Binary: ["XsdBase64", "RGFyc2VuYQ=="],
  hexBinary: ["XsdHex", "4461"],
  NCName: ["XsdName", "name"],
  ID: ["XsdName", "id1"],
  IDREF: ["XsdName", "id1"],
  Name: ["XsdName", "name"],
  ENTITY: ["XsdName", "name"],
  NMTOKEN: ["XsdToken", "token"],
  language: ["XsdLanguage", "it"],
};

type Form = "text" | "choice" | "small" | "number" | "boolean" | "list" | "union";

/** Bounds of an integer that is counted exactly: by its type, or by its facets. */
function smallBounds(leaf: LeafFacets): [number, number] | undefined {
  const own = SMALL[leaf.base];
  const [min, max] = [boundOf(leaf, "min"), boundOf(leaf, "max")];
  if (own) return [Math.max(own[0], min ?? own[0]), Math.min(own[1], max ?? own[1])];
  if (!(leaf.base in LARGE)) return undefined;
  const digits = leaf.totalDigits !== undefined && leaf.totalDigits <= 15 ? 10 ** leaf.totalDigits - 1 : undefined;
  const least =
    min ?? (LARGE[leaf.base] === undefined ? undefined : Number(LARGE[leaf.base])) ?? (digits === undefined ? undefined : -digits);
  const most = max ?? (GREATEST[leaf.base] === undefined ? undefined : Number(GREATEST[leaf.base])) ?? digits;
  if (least === undefined || most === undefined || !Number.isSafeInteger(least) || !Number.isSafeInteger(most)) return undefined;
  return [digits === undefined ? least : Math.max(least, -digits), digits === undefined ? most : Math.min(most, digits)];
}

function boundOf(leaf: LeafFacets, side: "min" | "max"): number | undefined {
  const [inclusive, exclusive] = [leaf[`${side}Inclusive`], leaf[`${side}Exclusive`]];
  const value =
    inclusive === undefined ? (exclusive === undefined ? undefined : Number(exclusive) + (side === "min" ? 1 : -1)) : Number(inclusive);
  return value === undefined || !Number.isFinite(value) ? undefined : Math.trunc(value);
}

/** A pattern speaks of the written form (`007`), so what has one stays text. */
function formOf(leaf: LeafFacets): Form {
  if (leaf.base === "list" || ["NMTOKENS", "IDREFS", "ENTITIES"].includes(leaf.base)) return "list";
  if (leaf.base === "union") return "union";
  if (leaf.patterns) return leaf.enumeration ? "choice" : "text";
  if (leaf.base === "boolean") return "boolean";
  if (smallBounds(leaf)) return "small";
  if (leaf.enumeration) return "choice";
  return leaf.base === "float" || leaf.base === "double" ? "number" : "text";
}

const itemOf = (leaf: LeafFacets): LeafFacets => leaf.of?.[0] ?? { base: leaf.base.replace(/IES$/, "Y").replace(/S$/, "") };

/** How the wire table names it. */
export function wireLeaf(leaf: LeafFacets): Leaf | `${Leaf}[]` {
  const form = formOf(leaf);
  if (form === "list") return `${wireLeaf(itemOf(leaf)) as Leaf}[]`;
  if (form === "small") return "int";
  if (form === "number" || form === "boolean") return form;
  if (leaf.base === "base64Binary" || leaf.base === "hexBinary") return "binary";
  return leaf.base === "string" || leaf.base === "normalizedString" ? "text" : "token";
}

/** The zod code; `uses` collects the names that it needs from xsd-texts.ts. */
export function zodLeaf(leaf: LeafFacets, uses: Set<string>, notes: Notes, where: string): string {
  switch (formOf(leaf)) {
    case "list":
      return `z.array(${zodLeaf(itemOf(leaf), uses, notes, where)})${lengths(leaf)}`;
    case "union":
      return unionCode(leaf, uses, notes, where);
    case "boolean":
      return "z.boolean()";
    case "number":
      return "z.number()";
    case "small":
      return smallCode(leaf);
    case "choice":
      return `z.enum([${(leaf.enumeration ?? []).map((one) => JSON.stringify(one)).join(", ")}])`;
    default:
      return textCode(leaf, uses, notes, where);
  }
}

/** Members of a union are told apart by their text only, so each is one. */
function unionCode(leaf: LeafFacets, uses: Set<string>, notes: Notes, where: string): string {
  const members = (leaf.of ?? []).map((one) => zodLeaf({ ...one, patterns: one.patterns ?? [] }, uses, notes, where));
  return members.length > 1 ? `z.union([${[...new Set(members)].join(", ")}])` : (members[0] ?? "z.string()");
}

function smallCode(leaf: LeafFacets): string {
  if (leaf.enumeration) return `z.literal([${[...new Set(leaf.enumeration.map(Number))].join(", ")}])`;
  const [min, max] = smallBounds(leaf) ?? [0, 0];
  return `z.int().min(${min}).max(${max})`;
}

const lengths = ({ length, minLength, maxLength }: LeafFacets): string =>
  length !== undefined
    ? `.length(${length})`
    : `${minLength ? `.min(${minLength})` : ""}${maxLength === undefined ? "" : `.max(${maxLength})`}`;

function textCode(leaf: LeafFacets, uses: Set<string>, notes: Notes, where: string): string {
  const [schema] = TEXTS[leaf.base] ?? (leaf.base in LARGE || leaf.base in SMALL ? ["XsdInteger"] : []);
  if (schema) uses.add(schema);
  if (leaf.base === "QName" || leaf.base === "NOTATION") notes.add("qname-value", where);
  const binary = leaf.base === "base64Binary" || leaf.base === "hexBinary";
  const patterns = (leaf.patterns ?? []).flatMap((step) => {
    const safe = linearSource(step);
    if (safe !== undefined) {
      uses.add("linear");
      return [`.refine(...linear(${JSON.stringify(safe)}))`];
    }
    const source = stepSource(step, notes, where);
    return source === undefined ? [] : [`.regex(/^${source}$/u)`];
  });
  const numeric = boundsCode(leaf);
  if (numeric !== "") uses.add("within");
  return `${schema ?? "z.string()"}${binary ? "" : lengths(leaf)}${patterns.join("")}${numeric}`;
}

function boundsCode(leaf: LeafFacets): string {
  if (leaf.base !== "decimal" && !(leaf.base in LARGE) && !(leaf.base in SMALL)) return "";
  const bounds = {
    totalDigits: leaf.totalDigits,
    fractionDigits: leaf.base === "decimal" ? leaf.fractionDigits : undefined,
    min: leaf.minInclusive ?? (leaf.minExclusive === undefined ? LARGE[leaf.base] : undefined),
    max: leaf.maxInclusive ?? (leaf.maxExclusive === undefined ? GREATEST[leaf.base] : undefined),
    above: leaf.minExclusive,
    below: leaf.maxExclusive,
  };
  const given = Object.entries(bounds).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ""
    : `.refine(...within({ ${given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")} }))`;
}

/** The patterns of one step for the engine of linear time, where one of them needs it. */
export function linearSource(step: readonly string[]): string | undefined {
  try {
    const nodes = step.map((pattern) => parsePattern(unanchored(pattern)));
    const sources = nodes.some(isAmbiguous) ? nodes.map(toLinear) : [];
    return sources.length === 0 || sources.includes(undefined) ? undefined : sources.join("|");
  } catch (error) {
    if (error instanceof PatternRefused) return undefined;
    throw error;
  }
}

/** The patterns of one step as one JavaScript source, or undefined when they cannot be checked. */
export function stepSource(step: readonly string[], notes: Notes, where: string): string | undefined {
  if (step.length === 0) return undefined;
  const sources: string[] = [];
  for (const pattern of step) {
    const source = sourceOf(pattern, notes, where);
    if (source === undefined) return undefined;
    sources.push(source);
  }
  return sources.length === 1 && !sources[0]?.includes("|") ? sources[0] : `(?:${sources.join("|")})`;
}

/** Authors often write anchors, which XSD has not. */
function unanchored(pattern: string): string {
  return pattern.replace(/^\^/, "").replace(/(?<!\\)\$$/, "");
}

function sourceOf(pattern: string, notes: Notes, where: string): string | undefined {
  const plain = unanchored(pattern);
  if (plain !== pattern) notes.add("pattern-anchors", where, pattern);
  try {
    const source = toJavaScript(parsePattern(plain));
    return new RegExp(source, "u").source;
  } catch (error) {
    if (!(error instanceof PatternRefused) && !(error instanceof SyntaxError)) throw error;
  }
  try {
    const source = new RegExp(`(?:${plain})`, "u").source;
    notes.add("pattern-of-javascript", where, pattern);
    return source;
  } catch {
    notes.add("pattern-not-checked", where, pattern);
    return undefined;
  }
}

/** A value that the type accepts; undefined when none was found. */
export function sampleLeaf(leaf: LeafFacets): string | number | boolean | unknown[] | undefined {
  const form = formOf(leaf);
  if (form === "list") {
    const item = sampleLeaf(itemOf(leaf));
    return item === undefined ? undefined : Array.from({ length: leaf.length ?? Math.max(1, leaf.minLength ?? 1) }, () => item);
  }
  if (form === "union")
    return (leaf.of ?? []).map((one) => sampleLeaf({ ...one, patterns: one.patterns ?? [] })).find((one) => one !== undefined);
  if (form === "boolean") return true;
  if (form === "number") return Number(leaf.minInclusive ?? 1.5);
  if (form === "small") return leaf.enumeration ? Number(leaf.enumeration[0]) : smallSample(leaf);
  return candidates(leaf).find((text) => accepts(leaf, text));
}

function smallSample(leaf: LeafFacets): number {
  const [min, max] = smallBounds(leaf) ?? [0, 0];
  return Math.min(max, Math.max(min, 1));
}

function candidates(leaf: LeafFacets): string[] {
  if (leaf.enumeration) return leaf.enumeration;
  const made: string[] = [];
  for (const pattern of leaf.patterns?.at(-1) ?? []) {
    try {
      const node = parsePattern(unanchored(pattern));
      for (const stretch of [0, 1, 2, 3, 5, 8, leaf.minLength ?? 0, leaf.length ?? 0]) made.push(sampleOf(node, stretch) ?? "");
    } catch (error) {
      if (!(error instanceof PatternRefused)) throw error;
    }
  }
  const size = leaf.length ?? Math.min(Math.max(leaf.minLength ?? 1, 6), leaf.maxLength ?? 6);
  const usual = TEXTS[leaf.base]?.[1];
  const bounds = [leaf.minInclusive, leaf.maxInclusive, GREATEST[leaf.base], LARGE[leaf.base]].filter((one) => one !== undefined);
  const numbers = leaf.base === "decimal" || leaf.base in LARGE || leaf.base in SMALL ? ["1", "1.5", ...bounds, "10", "100", "0"] : [];
  const texts = ["Sample", "A", "1", "01", "1.00", "10", "S", "SI", "a@b.it", "2026", "2026-03-05", ""];
  const sized = "Sample text of the right length "
    .repeat(1 + size / 32)
    .slice(0, size)
    .replace(/ $/, "x");
  return [...(usual === undefined ? [] : [usual]), ...numbers, ...made, sized, "1".repeat(Math.min(size, 1_000)), ...texts];
}

/** Whether a text satisfies the facets that texts have. */
function accepts(leaf: LeafFacets, text: string): boolean {
  const { length, minLength, maxLength, totalDigits, fractionDigits } = leaf;
  const numeric = leaf.base === "decimal" || leaf.base in LARGE || leaf.base in SMALL;
  if (numeric && !/^[+-]?\d+(\.\d+)?$/.test(text)) return false;
  if (numeric && leaf.base !== "decimal" && text.includes(".")) return false;
  const binary = leaf.base === "base64Binary" || leaf.base === "hexBinary";
  const size = [...text].length;
  if (!binary && ((length !== undefined && size !== length) || size < (minLength ?? 0) || size > (maxLength ?? size))) return false;
  if (numeric) {
    const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
    const significant = fraction.replace(/0+$/, "").length;
    if (significant > (fractionDigits ?? significant)) return false;
    if (whole.replace(/^0+/, "").length + significant > (totalDigits ?? 1_000)) return false;
    const [min, max] = [leaf.minInclusive ?? LARGE[leaf.base], leaf.maxInclusive ?? GREATEST[leaf.base]];
    if (min !== undefined && compareDecimals(text, min) < 0) return false;
    if (max !== undefined && compareDecimals(text, max) > 0) return false;
    if (leaf.minExclusive !== undefined && compareDecimals(text, leaf.minExclusive) <= 0) return false;
    if (leaf.maxExclusive !== undefined && compareDecimals(text, leaf.maxExclusive) >= 0) return false;
  }
  return (leaf.patterns ?? []).every((step) => {
    const sources = step.map((one) => quietSource(one)).filter((one) => one !== undefined);
    return sources.length === 0 || sources.some((source) => new RegExp(`^(?:${source})$`, "u").test(text));
  });
}

function quietSource(pattern: string): string | undefined {
  try {
    return toJavaScript(parsePattern(unanchored(pattern)));
  } catch {
    try {
      return new RegExp(unanchored(pattern), "u").source;
    } catch {
      return undefined;
    }
  }
}

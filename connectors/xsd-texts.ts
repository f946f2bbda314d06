/** What contracts generated from a WSDL share: the texts of XSD's simple types, and checks of choices. Pure. Decimals and dates stay text. */
import { RE2JS } from "re2js";
import { z } from "zod";

const ZONE = "(?:Z|[+-]\\d{2}:\\d{2})?";
const text = (pattern: string, what: string) => z.string().regex(new RegExp(`^${pattern}$`, "u"), `is not ${what}`);

/** `xs:date`, with or without an offset: `2026-11-22`, `2026-11-22+01:00`. */
export const XsdDate = text(`-?\\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])${ZONE}`, "a date like 2026-11-22");
/** `xs:dateTime`, with or without an offset. */
export const XsdDateTime = text(
  `-?\\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?${ZONE}`,
  "an instant like 2026-11-22T09:30:00+01:00",
);
export const XsdTime = text(`\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?${ZONE}`, "a time like 09:30:00");
export const XsdYear = text(`-?\\d{4,}${ZONE}`, "a year");
export const XsdYearMonth = text(`-?\\d{4,}-(?:0[1-9]|1[0-2])${ZONE}`, "a month like 2026-11");
export const XsdMonthDay = text(`--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])${ZONE}`, "a day like --11-22");
export const XsdMonth = text(`--(?:0[1-9]|1[0-2])${ZONE}`, "a month like --11");
export const XsdDay = text(`---(?:0[1-9]|[12]\\d|3[01])${ZONE}`, "a day like ---22");
/** `xs:duration`: `P1Y2M3DT4H5M6S`. */
export const XsdDuration = text(
  "-?P(?=[\\dT])(?:\\d+Y)?(?:\\d+M)?(?:\\d+D)?(?:T(?=\\d)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d+)?S)?)?",
  "a duration like P3D",
);
/** `xs:decimal` as text, so that no digit is lost: `1234.50`. */
export const XsdDecimal = text("[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)", "a decimal number like 1234.50");
/** `xs:integer` and `xs:long` as text, since they go beyond what JavaScript counts exactly. */
export const XsdInteger = text("[+-]?\\d+", "a whole number");
export const XsdBase64 = text("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", "base64");
export const XsdHex = text("(?:[0-9A-Fa-f]{2})*", "hexadecimal");
/** `xs:NCName`, `xs:ID` and their like. */
export const XsdName = text("[\\p{L}_][\\p{L}\\p{M}\\p{N}._\\-]*", "an XML name");
export const XsdToken = text("[\\p{L}\\p{M}\\p{N}._:\\-]+", "an XML name token");
export const XsdLanguage = text("[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*", "a language like it");
/** Elements as XML text, each with the prefixes that it uses declared. */
export const XmlText = z.string().max(1_000_000);

export interface DecimalBounds {
  totalDigits?: number;
  fractionDigits?: number;
  /** Inclusive bounds as text. */
  min?: string;
  max?: string;
  above?: string;
  below?: string;
}

/** A pattern whose check takes linear time, whatever the value: `z.string().refine(...linear("([a-z]+-)*"))`. In the syntax of RE2, without anchors. */
export function linear(source: string): Check<string> {
  const pattern = RE2JS.compile(`(?:${source})`);
  return [(value) => pattern.matches(value), { error: "has not the form that its schema demands" }];
}

type Check<T> = [(value: T) => boolean, { error: string }];

/** The numeric facets of a decimal held as text, compared digit by digit: `XsdDecimal.refine(...within({ fractionDigits: 2 }))`. */
export function within(bounds: DecimalBounds): Check<string> {
  const { totalDigits = 1_000, fractionDigits = 1_000, min, max, above, below } = bounds;
  const fits = (value: string): boolean => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) return false;
    const [whole = "", fraction = ""] = value.replace(/^[+-]/, "").split(".");
    const significant = fraction.replace(/0+$/, "");
    if (significant.length > fractionDigits || whole.replace(/^0+/, "").length + significant.length > totalDigits) return false;
    if (min !== undefined && compareDecimals(value, min) < 0) return false;
    if (max !== undefined && compareDecimals(value, max) > 0) return false;
    if (above !== undefined && compareDecimals(value, above) <= 0) return false;
    return below === undefined || compareDecimals(value, below) < 0;
  };
  const said = Object.entries(bounds).map(([name, bound]) => `${name} ${bound}`);
  return [fits, { error: `is out of bounds (${said.join(", ")})` }];
}

function scaled(text: string, places: number): bigint {
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  const value = BigInt(`${whole || "0"}${fraction.padEnd(places, "0")}`);
  return text.startsWith("-") ? -value : value;
}

/** Below zero when the first is smaller, zero when they are equal. */
export function compareDecimals(a: string, b: string): number {
  const places = Math.max(...[a, b].map((text) => text.split(".")[1]?.length ?? 0));
  const [first, second] = [scaled(a, places), scaled(b, places)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/**
 * A choice of a schema: exactly one branch, or at most one where it is not required; members marked `?` may be absent from their branch.
 * `z.strictObject({...}).refine(...oneOf("required", ["id"], ["name", "birthDate?"]))`
 */
export function oneOf(required: "required" | "optional", ...branches: readonly (readonly string[])[]): Check<object> {
  const shared = (name: string) => branches.filter((branch) => branch.some((one) => plain(one) === name)).length > 1;
  const fits = (value: object): boolean => {
    const has = (name: string) => (value as Record<string, unknown>)[name] !== undefined;
    const own = branches.map((branch) => branch.filter((one) => !shared(plain(one))));
    const chosen = branches.filter((_, index) => own[index]?.some((one) => has(plain(one))));
    if (chosen.length > 1) return false;
    const [branch] = chosen;
    if (branch) return branch.every((one) => one.endsWith("?") || has(one));
    // Nothing tells the branches apart: one of them must be whole, or none is needed.
    const whole = branches.some((one) => one.every((name) => name.endsWith("?") || has(name)));
    return required === "optional" ? whole || !branches.flat().some((one) => has(plain(one))) : whole;
  };
  const said = branches.map((branch) => branch.join(" with ")).join("; ");
  return [fits, { error: `needs ${required === "required" ? "exactly" : "at most"} one of: ${said}` }];
}

const plain = (name: string): string => name.replace(/\?$/, "");

/** From what an expression gives to plain JSON, and canonical JSON for hashes. */
import type { Json, JsonObject } from "../connectors/json.ts";

/** Why an expression could not be used; `code` ends up in a parked case as `expression:<code>`. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface OptionalLike {
  hasValue(): boolean;
  value(): unknown;
}
const isOptional = (value: object): value is OptionalLike =>
  "hasValue" in value && typeof value.hasValue === "function" && "value" in value;

/**
 * Safe int to number, unsafe int an error, timestamp and duration to ISO text, empty optional to absent (`undefined`),
 * NaN, infinities and anything else that JSON cannot hold an error.
 */
export function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return safeInteger(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new ExpressionError("not_a_number", "the result is not a finite number");
    return value;
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ExpressionError("invalid_timestamp", "the result is not a valid instant");
    return value.toISOString();
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item)).filter((item) => item !== undefined);
  if (typeof value === "object") return objectToJson(value);
  throw new ExpressionError("not_json", `the result is a ${typeof value}, which JSON cannot hold`);
}

function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw new ExpressionError("unsafe_integer", "the result is an integer beyond 2^53; carry it as text");
  return Number(value);
}

function objectToJson(value: object): Json | undefined {
  if (isOptional(value)) return value.hasValue() ? toJson(value.value()) : undefined;
  if (value instanceof Map) return entriesToJson([...value.entries()].map(([key, item]) => [String(key), item]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || (prototype as object).constructor?.name === "Object") return entriesToJson(Object.entries(value));
  const text = "toJSON" in value && typeof value.toJSON === "function" ? (value.toJSON() as unknown) : undefined;
  if (typeof text === "string") return text;
  if (value.constructor.name === "Duration") return String(value);
  throw new ExpressionError("not_json", `the result is a ${value.constructor.name}, which JSON cannot hold`);
}

function entriesToJson(entries: [string, unknown][]): JsonObject {
  const object: JsonObject = {};
  for (const [key, item] of entries) {
    const json = toJson(item);
    if (json === undefined) continue;
    // `__proto__` as a plain key would set the prototype.
    if (key === "__proto__") Object.defineProperty(object, key, { value: json, enumerable: true, configurable: true, writable: true });
    else object[key] = json;
  }
  return object;
}

/** JSON with sorted keys and no layout: equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value)
    .toSorted()
    .filter((key) => value[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`);
  return `{${members.join(",")}}`;
}

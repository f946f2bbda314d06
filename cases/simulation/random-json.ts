/** Any JSON, from a seed: also the keys and texts that trip programs. */
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Random } from "./random.ts";

/** Names that every JavaScript object answers to, words of CEL, and texts that are no identifiers. */
const keys = [
  ..."abcxyz",
  ..."constructor prototype __proto__ toString valueOf hasOwnProperty toJSON hasValue value size length".split(" "),
  ..."in null true has matches then get 0 1.5 a-b à ${x} \u0000 \ud83d\ude00".split(" "),
  "",
  " ",
];
const texts = [
  "",
  " ",
  "${x}",
  "$",
  '"',
  "\\",
  "P1D",
  "2026-03-02T10:00:00Z",
  "9007199254740993",
  "NaN",
  "true",
  "null",
  "è",
  "\u0000",
  "\u2028",
];
const numbers = [0, 1, -1, 0.1, 1.5, -2.25, 1e21, 5e-324, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, 1e-7];

export function randomJson(random: Random, depth = 4): Json {
  const kind = random.int(0, depth > 0 ? 7 : 4);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(texts);
    case 3:
      return random.pick(numbers);
    case 4:
      return random.int(-1_000, 1_000);
    case 5:
      return Array.from({ length: random.int(0, 4) }, () => randomJson(random, depth - 1));
    default:
      return randomObject(random, depth - 1);
  }
}

function randomObject(random: Random, depth: number): JsonObject {
  const entries = Array.from({ length: random.int(0, 4) }, (): [string, Json] => [random.pick(keys), randomJson(random, depth)]);
  // As JSON.parse does it, `__proto__` becomes a member like any other.
  return JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`) as JsonObject;
}

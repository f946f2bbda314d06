import { describe, expect, test } from "@jest/globals";
import type { Json } from "../connectors/json.ts";
import { bodyHash, canonicalJson, keyHash, readIdempotencyKey, writeIdempotencyKey } from "./idempotency.ts";

const code = (header: string | string[] | undefined) => {
  try {
    return readIdempotencyKey(header);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("an Idempotency-Key", () => {
  test("is the same quoted or bare, and survives being written", () => {
    expect(readIdempotencyKey('"8e03978e-40d5"')).toBe("8e03978e-40d5");
    expect(readIdempotencyKey("8e03978e-40d5")).toBe("8e03978e-40d5");
    for (const key of ['a "quoted" key', "back\\slash", "x".repeat(255)]) expect(readIdempotencyKey(writeIdempotencyKey(key))).toBe(key);
  });

  test("that is missing, too long, doubled or no key is refused", () => {
    expect(code(undefined)).toBe("IDEMPOTENCY_KEY_MISSING");
    expect(code("")).toBe("IDEMPOTENCY_KEY_MISSING");
    for (const wrong of ['""', '"open', "two words", "a,b", "é", "x".repeat(256), ["a", "b"], '"a";q=1']) {
      expect(code(wrong)).toBe("IDEMPOTENCY_KEY_MALFORMED");
    }
  });
});

describe("what is kept of a start", () => {
  test("does not depend on the order of members, and does on everything else", () => {
    const hash = bodyHash("k", { a: 1, b: { c: [1, 2], d: "x" } });
    expect(bodyHash("k", { b: { d: "x", c: [1, 2] }, a: 1 })).toBe(hash);
    const others: Json[] = [{ a: 1 }, { a: 1, b: { c: [2, 1], d: "x" } }, { a: "1", b: { c: [1, 2], d: "x" } }];
    for (const other of others) {
      expect(bodyHash("k", other)).not.toBe(hash);
    }
    expect(canonicalJson({ b: [null, true], a: { z: 1, y: "é" } })).toBe('{"a":{"y":"é","z":1},"b":[null,true]}');
  });

  test("tells channels apart, and cannot be guessed without the key", () => {
    expect(keyHash("app", "1")).not.toBe(keyHash("portal", "1"));
    expect(keyHash("a", "b1")).not.toBe(keyHash("ab", "1"));
    const body = { taxCode: "PRVGLI85D45X001Q" };
    expect(bodyHash("k1", body)).not.toBe(bodyHash("k2", body));
  });
});

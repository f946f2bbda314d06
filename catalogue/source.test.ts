import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { quickValue } from "./quick-value.ts";
import { parseSource } from "./source.ts";

const root = join(import.meta.dirname, "..");
const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(root, folder, name));
const shipped = ["services", "municipalities", "test/services", "catalogue/wrong"].flatMap(filesOf);

/** What the thorough parser takes the text for; nothing where it finds a mistake. */
function thorough(text: string): { value: unknown } | undefined {
  const document = parseDocument(text, { prettyErrors: false });
  return document.errors.length > 0 ? undefined : { value: document.toJS() as unknown };
}

/** Scalars on which YAML's versions and parsers are known to differ. */
const scalars =
  "1_000 yes no on True TRUE null Null ~ 0o17 0o8 017 0x1F 0xZ 0b11 +1 -1 -0 0.0 .5 1. 1e3 1E-3 1e .inf -.inf 2026-01-01 12:30 << = 099901 1.0 12345678901234567890 P10D a:b a#b ''"
    .split(" ")
    .filter((one) => one !== "");
const texts = [
  ...scalars.map((one) => `a: ${one}\nb: [${one}]\n`),
  'a: "\\x41\\u00e8\\\n  b"\n',
  "a: 'it''s'\n",
  "a: >-\n  x\n  y\n\n  z\nb: |+\n  x\n\nc: |2\n   x\n",
  "a: one\n  two\n# c\n  \nb: x # y\n",
  "a: b\r\nc: d\r\n",
  "\uFEFFa: b\n",
  "1: a\ntrue: b\n1.5: c\n0x10: d\n",
  '{"a":1,"b":[true,null]}\n',
  "? a\n: b\n",
  "- - a\n  - b\n-\n  c: d\n",
  "__proto__: { a: 1 }\n",
];

describe("the quick reading of YAML", () => {
  test.each(shipped)("takes %s for what the thorough one does", (file) => {
    const text = readFileSync(file, "utf8");
    const quick = quickValue(text);
    if (quick) expect(quick).toEqual(thorough(text));
    // A file that is as it should be is read quickly.
    if (!file.includes("/wrong/")) expect(quick).toBeDefined();
  });

  test.each(texts)("reads %j alike", (text) => {
    const quick = quickValue(text);
    expect(quick).toBeDefined();
    expect(quick).toEqual(thorough(text));
  });

  test("leaves to the thorough one what is wrong, shared, or of another version of YAML", () => {
    const others = [
      "a: [b",
      "a: 1\na: 2\n",
      "a: b: c\n",
      "a: &x [1]\nb: *x\n",
      "- &x 1\n- *x\n",
      "{a: &b 1}\n",
      "%YAML 1.1\n---\na: yes\n",
      "\ta: b\n",
    ];
    expect(others.map((text) => quickValue(text))).toEqual(others.map(() => undefined));
    expect(parseSource({ file: "a.yaml", text: "a: &x [1]\nb: *x\n" }).value).toEqual({ a: [1], b: [1] });
  });

  test("reads what the thorough parser's own library writes, whatever the values are", () => {
    let seed = 7;
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const pieces = [
      "a",
      " ",
      ":",
      "#",
      "-",
      "\n",
      "'",
      '"',
      "{",
      "]",
      "&",
      "*",
      "è",
      "${x}",
      "true",
      "1",
      "0x1",
      "?",
      "|",
      ">",
      "%",
      "@",
      ",",
      "\\",
      "\t",
    ];
    const word = (): string => Array.from({ length: next(6) }, () => pieces[next(pieces.length)]).join("");
    const made = (depth: number): unknown => {
      const kind = next(depth > 3 ? 5 : 7);
      if (kind === 0) return next(2) === 0;
      if (kind === 1) return next(1_000) - 500;
      if (kind === 2) return (next(1_000) - 500) / 8;
      if (kind < 5) return word();
      const count = next(4);
      return kind === 5
        ? Array.from({ length: count }, () => made(depth + 1))
        : Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}${word()}`, made(depth + 1)]));
    };
    const different: string[] = [];
    let quickly = 0;
    for (let n = 0; n < 400; n++) {
      const value = { top: made(0) };
      const text = stringify(value, n % 2 === 0 ? {} : { collectionStyle: "flow", defaultStringType: "QUOTE_DOUBLE" });
      const quick = quickValue(text);
      if (quick) quickly += 1;
      if (quick && JSON.stringify(quick.value) !== JSON.stringify(value)) different.push(text);
    }
    expect(different).toEqual([]);
    expect(quickly).toBeGreaterThan(200);
  });
});

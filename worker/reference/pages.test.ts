import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { adapters } from "../../connectors/adapters.ts";
import { nameOf } from "../../connectors/contract.ts";
import { errorTable } from "../../client/errors.ts";
import { systemVariables } from "../configuration/systems.ts";
import { variables } from "../configuration/settings.ts";
import { referencePages } from "./pages.ts";
import { descriptionOf, membersOf, wordsOf } from "./schema-words.ts";

const docs = join(import.meta.dirname, "../../docs");
const pages = referencePages();

describe("the generated pages", () => {
  test.each(Object.entries(pages))("docs/%s is current (otherwise: npm run docs)", (name, text) => {
    expect(readFileSync(join(docs, name), "utf8")).toBe(text);
  });

  test("name every variable, of every system too", () => {
    const names = [...Object.keys(variables), ...adapters.flatMap((one) => systemVariables(one, nameOf(one.contract)))];
    expect(names.filter((name) => !pages["settings.md"]?.includes(`\`${name}\``))).toEqual([]);
  });

  test("have a meaning for every setting", () => {
    const settings = [
      ...Object.entries<z.ZodType>(variables),
      ...adapters.flatMap((one) => Object.entries(one.config.shape as Record<string, z.ZodType>)),
    ];
    expect(settings.filter(([, schema]) => !descriptionOf(schema)).map(([name]) => name)).toEqual([]);
  });

  test("name every error once", () => {
    const rows = (pages["errors.md"] ?? "").split("\n").flatMap((line) => /^\| `([A-Z_]+)` \|/.exec(line)?.[1] ?? []);
    expect(rows.toSorted()).toEqual(Object.keys(errorTable).toSorted());
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe("a schema in words", () => {
  test.each<[z.ZodType, string]>([
    [z.string().min(1).max(20), "text (1 to 20 characters)"],
    [z.int().min(5).default(7), "whole number (at least 5)"],
    [z.enum(["quick", "slow"]).optional(), "one of `quick`, `slow`"],
    [z.array(z.url()), "list of URL"],
    [z.stringbool(), "true or false"],
    [z.object({ day: z.iso.date(), note: z.string().optional() }), "{ day: date; note?: text }"],
  ])("%#", (schema, words) => {
    expect(wordsOf(schema)).toBe(words);
  });

  test("tells what may be absent, and the value that holds then", () => {
    expect(membersOf(z.object({ port: z.number().default(80).describe("where"), host: z.string() }))).toEqual([
      { name: "port", words: "number", optional: true, usual: "80", description: "where" },
      { name: "host", words: "text", optional: false },
    ]);
  });
});

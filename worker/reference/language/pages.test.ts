import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkCatalogue } from "../../../catalogue/check.ts";
import { Fragment, HandWrittenService, Overlay, YamlService } from "../../../catalogue/definition.ts";
import { issuesOf, typeNames } from "../../../catalogue/fields.ts";
import { kindsOfStep } from "../../../catalogue/step-index.ts";
import { SystemSettings } from "../../../catalogue/systems.ts";
import { descriptionOf, defOf } from "../schema-words.ts";
import { EXAMPLES } from "./examples.ts";
import { kinds } from "./kinds.ts";
import { languagePages } from "./pages.ts";
import { typeWords } from "./types-page.ts";
import { bare, wordOf } from "./words.ts";

const root = join(import.meta.dirname, "../../..");
const pages = languagePages(root);

describe("the reference of the language", () => {
  test.each(Object.entries(pages))("docs/language/%s is current (otherwise: npm run docs)", (name, text) => {
    expect(readFileSync(join(root, "docs/language", name), "utf8")).toBe(text);
  });

  test("has these pages and no other", () => {
    expect(readdirSync(join(root, "docs/language")).toSorted()).toEqual(Object.keys(pages).toSorted());
  });

  test("has a page for each kind of step that a file may hold", () => {
    expect(kinds.map(({ name }) => name).toSorted()).toEqual(kindsOfStep.filter((kind) => kind !== "block").toSorted());
  });

  test("says what every member means, and so does the editor's schema", () => {
    const schemas = {
      ...Object.fromEntries(kinds.map(({ name, schema }) => [name, schema])),
      YamlService,
      HandWrittenService,
      Fragment,
      Overlay,
      SystemSettings,
    };
    expect(Object.entries(schemas).flatMap(([name, schema]) => unexplained(schema, name))).toEqual([]);
  });

  test("names every member of every kind of step on its page", () => {
    const nowhere = kinds.flatMap(({ name, schema }) =>
      membersIn(schema).filter((member) => !new RegExp(`^(\\| |#+ )\`${member}(\\[\\])?\``, "m").test(pages[`${name}.md`] ?? "")),
    );
    expect(nowhere).toEqual([]);
  });
});
const commonWords = { id: 1, title: 1, when: 1, optional: 1, public: 1 };

/** Members without a meaning, at any depth. */
function unexplained(schema: z.ZodType, path: string): string[] {
  const { shape, element, valueType, options, type } = defOf(bare(schema));
  // Steps are looked at by their kinds.
  if (type === "lazy" || (options ?? []).length > 4) return [];
  const inner = [element, valueType, ...(options ?? [])].filter((one) => one !== undefined);
  return [
    ...Object.entries(shape ?? {}).flatMap(([name, member]) => [
      ...(descriptionOf(member) === undefined ? [`${path}.${name}`] : []),
      ...(name === "steps" || name === "branches" ? [] : unexplained(member, `${path}.${name}`)),
    ]),
    ...inner.flatMap((one) => (defOf(bare(one)).type === "array" ? [] : unexplained(one, path))),
  ];
}

describe("the examples of the reference", () => {
  test("have no findings, not even warnings", () => {
    expect(checkCatalogue(join(root, EXAMPLES))).toEqual([]);
  });

  test("show every member that is the kind's own", () => {
    const shown = kinds.map(({ name }) => ({ name, text: (pages[`${name}.md`] ?? "").split("## Examples")[1] ?? "" }));
    const missing = shown.flatMap(({ name, text }) =>
      membersIn(kinds.find((kind) => kind.name === name)?.schema as z.ZodType)
        .filter((member) => !new RegExp(`\\b${member}:`).test(text))
        .map((member) => `${name}: ${member}`),
    );
    expect(missing).toEqual([]);
  });
});

function membersIn(schema: z.ZodType): string[] {
  const { shape, options } = defOf(bare(schema));
  if (wordOf(bare(schema)) || (options ?? []).length > 0) return [];
  return Object.entries(shape ?? {}).flatMap(([name, member]) => (name in commonWords ? [] : [name, ...membersIn(member)]));
}

describe("the types of fields", () => {
  test("each have their words", () => expect(Object.keys(typeWords)).toEqual(typeNames));

  test.each(Object.entries(typeWords))(
    "%s takes the right value and says in both languages what is wrong with the other",
    (name, { right, wrong }) => {
      expect(issuesOf({ field: name }, { field: right })).toEqual([]);
      if (wrong === undefined) return expect(name).toBe("Any");
      const [issue] = issuesOf({ field: name }, { field: wrong });
      expect(issue?.field).toMatch(/^field/);
      expect(issue?.en).not.toBe("");
      expect(issue?.it).not.toBe(issue?.en);
    },
  );
});

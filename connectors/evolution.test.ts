/** Published contracts evolve by adding. `CONTRACTS_WRITE=1` records what was added; it never records a change that breaks. */
import { describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { contract, nameOf, read, write } from "./contract.ts";
import { contracts } from "./contracts.ts";
import { breaks, type PublishedContract, publishedForm } from "./evolution.ts";

const folder = join(import.meta.dirname, "published");
const fileOf = (name: string) => join(folder, `${name}.json`);
const recorded = (name: string) => JSON.parse(readFileSync(fileOf(name), "utf8")) as PublishedContract;
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));

describe("each published contract", () => {
  test("still exists", () => {
    expect(names.length).toBeGreaterThanOrEqual(6);
    expect(names.filter((name) => !contracts.some((one) => nameOf(one) === name))).toEqual([]);
  });

  // A contract without a record was never published, and may change as it likes.
  test.each(contracts.filter((one) => existsSync(fileOf(nameOf(one)))).map((one) => ({ name: nameOf(one), one })))(
    "$name has only grown, and its record is of today",
    ({ name, one }) => {
      const form = publishedForm(one);
      expect(breaks(name, recorded(name), form)).toEqual([]);
      if (process.env["CONTRACTS_WRITE"]) writeFileSync(fileOf(name), `${JSON.stringify(form, undefined, 2)}\n`);
      // Otherwise what was added today could be taken away tomorrow: CONTRACTS_WRITE=1 npx jest connectors/evolution.test.ts
      expect(recorded(name)).toEqual(JSON.parse(JSON.stringify(form)));
    },
  );
});

describe("the rule", () => {
  const Person = z.strictObject({ id: z.string().max(16), kind: z.enum(["a", "b"]), note: z.string().optional() });
  const base = { title: "Find", deadline: "10s", rejections: ["GONE"] };
  const form = (input: z.ZodType, output: z.ZodType, more: object = {}) =>
    publishedForm(contract("c", { find: read({ ...base, input, output, ...more }) }));
  const was = form(Person, Person);
  const reasons = (is: PublishedContract) => breaks("c", was, is).map((one) => one.replace(/; a published contract.*$/, ""));

  test("allows what is added", () => {
    const more = Person.extend({ more: z.string().optional() });
    expect(reasons(form(more, more))).toEqual([]);
    expect(reasons(form(Person, Person.extend({ sure: z.string() })))).toEqual([]);
    expect(reasons(form(Person.extend({ id: z.string().max(20) }), Person.extend({ id: z.string().max(10) })))).toEqual([]);
    expect(reasons(form(Person.extend({ kind: z.enum(["a", "b", "c"]) }), Person.extend({ kind: z.enum(["a"]) })))).toEqual([]);
    expect(reasons(form(Person, Person, { rejections: ["GONE", "NEW"] }))).toEqual([]);
    const other = contract("c", {
      find: read({ ...base, input: Person, output: Person }),
      more: read({ ...base, input: Person, output: Person }),
    });
    expect(reasons(publishedForm(other))).toEqual([]);
  });

  test.each<[string, PublishedContract, string]>([
    ["an operation that is gone", {}, "c.find: the operation is gone"],
    [
      "another effect",
      publishedForm(contract("c", { find: write({ ...base, input: Person, output: Person }) })),
      "c.find: it was a read and is a write",
    ],
    ["a rejection that is gone", form(Person, Person, { rejections: [] }), "c.find: the rejection GONE is gone, and services branch on it"],
    ["a new required input", form(Person.extend({ more: z.string() }), Person), "c.find: input.more is required now"],
    ["an input that is gone", form(Person.omit({ note: true }), Person), "c.find: input.note is gone, and services send it"],
    ["an input of another type", form(Person.extend({ id: z.int() }), Person), "c.find: input.id is of type integer and was string"],
    ["a narrower input", form(Person.extend({ id: z.string().max(8) }), Person), "c.find: input.id has a narrower maxLength (8)"],
    ["a value that is no longer taken", form(Person.extend({ kind: z.enum(["a"]) }), Person), "c.find: input.kind no longer takes b"],
    ["an output that is gone", form(Person, Person.omit({ id: true })), "c.find: output.id is gone"],
    ["an optional output that is gone", form(Person, Person.omit({ note: true })), "c.find: output.note is gone"],
    ["an output that may be absent", form(Person, Person.partial({ id: true })), "c.find: output.id may be absent now"],
    [
      "a value that readers do not know",
      form(Person, Person.extend({ kind: z.enum(["a", "b", "c"]) })),
      "c.find: output.kind may also be c",
    ],
    ["a wider output", form(Person, Person.extend({ id: z.string() })), "c.find: output.id goes beyond its maxLength of 16"],
  ])("refuses %s", (_, is, sentence) => {
    expect(reasons(is)).toEqual([sentence]);
    expect(breaks("c", was, is)[0]).toContain("put a new optional member or a new operation beside it");
  });

  test("sees into lists, alternatives and types that hold themselves", () => {
    const Tree = z.strictObject({
      name: z.string(),
      get inner(): z.ZodOptional<z.ZodArray<typeof Tree>> {
        return z.array(Tree).optional();
      },
    });
    const Other = z.strictObject({
      name: z.int(),
      get inner(): z.ZodOptional<z.ZodArray<typeof Other>> {
        return z.array(Other).optional();
      },
    });
    const [one, other] = [
      form(Tree, z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })])),
      form(Other, z.strictObject({ c: z.string() })),
    ];
    expect(breaks("c", one, one)).toEqual([]);
    expect(breaks("c", one, other).map((text) => text.replace(/;.*$/, ""))).toEqual([
      "c.find: input.name is of type integer and was string",
      "c.find: output may be what none of its alternatives is",
    ]);
  });
});

import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { editorSchema } from "./editor-schema.ts";
import { parseSource } from "./source.ts";
import { goodSources, wrongFiles } from "./testing.ts";

const root = join(import.meta.dirname, "..");
const accepts = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(editorSchema());
const valueOf = (text: string) => parseSource({ file: "", text }).value;

const shipped = ["services", "municipalities"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml") && !file.endsWith(".scenarios.yaml"))
    .map((file) => join(folder, file)),
);
const wrong = wrongFiles(join(import.meta.dirname, "wrong")).filter((file) => file.code !== "yaml");

describe("the schema for editors", () => {
  test.each(shipped.map((file) => [file]))("accepts %s", (file) => {
    accepts(valueOf(readFileSync(join(root, file), "utf8")));
    expect(accepts.errors ?? []).toEqual([]);
  });

  test.each(goodSources.map(({ file, text }) => [file, text]))("accepts the tests' %s", (_file, text) => {
    accepts(valueOf(text));
    expect(accepts.errors ?? []).toEqual([]);
  });

  test.each(wrong.filter((file) => file.schemaRefuses).map((file) => [file.name, file] as const))("refuses %s", (_name, { source }) => {
    expect(accepts(valueOf(source.text))).toBe(false);
  });

  test.each(wrong.filter((file) => !file.schemaRefuses).map((file) => [file.name, file] as const))(
    "cannot tell that %s is wrong: the check does",
    (_name, { source }) => {
      expect(accepts(valueOf(source.text))).toBe(true);
    },
  );

  test("says what a member means, as the reference does", () => {
    const text = JSON.stringify(editorSchema());
    for (const meaning of [
      "What takes the call back at a withdrawal",
      "The label that an applicant sees",
      "Legal terms by its own regulation",
    ])
      expect(text).toContain(`"description":"${meaning}`);
  });

  test("knows every operation by name, with its inputs", () => {
    const text = JSON.stringify(editorSchema());
    expect(text).toContain('"const":"payments.createDebt"');
    expect(text).toContain("#/$defs/payments.createDebt.with");
  });
});

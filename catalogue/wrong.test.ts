import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { checkSources, type Finding } from "./check.ts";
import { checksPage, findingCodes, pageOf } from "./findings.ts";
import { goodSources, type WrongFile, wrongFiles } from "./testing.ts";

const files = wrongFiles(join(import.meta.dirname, "wrong"));

const findingsOf = ({ source }: WrongFile): Finding[] =>
  checkSources([...goodSources.filter((one) => one.file !== source.file), source]).findings;

/** As the files' first lines write it. */
const inOneLine = ({ line, column, level, code, message, expected = "", suggestion = "" }: Finding): string =>
  [`${line}:${column} ${level} ${code}: ${message}`, expected, suggestion].join(" | ").replace(/( \| )+$/, "");

describe("a wrong file is told exactly what is wrong, where, and what was expected", () => {
  test("the project around it has no findings", () => expect(checkSources(goodSources).findings).toEqual([]));

  test.each(files.map((file) => [file.name, file] as const))("%s", (_name, file) => {
    expect(findingsOf(file).map(inOneLine)).toEqual(file.expected);
    expect(findingsOf(file).map(({ code }) => code)).toContain(file.code);
  });
});

describe("every code", () => {
  test("has a wrong file, and every wrong file a code", () => {
    expect([...new Set(files.map((file) => file.code))].toSorted()).toEqual(Object.keys(findingCodes).toSorted());
  });

  test("has its place on the page", () => {
    const page = checksPage();
    for (const code of Object.keys(findingCodes)) expect(page).toContain(`\n## ${pageOf(code).split("#")[1]}\n`);
  });
});

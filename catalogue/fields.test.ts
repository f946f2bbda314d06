import { describe, expect, test } from "@jest/globals";
import { issuesOf, jsonSchemaOf, typeNames } from "./fields.ts";

describe("the shared types take what is right", () => {
  test.each([
    ["TaxCode", "RSSMRA80A01F205X"],
    ["VatNumber", "00743110157"],
    ["VatNumber", "12345678903"],
    ["Iban", "IT60X0542811101000000123456"],
    ["Iban", "DE89370400440532013000"],
    ["NoticeNumber", "302000100000019414"],
    ["NoticeNumber", "001234567890123456"],
    ["Plate", "AB123CD"],
    ["Date", "2026-11-22"],
    ["Money", 1_000],
    ["Any", { a: [1, null, "x"] }],
    ["new | renewal", "new"],
    ["Plate[]", ["AB123CD"]],
  ])("%s %j", (type, value) => {
    expect(issuesOf({ field: type }, { field: value })).toEqual([]);
  });

  test("a field that may be absent", () => expect(issuesOf({ field: "Iban?" }, {})).toEqual([]));
  test.each(typeNames.map((name) => [name]))("%s has a JSON Schema", (name) => expect(jsonSchemaOf({ field: name })).toBeTruthy());
});

describe("the shared types name the field and what is wrong in both languages", () => {
  test.each([
    ["TaxCode", "RSSMRA80A01F205Y", "has a wrong check character", "ha un carattere di controllo errato"],
    ["VatNumber", "00743110158", "has a wrong check digit", "ha una cifra di controllo errata"],
    ["VatNumber", "0074311015", "is not a VAT number of 11 digits", "non è una partita IVA di 11 cifre"],
    ["Iban", "IT60X0542811101000000123457", "has a wrong checksum", "ha un codice di controllo errato"],
    ["Iban", "IT60 X054", "is not an IBAN such as IT60X0542811101000000123456", "non è un IBAN come IT60X0542811101000000123456"],
    ["NoticeNumber", "302000100000019421", "has wrong check digits", "ha cifre di controllo errate"],
    ["NoticeNumber", "30200010000001941", "is not a notice number of 18 digits", "non è un numero di avviso di 18 cifre"],
    ["Plate", "AB12CD", "is not a plate like AB123CD", "non è una targa come AB123CD"],
  ])("%s %s: %s", (type, value, en, it) => {
    expect(issuesOf({ owner: type }, { owner: value })).toEqual([{ field: "owner", en, it }]);
  });

  test("a field that is missing is named", () => {
    expect(issuesOf({ owner: "Iban" }, {}).map(({ field }) => field)).toEqual(["owner"]);
  });
});

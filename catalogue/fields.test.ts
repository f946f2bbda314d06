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

  test.each([
    ["Text", undefined, "is missing", "manca"],
    ["Person", undefined, "is missing", "manca"],
    ["Text", "", "is empty", "è vuoto"],
    ["Text", 1, "is not a text", "non è un testo"],
    ["Text", "x".repeat(5_001), "is longer than 5000 characters", "ha più di 5000 caratteri"],
    ["Number", "2,5", "is not a number", "non è un numero"],
    ["Integer", 2.5, "is not a whole number", "non è un numero intero"],
    ["Money", 0, "is less than 1", "è minore di 1"],
    ["Money", 10.5, "is not a whole number", "non è un numero intero"],
    ["Money", 1_000_000_000, "is more than 999999999", "è maggiore di 999999999"],
    ["Boolean", "yes", "is not true or false", "non è vero o falso"],
    ["Date", "22/11/2026", "is not a date such as 2026-11-22", "non è una data come 2026-11-22"],
    ["Email", "maria", "is not an e-mail address", "non è un indirizzo e-mail"],
    ["new | renewal", "old", "is not one of: new, renewal", "non è tra: new, renewal"],
    ["Plate[]", "AB123CD", "is not a list", "non è un elenco"],
    ["Plate[]", Array(101).fill("AB123CD"), "has more than 100 items", "ha più di 100 elementi"],
    ["Person", "Maria", "is not a group of fields", "non è un gruppo di campi"],
  ])("%s %j: %s", (type, value, en, it) => {
    expect(issuesOf({ owner: type }, { owner: value })).toEqual([{ field: "owner", en, it }]);
  });

  test("a field inside another is named by its path, in a list by its number", () => {
    const person = {
      taxCode: "RSSMRA80A01F205X",
      givenName: "Maria",
      familyName: "Rossi",
      address: { street: "Via Prova", postalCode: "2012", town: "Milano", province: "MI" },
    };
    expect(issuesOf({ people: "Person[]" }, { people: [person] })).toEqual([
      { field: "people[0].address.postalCode", en: "is not a postal code of 5 digits", it: "non è un CAP di 5 cifre" },
    ]);
  });

  test("a field that nobody asked for is named", () => {
    expect(issuesOf({ owner: "Text" }, { owner: "x", onwer: "y" })).toEqual([
      { field: "onwer", en: "is not a field that is asked for", it: "non è un campo previsto" },
    ]);
  });
});

/** Contract of the project; not the interface of any real system. */
import { describe, expect, test } from "@jest/globals";
import { CallFailure } from "../../failure.ts";
import { encodeXml } from "../../transport/encode.ts";
import { fromCents, fromIsoDate, toCents, toFines, toIsoDate, toRequest } from "./wire.ts";

const answer = (code: string, totale?: string, Sanzione?: object[]) => ({
  RispostaSanzioni: {
    Esito: { Codice: code, Descrizione: "x" },
    ...(totale === undefined ? {} : { Sanzioni: { "@totale": totale, Sanzione } }),
  },
});
const fine = { Numero: "0000471101", DataVerbale: "05/03/2026", Importo: "1.234,56", Targa: "AB123CD" };

function failureOf(tree: unknown): CallFailure {
  try {
    toFines(tree);
  } catch (error) {
    if (error instanceof CallFailure) return error;
    throw error;
  }
  throw new Error("no failure");
}

describe("amounts in Italian form", () => {
  test.each([
    ["0,00", 0],
    ["0,07", 7],
    ["42,00", 4_200],
    ["999,99", 99_999],
    ["1.234,56", 123_456],
    ["1.234.567,89", 123_456_789],
  ])("%s is %s cents, both ways", (text, cents) => {
    expect(toCents(text)).toBe(cents);
    expect(fromCents(cents)).toBe(text);
  });
  test.each(["1234,56", "1,234.56", "12.34,56", "1.234", "1.234,5", "-1,00", "", " 1,00", "1.234,56 €"])("%p is refused", (text) => {
    expect(toCents(text)).toBeUndefined();
  });
});

describe("dates in Italian form", () => {
  test("day comes first, both ways", () => {
    expect(toIsoDate("05/03/2026")).toBe("2026-03-05");
    expect(fromIsoDate("2026-03-05")).toBe("05/03/2026");
  });
  test.each(["31/02/2026", "29/02/2026", "5/3/2026", "2026-03-05", "05-03-2026", "00/00/0000"])("%p is refused", (text) => {
    expect(toIsoDate(text)).toBeUndefined();
  });
  test("29 February is read in a leap year", () => {
    expect(toIsoDate("29/02/2028")).toBe("2028-02-29");
  });
});

describe("the answer", () => {
  test("keeps leading zeros of the fine's number", () => {
    const expected = [{ reference: "0000471101", date: "2026-03-05", amount: 123_456, plate: "AB123CD" }];
    expect(toFines(answer("000", "1.234,56", [fine]))).toEqual({ items: expected, total: 123_456 });
  });
  test("without fines is an empty list", () => {
    expect(toFines(answer("000", "0,00"))).toEqual({ items: [], total: 0 });
  });
  test.each([
    ["010", "rejected", "UNKNOWN_TAXPAYER"],
    ["050", "not-sent", "BUSY"],
    ["100", "misconfigured", "TAX_100"],
    ["110", "misconfigured", "TAX_110"],
    ["900", "rejected", "TAX_900"],
  ])("with the business error %s is %s %s", (code, kind, name) => {
    const failure = failureOf(answer(code));
    expect([failure.kind, failure.detail.code]).toEqual([kind, name]);
  });
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["another root", { html: {} }],
    ["a total that is not the sum", answer("000", "1,00", [fine])],
    ["an amount in English form", answer("000", "1.234,56", [{ ...fine, Importo: "1,234.56" }])],
    ["a date that does not exist", answer("000", "1.234,56", [{ ...fine, DataVerbale: "31/02/2026" }])],
    ["success without the list", answer("000")],
  ])("with %s is contract-broken", (_, tree) => {
    expect(failureOf(tree).kind).toBe("contract-broken");
  });
  test("that does not fit is described by paths, never by values", () => {
    const { message } = failureOf(answer("000", "1.234,56", [{ ...fine, Importo: "Mario Prova" }]));
    expect(message).toContain("Sanzione.0.Importo");
    expect(message).not.toContain("Mario");
  });
});

describe("the request", () => {
  test("escapes what XML demands, and writes what ISO-8859-1 lacks as a reference", () => {
    const bytes = encodeXml(toRequest({ taxCode: "A" }, { municipality: "F205", user: "<ò&€>", password: "p" }), "ISO-8859-1");
    expect(bytes.toString("latin1")).toContain("<Utente>&lt;ò&amp;&#x20AC;&gt;</Utente>");
    expect(bytes.includes(0xf2)).toBe(true);
  });
});

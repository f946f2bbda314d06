import { describe, expect, test } from "@jest/globals";
import { dialects } from "./dialects.ts";
import { answerOf, dateOf, isSessionExpired, markedSubject, ProtocollazioneRet, printedNumber, registrationOf } from "./wire.ts";

const { dateFormats, errors } = dialects.halley;

describe("the date of registration", () => {
  test.each([
    ["12/01/2026", "2026-01-12"],
    ["12/01/2026 09:15:00", "2026-01-12"],
    ["12/01/2026 9.15", "2026-01-12"],
    ["2026-01-12", "2026-01-12"],
    ["2026-01-12T23:59:59.123", "2026-01-12"],
    ["12-01-2026", "2026-01-12"],
    ["12.01.2026", "2026-01-12"],
    ["20260112", "2026-01-12"],
    [" 29/02/2028 ", "2028-02-29"],
  ])("%s is read as %s", (raw, date) => expect(dateOf(raw, dateFormats)).toBe(date));

  test.each([
    "29/02/2026",
    "31/04/2026",
    "13/13/2026",
    "1/2/26",
    "gennaio 2026",
    "2026-01-12T23:30:00Z",
    "2026-01-12T23:30:00+02:00",
    "201260112",
    "",
  ])("%s is not read as a date", (raw) => expect(dateOf(raw, dateFormats)).toBeUndefined());
});

describe("the printed number", () => {
  test("is filled with zeros to the width of the municipality's rule", () => {
    expect(printedNumber("4711", 2026, "{number:7}/{year}")).toBe("0004711/2026");
    expect(printedNumber("4711", 2026, "PG {year}.{number}")).toBe("PG 2026.4711");
    expect(printedNumber("12345678", 2026, "{number:7}/{year}")).toBe("12345678/2026");
  });

  test("keeps every digit of a long number", () => {
    const answer = answerOf(ProtocollazioneRet, dialects.halley.register, {
      ProtocollazioneResult: { lngNumPG: "9007199254740993", lngAnnoPG: "2026", strDataPG: null, lngErrNumber: "0" },
    });
    expect(registrationOf(answer, "{number}", dateFormats)).toEqual({ number: "9007199254740993", year: 2026 });
  });
});

describe("a registration", () => {
  const answer = { lngNumPG: "4711", lngAnnoPG: "2026", strDataPG: "il 12 gennaio", lngErrNumber: "0", strErrString: undefined };

  test("keeps the text of a date that cannot be read", () => {
    expect(registrationOf(answer, "{number}", dateFormats)).toEqual({ number: "4711", year: 2026, rawDate: "il 12 gennaio" });
  });

  test.each([{ lngNumPG: "0" }, { lngNumPG: undefined }, { lngAnnoPG: "0" }, { lngAnnoPG: undefined }, { lngNumPG: "-4711" }])(
    "without a number and a year is none: %p",
    (more) => expect(registrationOf({ ...answer, ...more }, "{number}", dateFormats)).toBeUndefined(),
  );
});

describe("the end of a session", () => {
  test("is known by its number or by its text, in any case of letters", () => {
    expect(isSessionExpired({ lngErrNumber: "-2" }, errors)).toBe(true);
    expect(isSessionExpired({ lngErrNumber: "-99", strErrString: "Errore: dst NON valido." }, errors)).toBe(true);
    expect(isSessionExpired({ lngErrNumber: "-7", strErrString: "Titolario errato" }, errors)).toBe(false);
  });

  test("is never read from an answer of success", () => {
    expect(isSessionExpired({ lngErrNumber: "0", strErrString: "DST non valido" }, errors)).toBe(false);
  });
});

describe("the subject", () => {
  const marker = "case-1/registration";

  test("ends with the marker in brackets", () =>
    expect(markedSubject("Contrassegno", marker, 250)).toBe("Contrassegno [case-1/registration]"));

  test("is cut to the longest length, the marker never", () => {
    const cut = markedSubject("x".repeat(250), marker, 120) ?? "";
    expect(cut).toHaveLength(120);
    expect(cut).toMatch(/x\.\.\. \[case-1\/registration\]$/);
  });

  test("is not cut within a character of two units", () => {
    for (let max = 120; max < 124; max += 1) {
      const cut = markedSubject("😀".repeat(125), marker, max) ?? "";
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(/\p{Surrogate}/u.test(cut)).toBe(false);
    }
  });

  test("must have room before the marker", () => expect(markedSubject("x".repeat(250), "m".repeat(130), 120)).toBeUndefined());
});

test("an error's answer may leave its numbers out, empty or nil", () => {
  for (const lngNumPG of [undefined, null, ""]) {
    const answer = answerOf(ProtocollazioneRet, dialects.halley.register, { ProtocollazioneResult: { lngNumPG, lngErrNumber: "-2" } });
    expect(answer).toMatchObject({ lngNumPG: undefined, lngErrNumber: "-2" });
  }
});

describe("an answer of another form", () => {
  test.each([
    null,
    "",
    {},
    { ProtocollazioneResult: null },
    { ProtocollazioneResult: { lngErrNumber: "no" } },
    { LoginResult: { lngErrNumber: "0" } },
  ])("is contract-broken, and the message names fields only: %j", (body) => {
    expect(() => answerOf(ProtocollazioneRet, dialects.halley.register, body)).toThrow(
      expect.objectContaining({
        kind: "contract-broken",
        message: expect.stringMatching(/^Protocollazione: the answer does not have the interface's form at [A-Za-z., ]*$/),
      }),
    );
  });
});

import { describe, expect, test } from "@jest/globals";
import { DarsenaError, errorTable, isErrorCode, toProblem } from "./errors.ts";

describe("the table of errors", () => {
  test("gives every code an HTTP status of an error, a sentence and what to do", () => {
    for (const [code, { status, sentence, advice }] of Object.entries(errorTable)) {
      expect({ code, status: status >= 400 && status < 600 }).toEqual({ code, status: true });
      expect({ code, sentence }).toEqual({ code, sentence: expect.stringMatching(/^[A-Z].*\.$/) });
      expect({ code, advice }).toEqual({ code, advice: expect.stringMatching(/^\S.*\.$/) });
    }
  });

  test("makes an RFC 9457 problem without absent members, and no cause leaves with it", () => {
    const error = new DarsenaError("CASE_CLOSED", { cause: new Error("PRVGLI85D45X001Q") });
    expect(toProblem(error, "urn:darsena:request:1")).toEqual({
      type: "urn:darsena:error:CASE_CLOSED",
      title: "The case is closed.",
      status: 409,
      detail: errorTable.CASE_CLOSED.advice,
      instance: "urn:darsena:request:1",
      code: "CASE_CLOSED",
    });
  });

  test("asks to repeat after some seconds when something is away, and only then", () => {
    expect(new DarsenaError("TEMPORAL_UNAVAILABLE").retryAfter).toBe(5);
    expect(new DarsenaError("CASE_NOT_FOUND").retryAfter).toBeUndefined();
  });

  test("knows its codes, and not what every object has", () => {
    expect(isErrorCode("NOT_EXPECTED")).toBe(true);
    for (const other of ["toString", "constructor", undefined, 1]) expect(isErrorCode(other)).toBe(false);
  });
});

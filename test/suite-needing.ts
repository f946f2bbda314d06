/** Suites that need a tool which npm does not bring. `npm test` finds them by this call, and skips them by name where the tool is missing. */
import { describe } from "@jest/globals";

/** Tools that a suite may need; scripts/test.mjs knows how to tell whether each is there. */
export type Tool = "chromium" | "java" | "pdftotext" | "temporal" | "xmllint";

const skipped = new Set((process.env["DARSENA_SKIP"] ?? "").split(","));

/** `describe`, or `describe.skip` where one of the tools is missing. Name the tools as literals. */
export const suiteNeeding = (...tools: Tool[]): typeof describe =>
  (tools.some((tool) => skipped.has(tool)) ? describe.skip : describe) as typeof describe;

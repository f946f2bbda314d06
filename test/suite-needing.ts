/** Suites that need a tool which npm does not bring. `npm test` finds them by this call, and skips them by name where the tool is missing. */
import { describe } from "@jest/globals";
import { spawnSync } from "node:child_process";

/** Tools that a suite may need; scripts/test.mjs knows how to tell whether each is there. */
export type Tool = "chromium" | "java" | "maven" | "pdftotext" | "temporal" | "toxiproxy" | "xmllint" | "xmlsec1";

const skipped = new Set((process.env["DARSENA_SKIP"] ?? "").split(","));

/** A run by jest itself, as in `npm run check`, has no list of missing tools: these are looked for on the PATH. */
const isAbsent = (tool: Tool): boolean =>
  skipped.has(tool) ||
  ((tool === "pdftotext" || tool === "xmllint" || tool === "xmlsec1") &&
    process.env["DARSENA_REQUIRE"] !== "all" &&
    spawnSync(tool, ["--version"], { stdio: "ignore" }).error !== undefined);

/** `describe`, or `describe.skip` where one of the tools is missing. Name the tools as literals. */
export const suiteNeeding = (...tools: Tool[]): typeof describe => (tools.some(isAbsent) ? describe.skip : describe) as typeof describe;

import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { createView } from "./view.ts";

function output(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 60, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
}

describe("the view", () => {
  test("writes plain lines where nobody draws, and not every line of slow progress", () => {
    const out = output(false);
    const view = createView(out, ["postgres", "temporal"]);
    view.show("temporal", "starting");
    for (let second = 0; second < 5; second++) view.show("temporal", "starting", `building: ${second} s`);
    view.show("temporal", "ready", "127.0.0.1:7233");
    view.say("All ready");
    view.settle();
    const text = out.written.join("");
    expect(text).toMatch(/^temporal +starting\ntemporal +ready +0\.0 s +127\.0\.0\.1:7233\nAll ready\n$/);
    expect(text).not.toContain("\x1b");
  });

  test("redraws one line for each component on a terminal, no wider than it", () => {
    const out = output(true);
    const view = createView(out, ["postgres", "temporal"]);
    view.show("temporal", "ready", "x".repeat(200));
    view.say("a sentence");
    view.settle();
    const last = out.written.at(-1) ?? "";
    expect(last.startsWith("\x1b[2A\x1b[0J")).toBe(true);
    for (const line of stripVTControlCharacters(last).split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    expect(out.written.join("")).toContain("a sentence\n");
  });
});

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { CaseStatus } from "../../cases/status.ts";
import { readCatalogue } from "../check.ts";
import { type Service, YamlService } from "../definition.ts";
import { stepsByPath } from "../step-index.ts";
import { wrap } from "./canvas.ts";
import { drawingOf } from "./drawing.ts";
import { mermaid } from "./mermaid.ts";
import { progressOf } from "./progress.ts";
import { svg } from "./svg.ts";

const { services } = readCatalogue(join(import.meta.dirname, "../.."));
const everyKind = YamlService.parse(JSON.parse(readFileSync(join(import.meta.dirname, "golden/every-kind.service.json"), "utf8")));
const all: Service[] = [...services, everyKind];

/** Compares with the golden file, or writes it where `DARSENA_WRITE_GOLDEN` is set. */
function golden(name: string, text: string): void {
  const file = join(import.meta.dirname, "golden", name);
  if (process.env["DARSENA_WRITE_GOLDEN"]) {
    mkdirSync(join(import.meta.dirname, "golden"), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}

const step = (id: string, state: CaseStatus["steps"][number]["state"]) => ({ id, state, title: { en: id, it: id } });
/** The case whose progress is drawn: some documents done, one running, parked at a call. */
const status = {
  state: "parked" as const,
  step: "checks/tax/fines",
  problem: { path: "checks/tax/fines" } as CaseStatus["problem"],
  steps: [
    step("registration", "done"),
    step("documents", "running"),
    step("documents[0]/stored", "done"),
    step("documents[1]/stored", "running"),
    step("skippedStep", "skipped"),
    step("checks", "running"),
    step("checks/tax/fines", "failed"),
    step("fee", "undone"),
  ],
  actions: [{ id: "decision/correction.1" } as CaseStatus["actions"][number]],
};

describe("diagrams of services are as they were (DARSENA_WRITE_GOLDEN=1 writes them anew)", () => {
  test.each(all.map((service) => [service.service, service] as const))("%s", (name, service) => {
    golden(`${name}.mmd`, mermaid(drawingOf(service, "en")));
    golden(`${name}.it.mmd`, mermaid(drawingOf(service, "it")));
    golden(`${name}.svg`, svg(drawingOf(service, "en")));
  });

  test("with a case's progress", () => {
    const progress = progressOf(status);
    golden("every-kind.case.mmd", mermaid(drawingOf(everyKind, "it"), progress));
    golden("every-kind.case.svg", svg(drawingOf(everyKind, "it"), progress, "every-kind-20261122-0123456789"));
  });
});

/** The part of Mermaid's grammar that we write: each line is one of these, or the text is not a flowchart. */
const TEXT = String.raw`"[^"<>\x60]*(?:<br/>[^"<>\x60]*)*"`;
const NODE = String.raw`(?:\(\[${TEXT}\]\)|\[\(${TEXT}\)\]|\[\[${TEXT}\]\]|\[/${TEXT}[\\/]\]|\{\{${TEXT}\}\}|\{${TEXT}\}|\(\(${TEXT}\)\)|\(${TEXT}\)|\[${TEXT}\])`;
const ID = String.raw`[A-Za-z]\w*`;
const lines = [
  `(${ID})${NODE}`,
  String.raw`${ID} (?:-->|<-->|-\.->)(?:\|${TEXT}\|)? ${ID}`,
  String.raw`subgraph ${ID}\[${TEXT}\]`,
  "end",
  String.raw`classDef \w+ fill:#\w{6},stroke:#\w{6},color:#\w{6}(?:,stroke-dasharray:4 3)?`,
  String.raw`class ${ID}(?:,${ID})* \w+`,
].map((line) => new RegExp(`^ *${line}$`));

describe("the Mermaid text", () => {
  test.each(all.map((service) => [service.service, service] as const))("of %s is a flowchart without loose ends", (_name, service) => {
    const text = mermaid(drawingOf(service, "it"), progressOf(status));
    const [open, title, close, head, ...body] = text.trimEnd().split("\n");
    expect([open, close, head]).toEqual(["---", "---", "flowchart TB"]);
    expect(title).toMatch(/^title: ".+"$/);
    expect(body.filter((line) => !lines.some((one) => one.test(line)))).toEqual([]);
    const nodes = body.flatMap((line) => new RegExp(`^ *(${ID})[([{]`).exec(line)?.[1] ?? []);
    expect(new Set(nodes).size).toBe(nodes.length);
    const ends = body.flatMap((line) => /^ *(\w+) (?:-->|<-->|-\.->)(?:\|.*\|)? (\w+)$/.exec(line)?.slice(1) ?? []);
    expect(ends.filter((id) => !nodes.includes(id))).toEqual([]);
    expect(body.filter((line) => /^ *subgraph /.test(line)).length).toBe(body.filter((line) => /^ *end$/.test(line)).length);
  });

  test("has every step, every call's system, every undo as a dotted arrow and every ask as a way back", () => {
    const text = mermaid(drawingOf(everyKind, "en"));
    for (const { path, step: one } of stepsByPath(everyKind).values()) {
      const id = `s_${path.replaceAll("/", "__")}`;
      expect(text).toMatch(new RegExp(`\\b${id}(_frame)?["([{]`));
      if ("call" in one) expect(text).toContain(`${id} <-->|"${one.call}"| ${id}_system`);
      if ("call" in one && one.undo) expect(text).toMatch(new RegExp(`${id} -\\.->\\|"undo: ${one.undo.call}"\\| ${id}_`));
      if ("decide" in one)
        for (const ask of Object.keys(one.decide.asks)) expect(text).toContain(`${id}__${ask} -->|"answer, or time over"| ${id}`);
    }
  });

  test("takes whatever a service's author wrote for text", () => {
    const odd = structuredClone(everyKind);
    odd.steps = [
      { id: "odd", title: { en: 'a "quote" <b>&amp; `code` #35; ]) | end', it: "x" }, set: { a: 1 }, when: 'a < b && c == "d"' },
    ];
    const text = mermaid(drawingOf(odd, "en"));
    expect(text).toContain('s_odd("a #quot;quote#quot; #lt;b#gt;#amp;amp; #96;code#96; #35;35; ]) | end<br/>sets a")');
    expect(XMLValidator.validate(svg(drawingOf(odd, "en")))).toBe(true);
  });
});

describe("the SVG", () => {
  test.each(all.map((service) => [service.service, service] as const))("of %s is XML in which nothing lies outside", (_name, service) => {
    const text = svg(drawingOf(service, "it"), progressOf(status), "x");
    expect(XMLValidator.validate(text)).toBe(true);
    const [, width = 0, height = 0] = (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(text) ?? []).map(Number);
    const rects = [...text.matchAll(/<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map((one) =>
      one.slice(1).map(Number),
    );
    for (const [x = 0, y = 0, w = 0, h = 0] of rects) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + w).toBeLessThanOrEqual(width);
      expect(y + h).toBeLessThanOrEqual(height);
    }
  });

  test("has each step and each ask once", () => {
    const text = svg(drawingOf(everyKind, "en"));
    const ids = [...text.matchAll(/data-step="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const framed = [...stepsByPath(everyKind).values()].filter(({ step: one }) => "forEach" in one || "block" in one);
    const asks = 2;
    expect(ids).toHaveLength(stepsByPath(everyKind).size - framed.length + asks);
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(text);
    expect(parsed.svg.title["#text"]).toBe("Every kind of step");
  });

  test("breaks long texts at spaces, and words that are too long inside", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("abcdefghij kl", 4)).toEqual(["abcd", "efgh", "ij", "kl"]);
    expect(wrap("", 4)).toEqual([]);
  });
});

describe("a case's progress", () => {
  test("says for each step what became of it, and counts the items of a forEach", () => {
    expect(Object.fromEntries(progressOf(status))).toEqual({
      registration: { mark: "done" },
      documents: { mark: "running" },
      "documents/stored": { mark: "running", done: 1, of: 2 },
      skippedStep: { mark: "skipped" },
      checks: { mark: "running" },
      "checks/tax/fines": { mark: "parked" },
      fee: { mark: "undone" },
      "decision/correction": { mark: "waiting" },
    });
  });

  test("shows the step at which a case waits as waiting", () => {
    const waiting = { state: "waiting" as const, step: "decision", steps: [step("decision", "running")], actions: [] };
    expect(progressOf(waiting).get("decision")).toEqual({ mark: "waiting" });
  });
});

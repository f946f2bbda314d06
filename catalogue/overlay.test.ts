import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { openCatalogue } from "./catalogue.ts";
import { compileCatalogue } from "./compile.ts";
import { Overlay, YamlService } from "./definition.ts";
import { applyOverlay, mergePatch, PatchError } from "./overlay.ts";
import { wholeService } from "./testing.ts";

const service = YamlService.parse(
  parse(
    wholeService(`service: example
texts: { done: { en: Done, it: Fatto } }
steps:
  - { id: proof, title: { en: Proof, it: Prova }, wait: { for: proof, within: P5D, otherwise: { end: inadmissible } } }
  - id: way
    choose:
      - steps: [{ id: inner, set: { a: 1, b: { c: 2 } } }]
  - id: part
    block: { fragment: some, inputs: {}, outputs: {}, steps: [{ id: inside, set: { a: 1 } }] }
`),
  ),
);
const overlay = (more: object) =>
  Overlay.parse({ municipality: "testville", title: { en: "T", it: "T" }, istat: "099999", adapters: {}, offices: {}, ...more });
const patched = (patches: object) => applyOverlay(service, overlay({ patches: { example: patches } })).steps;

describe("a municipality changes", () => {
  test("nothing, when its overlay says nothing of the service", () => expect(applyOverlay(service, overlay({}))).toEqual(service));

  test("the legal term and texts", () => {
    const changed = applyOverlay(
      service,
      overlay({ terms: { example: "P20D" }, texts: { example: { done: { en: "Ready", it: "Pronto" } } } }),
    );
    expect([changed.legal.term, changed.texts]).toEqual(["P20D", { done: { en: "Ready", it: "Pronto" } }]);
  });

  test("members of a step, and takes members away", () => {
    const [proof] = patched({ proof: { title: null, wait: { within: "P9D" } } });
    expect(proof).toEqual({ id: "proof", wait: { for: "proof", form: {}, shows: {}, within: "P9D", otherwise: { end: "inadmissible" } } });
  });

  test("a step inside a branch by its id, one inside a fragment by its path", () => {
    const text = JSON.stringify(patched({ inner: { set: { b: { d: 3 } } }, "part/inside": { set: { a: 5 } } }));
    expect(text).toContain('{"id":"inner","set":{"a":1,"b":{"c":2,"d":3}}}');
    expect(text).toContain('{"id":"inside","set":{"a":5}}');
  });

  test("the procedure by leaving a step out", () => expect(patched({ proof: null }).map(({ id }) => id)).toEqual(["way", "part"]));

  test.each([
    ["a step that does not exist", { prof: { title: null } }, "unknown-step"],
    ["a fragment's step by its bare id", { inside: { set: { a: 5 } } }, "unknown-step"],
    ["a step into something else", { proof: { wait: 5 } }, "not-a-step"],
    ["a step's id", { proof: { id: "other" } }, "not-a-step"],
  ])("but not %s", (_name, patches, code) => {
    expect(() => patched(patches)).toThrow(PatchError);
    expect(() => patched(patches)).toThrow(expect.objectContaining({ code }));
  });

  test("with the examples of RFC 7396", () => {
    expect(mergePatch({ a: "b", c: { d: "e", f: "g" } }, { a: "z", c: { f: null } })).toEqual({ a: "z", c: { d: "e" } });
    expect(mergePatch({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] });
    expect(mergePatch({ e: null }, { a: 1 })).toEqual({ e: null, a: 1 });
    expect(mergePatch([1, 2], { a: "b", c: null })).toEqual({ a: "b" });
    expect(mergePatch({}, { a: { bb: { ccc: null } } })).toEqual({ a: { bb: {} } });
  });
});

describe("the shipped services, shared as they are by two municipalities", () => {
  const folder = mkdtempSync(join(tmpdir(), "darsena-catalogue-"));
  compileCatalogue(join(import.meta.dirname, ".."), folder);
  const milano = openCatalogue(folder, "milano");
  const borgo = openCatalogue(folder, "borgo-sereno");
  rmSync(folder, { recursive: true });
  const ids = (catalogue: typeof milano) => catalogue.services().map((one) => one.service);

  test("the town offers two of them, the city all", () => {
    expect(ids(borgo)).toEqual(["disabled-parking-pass", "residence-certificate"]);
    expect(ids(milano)).toEqual(expect.arrayContaining([...ids(borgo), "patronage-request"]));
    expect(borgo.pinned("patronage-request")).toBeUndefined();
  });

  test("are pinned with the town's term, words, fees and patch, and the city's stay as written", () => {
    const of = (catalogue: typeof milano) => {
      const { service, overlay } = catalogue.pinned("disabled-parking-pass") ?? {};
      const decision = (service as YamlService).steps.find(({ id }) => id === "decision") as { decide: { within: string; office: string } };
      return {
        term: service?.legal.term,
        fee: overlay?.fees["passDuplicate"],
        text: service?.texts["concluded"]?.it,
        within: decision.decide.within,
      };
    };
    expect(of(milano)).toEqual({ term: "P30D", fee: 1000, text: "Contrassegno disabili, esito della richiesta", within: "P20D" });
    expect(of(borgo)).toEqual({ term: "P20D", fee: 500, text: "Il suo contrassegno disabili: l'esito", within: "P10D" });
  });

  test("have other versions, and pin only what runs: fragments expanded, no patches", () => {
    const [city, town] = [milano, borgo].map((one) => one.pinned("disabled-parking-pass"));
    expect(city?.version).not.toBe(town?.version);
    const text = JSON.stringify(town);
    expect(text).toContain('"fragment":"tell-applicant"');
    expect(text).not.toMatch(/"use"|"patches"|"offers"/);
  });
});

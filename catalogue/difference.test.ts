import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { readCatalogue } from "./check.ts";
import type { Overlay, YamlService } from "./definition.ts";
import { difference, sentence } from "./difference.ts";

const { services, overlays } = readCatalogue(join(import.meta.dirname, ".."));
const pass = services.find(({ service }) => service === "disabled-parking-pass") as YamlService;
const patronage = services.find(({ service }) => service === "patronage-request") as YamlService;
const overlay = overlays.find(({ municipality }) => municipality === "milano") as Overlay;

/** A copy that was edited. */
const edited = (service: YamlService, edit: (copy: YamlService) => void): YamlService => {
  const copy = structuredClone(service);
  edit(copy);
  return copy;
};
const lines = (from: YamlService, to: YamlService): string[] => difference({ service: from }, { service: to }).map(sentence);

describe("the difference of two definitions", () => {
  test("is nothing between equal ones", () => {
    expect(difference({ service: pass, overlay }, { service: structuredClone(pass), overlay })).toEqual([]);
  });

  test("names steps added and removed", () => {
    const to = edited(pass, (copy) => {
      copy.steps.splice(1, 1, { id: "address", call: "registry.findResident", with: {} });
    });
    expect(lines(pass, to)).toEqual(["address: step added (call)", "resident: step removed (call)"]);
  });

  test("names one moved step once, not all its neighbours", () => {
    const to = edited(pass, (copy) => {
      const [first] = copy.steps.splice(0, 1);
      if (first) copy.steps.splice(3, 0, first);
    });
    expect(lines(pass, to)).toEqual(["registration: step moved"]);
  });

  test("knows a step again that went out of a branch", () => {
    const to = edited(patronage, (copy) => {
      const result = copy.steps.find(({ id }) => id === "result");
      if (!result || !("choose" in result)) throw new Error("no choose");
      const [accepted] = result.choose[0]?.steps.splice(1, 1) ?? [];
      if (accepted) copy.steps.splice(3, 0, accepted);
    });
    expect(lines(patronage, to)).toEqual(["accepted: step moved from result/accepted"]);
  });

  test("tells inputs, terms, forms, texts and behaviour apart, with what was and what is", () => {
    const to = edited(pass, (copy) => {
      const [registration, , , decision, fee] = copy.steps;
      if (!registration || !("call" in registration) || !decision || !("decide" in decision) || !fee) throw new Error("other steps");
      registration.with["subject"] = "Another subject";
      decision.decide.within = "P25D";
      (decision.decide.outcomes["grant"] as { form: object }).form = { validUntil: "Date", plate: "Plate" };
      decision.title = { en: "Decide", it: "Decisione sul contrassegno" };
      delete fee.when;
      copy.legal.term = "P60D";
      copy.request["note"] = "Text?";
      copy.outcome = '"granted"';
    });
    expect(lines(pass, to)).toEqual([
      'registration: input changed, with.subject: "Contrassegno disabili, pratica ${case.id}" → "Another subject"',
      'decision: text changed, title.en: "Decide on the pass" → "Decide"',
      'decision: term changed, decide.within: "P20D" → "P25D"',
      'decision: form changed, decide.outcomes.grant.form.plate: "Plate?" → "Plate"',
      'fee: behaviour removed, when: "steps.decision.outcome == \\"grant\\" && request.kind == \\"duplicate\\""',
      'the service: term changed, legal.term: "P30D" → "P60D"',
      'the service: request added, request.note: "Text?"',
      'the service: behaviour changed, outcome: "steps.decision.outcome == \\"grant\\" ? \\"granted\\" : \\"refused\\"" → "\\"granted\\""',
    ]);
  });

  test("says when a step became another kind, and when a fee of the municipality changed", () => {
    const to = edited(pass, (copy) => {
      copy.steps[2] = { id: "fines", set: { none: true } };
    });
    expect(lines(pass, to)).toEqual(['fines: kind changed, kind: "call" → "set"']);
    const dearer = { ...overlay, fees: { ...overlay.fees, passDuplicate: 1200 } };
    expect(difference({ service: pass, overlay }, { service: pass, overlay: dearer }).map(sentence)).toEqual([
      "the municipality: overlay changed, fees.passDuplicate: 1000 → 1200",
    ]);
  });
});

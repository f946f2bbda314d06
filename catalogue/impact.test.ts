import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { versionOf } from "./catalogue.ts";
import { readCatalogue } from "./check.ts";
import type { Overlay, YamlService } from "./definition.ts";
import { impactOn, type Standing, summaryOf } from "./impact.ts";

const { services, overlays } = readCatalogue(join(import.meta.dirname, ".."));
const overlay = overlays.find((one) => one.municipality === "milano") as Overlay;
const pass = services.find(({ service }) => service === "disabled-parking-pass") as YamlService;
const own = { service: pass, overlay };
const VERSION = versionOf(own);

function edited(edit: (copy: YamlService) => void) {
  const service = structuredClone(pass);
  edit(service);
  return { service, overlay, version: versionOf({ service, overlay }) };
}

const deciding: Standing = { version: VERSION, finished: ["registration", "resident", "fines"], begun: ["decision"], count: 4 };
const paying: Standing = { version: VERSION, finished: [...deciding.finished, "decision", "fee"], begun: ["paid"], count: 2 };

describe("the impact of a change on open cases", () => {
  test("is none on cases whose steps are not concerned", () => {
    const to = edited((copy) => {
      const tell = copy.steps.at(-1);
      if (tell && "block" in tell) tell.block.inputs["subject"] = "Another subject";
    });
    expect(impactOn(deciding, own, to)).toEqual({ position: deciding, verdict: "untouched", reasons: [] });
    expect(impactOn({ ...deciding, version: to.version }, own, to).verdict).toBe("there");
  });

  test("names the steps behind a case, or its own, that are changed, and new ones that it would run first", () => {
    const to = edited((copy) => {
      const [registration, , , decision] = copy.steps;
      if (!registration || !decision || !("decide" in decision)) throw new Error("other steps");
      registration.title = { en: "Register", it: "Protocollo" };
      decision.decide.within = "P25D";
      copy.steps.splice(1, 0, { id: "checked", set: { checked: true } });
    });
    expect(impactOn(deciding, own, to)).toMatchObject({
      verdict: "touched",
      reasons: ["registration: text", "decision: term", "checked: new, and would run first"],
    });
  });

  test("is a refusal, with the reasons, where what was done does not stand any more", () => {
    const to = edited((copy) => {
      copy.steps = copy.steps.filter(({ id }) => id !== "fee");
    });
    expect(impactOn(paying, own, to)).toMatchObject({ verdict: "refused", reasons: ['the step "fee" no longer exists'] });
    expect(impactOn(deciding, own, to).verdict).toBe("untouched");
    expect(impactOn(paying, undefined, to).verdict).toBe("refused");
  });

  test("is summed over all open cases", () => {
    const to = edited((copy) => {
      copy.steps = copy.steps.filter(({ id }) => id !== "fee");
    });
    const all = [deciding, paying, { ...deciding, version: to.version, count: 10 }].map((one) => impactOn(one, own, to));
    expect(summaryOf(all)).toEqual({ open: 16, there: 10, untouched: 4, touched: 0, refused: 2 });
  });
});

import { describe, expect, test } from "@jest/globals";
import { adoptable } from "./adoption.ts";
import { YamlService } from "./definition.ts";

const text = (en: string) => ({ en, it: en });

/** A service with these steps. */
const service = (steps: unknown[], parts: object = {}): YamlService =>
  YamlService.parse({
    darsena: 1,
    service: "test-service",
    title: text("Test"),
    area: "test",
    office: "office",
    legal: { term: "P30D" },
    request: { name: "Text" },
    applicant: "request.name",
    steps,
    outcome: '"granted"',
    ...parts,
  });

const register = { id: "registration", call: "protocol.register", with: { subject: "x" } };
const decide = (outcomes: object, asks: object = {}) => ({
  id: "decision",
  decide: {
    office: "office",
    outcomes: Object.fromEntries(Object.entries(outcomes).map(([name, form]) => [name, { title: text(name), form }])),
    asks: Object.fromEntries(Object.entries(asks).map(([name, form]) => [name, { title: text(name), form }])),
  },
});
const set = (id: string, ...names: string[]) => ({ id, set: Object.fromEntries(names.map((name) => [name, 1])) });
const wait = (parts: object) => ({ id: "paid", wait: parts });

const choose = (...branches: unknown[][]) => ({
  id: "result",
  choose: branches.map((steps, index) => (index === 0 ? { if: "true", steps } : { steps })),
});
const block = (...outputs: string[]) => ({
  id: "part",
  block: { fragment: "part", inputs: {}, steps: [set("a", "x")], outputs: Object.fromEntries(outputs.map((name) => [name, 1])) },
});
const open = (wait: boolean) => ({ id: "child", open: { service: "other-service", request: {}, wait } });

const reasons = (from: unknown[], to: unknown[], finished: string[]): string[] => {
  const answer = adoptable(service(from), service(to), finished);
  return answer.ok ? [] : answer.reasons;
};

describe("a case may adopt", () => {
  test("a definition that changes what is still to come", () => {
    const to = [
      { ...register, with: { subject: "another" } },
      set("between", "a"),
      decide({ grant: { until: "Date" } }),
      set("after", "b"),
    ];
    expect(reasons([register, decide({ grant: {} })], to, ["registration"])).toEqual([]);
  });

  test("another order of steps, since what is finished is known by its path", () => {
    expect(reasons([register, set("a", "x"), set("b", "y")], [set("b", "y"), set("a", "x"), register], ["registration", "a", "b"])).toEqual(
      [],
    );
  });

  test("a form with more optional fields, less strict ones, or more words to choose from", () => {
    const from = [decide({ grant: { kind: "new | old", until: "Date" } })];
    expect(reasons(from, [decide({ grant: { kind: "new|old | other", until: "Date?", note: "Text?" }, defer: {} })], ["decision"])).toEqual(
      [],
    );
  });

  test("whatever happened in each round of a forEach", () => {
    const each = { id: "docs", forEach: { in: "${request.docs}", as: "doc", steps: [register] } };
    expect(reasons([each], [each], ["docs[0]/registration", "docs[12]/registration", "docs"])).toEqual([]);
    expect(reasons([each], [{ ...each, forEach: { ...each.forEach, steps: [set("other", "a")] } }], ["docs[0]/registration"])).toEqual([
      'the step "docs/registration" no longer exists',
    ]);
  });
});

describe("a case may not adopt", () => {
  test.each<[string, unknown[], unknown[], string[], string]>([
    ["a finished step gone", [register], [set("x", "a")], ["registration"], 'the step "registration" no longer exists'],
    ["another kind", [register], [set("registration", "a")], ["registration"], 'the step "registration" was a "call" and is a "set" now'],
    [
      "another operation",
      [register],
      [{ ...register, call: "protocol.registerOutgoing" }],
      ["registration"],
      'the step "registration" called protocol.register, which is protocol.registerOutgoing now',
    ],
    [
      "an outcome gone",
      [decide({ grant: {}, refuse: {} })],
      [decide({ grant: {} })],
      ["decision"],
      'the step "decision" has no outcome "refuse" any more',
    ],
    [
      "a field gone",
      [decide({ grant: { until: "Date" } })],
      [decide({ grant: {} })],
      ["decision"],
      'the step "decision" under "grant" has no field "until" any more',
    ],
    [
      "a field that old answers lack",
      [decide({ grant: {} })],
      [decide({ grant: { until: "Date" } })],
      ["decision"],
      'the step "decision" under "grant" has no "until", which is required now',
    ],
    [
      "a field of another type",
      [decide({ grant: { until: "Date?" } })],
      [decide({ grant: { until: "Date" } })],
      ["decision"],
      'the step "decision" under "grant" has "until" as Date?, which is Date now',
    ],
    ["a variable that was not set", [set("s", "a")], [set("s", "a", "b")], ["s"], 'the step "s" did not set "b", which it sets now'],
    [
      "a date for a message",
      [wait({ for: "payment" })],
      [wait({ until: "${request.name}" })],
      ["paid"],
      'the step "paid" waited for a message and waits for a date now',
    ],
    [
      "an ask gone",
      [decide({ grant: {} }, { more: {} })],
      [decide({ grant: {} })],
      ["decision"],
      'the step "decision" has no ask "more" any more',
    ],
  ])("%s", (_name, from, to, finished, reason) => {
    expect(reasons(from, to, finished)).toEqual([reason]);
  });

  test("when the branch that it is in stands at another place", () => {
    expect(reasons([choose([set("a", "x")], [set("b", "y")])], [choose([set("b", "y")], [set("a", "x")])], ["result/a"])).toEqual([
      'the step "result/a" stands in another branch now',
    ]);
  });

  test("when a block, a code step or another case would have given something else", () => {
    expect(reasons([block("number")], [block("number", "date")], ["part"])).toEqual([
      'the step "part" gave no output "date", which it gives now',
    ]);
    expect(reasons([{ id: "sum", run: "add" }], [{ id: "sum", run: "multiply" }], ["sum"])).toEqual([
      'the step "sum" ran add, which is multiply now',
    ]);
    expect(reasons([open(false)], [open(true)], ["child"])).toEqual(['the step "child" did not wait for the case that it opened']);
  });

  test("when its request lacks what requests must have now, or the service is another one", () => {
    const from = service([register]);
    expect(adoptable(from, service([register], { request: { name: "Text", plate: "Plate" } }), [])).toEqual({
      ok: false,
      reasons: ['the request has no "plate", which is required now'],
    });
    expect(adoptable(from, service([register], { service: "other-service" }), [])).toMatchObject({ ok: false });
    expect(adoptable(from, service([register], { request: { name: "Text?", plate: "Plate?" } }), [])).toEqual({ ok: true });
  });

  test("each reason once, and all of them", () => {
    expect(reasons([register, set("a", "x")], [set("b", "x")], ["registration", "a", "a"])).toEqual([
      'the step "registration" no longer exists',
      'the step "a" no longer exists',
    ]);
  });
});
